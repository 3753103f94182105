/** How the site feels to its visitors now, and what adaptation did about it. */

import type { Alerts, Top } from "../answers";
import { path } from "../api";
import { h, put } from "../dom";
import { figure, named, ratingOf, VITALS, vitalOf } from "../format";
import type { Page } from "../page";
import { elementOf, Panel, type Part, type View } from "../panel";
import { bar, ratingBadge, table } from "../pieces";
import { ranked } from "../ranking";
import { filtered } from "../state";
import { effect, worth } from "./adaptation";
import { card } from "./card";
import { health } from "./health";

const BESIDE_ARM = ["device", "connection", "page_group"];

export function overview(page: Page): View {
  const isWhole = page.isLive && !page.state.filters.length;
  const [name, ...others] = filtered(page.state);
  const first = [
    ...(page.isGlance ? [health(page)] : []),
    ...(isWhole ? [wrong(page), worth(page)] : []),
  ];
  const cards = VITALS.slice(0, 5).map((vital) => card(page, vital));
  const isByArm = !name || (!others.length && BESIDE_ARM.includes(name));
  const effects = isByArm ? [effect(page)] : [];
  const groups = name
    ? []
    : [
        ranked(page, "page_group", "Page groups", "Where in the site it hurts"),
        ranked(page, "device", "Devices", "What people hold"),
        ranked(page, "country", "Countries", "The most views first; open Where for all"),
        ranked(page, "connection", "Connections", "By round trip; Safari tells none"),
        latency(page),
      ];
  return {
    element: h(
      "div.grid",
      {},
      first.map(elementOf),
      h("div.cards", {}, cards.map(elementOf)),
      effects.map(elementOf),
      groups.length ? h("div.masonry", {}, groups.map(elementOf)) : null,
    ),
    live: [...first, ...cards, ...effects, ...groups],
  };
}

/** What fires now: one line if nothing does. */
function wrong(page: Page): Part {
  return new Panel<[Alerts]>(
    { title: "Alerts", note: "What is wrong now; open Alerts for all", drawsEmpty: true },
    [{ path: path("alerts", {}) }],
    ([{ data }], into) => {
      const firing = data.going.filter((each) => each.stage === "firing");
      const hour = Date.now() - 3_600_000;
      const recent = data.told.filter((each) => Date.parse(each.since) > hour);
      const words = firing.length
        ? `${firing.length} ${firing.length > 1 ? "alerts fire" : "alert fires"}: ${firing.map((each) => each.rule).join(", ")}`
        : "Nothing is wrong now";
      put(
        into,
        h(
          "p",
          {},
          h(
            "span.rating",
            { "data-rating": firing.length ? "poor" : "good" },
            h("span", { "aria-hidden": "true" }, firing.length ? "■ " : "● "),
          ),
          `${words}; ${recent.length || "none"} told in the last hour. `,
          h(
            "button.link",
            { type: "button", click: () => page.go({ view: "alerts" }) },
            "Alerts →",
          ),
        ),
      );
    },
  );
}

/** Where bytes begin to come late: TTFB, the slowest first. */
function latency(page: Page): Part {
  const query = { by: ["country"], metric: "ttfb_ms", stat: "p75", min_samples: "30" };
  return new Panel<[Top]>(
    { title: "Latency by region", note: "Time to first byte, p75, the slowest first" },
    [{ path: page.ask("top", { ...query, limit: "8" }) }],
    ([{ data }], into) => {
      const most = Math.max(...data.rows.map((each) => each.value ?? 0), 1);
      const limits = vitalOf("ttfb_ms")!;
      put(
        into,
        table(
          "latency by region",
          ["Country", "TTFB p75", "Rating"],
          data.rows.map((each) => [
            h(
              "span",
              {},
              named("country", each.group["country"] ?? ""),
              bar((each.value ?? 0) / most),
            ),
            figure(each.value, "ms"),
            ratingBadge(each.value === null ? null : ratingOf(limits, each.value)),
          ]),
        ),
      );
    },
  );
}
