/** How the site feels to its visitors now, and what adaptation did about it. */

import {
  type Alerts,
  type Distribution,
  type Overview,
  path,
  type Row,
  type Series,
  type Top,
} from "../api";
import { Chart } from "../chart";
import { h, put } from "../dom";
import type { Amount, Delivery, ExperimentNow, Shown } from "../findings";
import {
  change,
  figure,
  named,
  number,
  type Rating,
  RATINGS,
  ratingOf,
  share,
  type Vital,
  VITALS,
  vitalOf,
} from "../format";
import type { Page } from "../page";
import { Panel, type Part, type Source } from "../panel";
import { bar, fact, interval, ratingBadge, ratingBar, sparkline, table as rows } from "../pieces";
import { filtered } from "../state";
import { lines } from "./vitals";

/** Ranges that the API compares with the week before. */
const GLANCES = ["1h", "3h", "24h", "7d"];

export function overview(page: Page): { element: HTMLElement; live: Part[] } {
  const live: Part[] = [];
  const add = (panel: Part): HTMLElement => {
    live.push(panel);
    return panel.element;
  };
  const isWhole = page.isLive && !page.state.filters.length;
  const element = h("div.grid");
  if (isWhole && GLANCES.includes(page.state.range)) element.append(add(health(page)));
  if (isWhole) element.append(add(wrong(page)), add(worth(page)));
  const names = filtered(page.state);
  const cards = VITALS.slice(0, 5).map((vital) => add(card(page, vital)));
  element.append(h("div.cards", {}, cards));
  if (
    !names.length ||
    (names.length === 1 && ["device", "connection", "page_group"].includes(names[0]!))
  )
    element.append(add(effect(page)));
  if (!names.length)
    element.append(
      h(
        "div.masonry",
        {},
        add(groups(page, "page_group", "Page groups", "Where in the site it hurts")),
        add(groups(page, "device", "Devices", "What people hold")),
        add(groups(page, "country", "Countries", "The most views first; open Where for all")),
        add(groups(page, "connection", "Connections", "By round trip; Safari tells none")),
        add(latency(page)),
      ),
    );
  return { element, live };
}

function health(page: Page): Part {
  const points = (metric: string) => ({
    path: page.ask("distribution", { metric }),
    isExtra: true,
  });
  return new Panel<[Overview, Distribution?, Distribution?, Delivery?]>(
    { title: "Health", className: "health", hidesTitle: true },
    [
      { path: path("overview", { range: page.state.range }) },
      points("uxi"),
      points("score"),
      { path: path("delivery", { range: page.state.range }), isExtra: true },
    ],
    ([{ data }, uxi, score, delivered], into) => {
      const { tone, sentence } = verdict(data);
      put(
        into,
        h(
          "p.verdict",
          { "data-rating": tone },
          h("span", { "aria-hidden": "true" }, RATINGS[tone].sign),
          " ",
          sentence,
        ),
        h(
          "dl.facts",
          {},
          fact("Page views", number(data.views), compared(data.views, data.views_week_before)),
          fact(
            "Requests per second",
            data.requests_per_s.toPrecision(2),
            `${data.views_per_s.toPrecision(2)} page views`,
          ),
          fact("Sessions", number(data.sessions), "begun in this time"),
          hits(delivered?.data),
          fact(
            "Views with an error",
            figure(data.failing.value, "share"),
            interval(data.failing.low, data.failing.high, "share"),
          ),
          fact(
            "Conversions",
            number(data.conversions),
            data.views ? `${share(data.conversions / data.views, 2)} of views` : "",
          ),
          fact("Bytes per view", figure(data.bytes_per_view, "bytes")),
          median("User Experience Index", uxi?.data),
          median("Performance Score", score?.data),
        ),
      );
    },
  );
}

function hits(found: Delivery | undefined): HTMLElement | null {
  if (found?.total.hit_rate.value == null) return null;
  const saved = figure(found.total.bytes_saved, "bytes");
  return fact("Cache hits", share(found.total.hit_rate.value), `${saved} of images saved`);
}

/** Of sessions, in points of a hundred. */
function median(label: string, found: Distribution | undefined): HTMLElement | null {
  const value = found?.groups[0]?.percentiles["p50"]?.value;
  return value == null ? null : fact(label, String(Math.round(value)), "of 100, median session");
}

function compared(now: number, before: number): string {
  return before ? `${change(now / before - 1)} on last week` : "";
}

/** One sentence, in the order of what matters: what is not good comes first. */
export function verdict(data: Overview): { tone: Rating; sentence: string } {
  const told = data.vitals.flatMap((each) => {
    const vital = vitalOf(each.metric);
    const { value } = each.p75;
    return vital?.core && value !== null
      ? [{ vital, value, rating: ratingOf(vital, value), unit: each.unit }]
      : [];
  });
  const worst = (["poor", "needs_improvement"] as const).find((rating) =>
    told.some((each) => each.rating === rating),
  );
  const failing = data.failing.value ?? 0;
  const errors = failing > 0.02 ? ` ${share(failing)} of views fail.` : "";
  if (!told.length)
    return {
      tone: "needs_improvement",
      sentence: `Too few views to tell how the site feels.${errors}`,
    };
  if (!worst) {
    const [lcp] = told;
    return {
      tone: errors ? "needs_improvement" : "good",
      sentence:
        `The site feels good: three of four views show their main content within ` +
        `${figure(lcp!.value, lcp!.unit)}, and every core vital is good.${errors}`,
    };
  }
  const bad = told.filter((each) => each.rating !== "good");
  const names = bad
    .map(({ vital, value, unit }) => `${vital.title} (${figure(value, unit)})`)
    .join(" and ");
  const verb =
    worst === "poor" ? "is poor" : bad.length > 1 ? "need improvement" : "needs improvement";
  return { tone: worst, sentence: `${names} ${verb}; the rest is good.${errors}` };
}

function card(page: Page, vital: Vital): Part {
  const distribution = page.ask("distribution", { metric: vital.name });
  const series = page.ask("series", { metric: vital.name, stat: "p75", step: page.calm() });
  const isGlance = page.isLive && !page.state.filters.length && GLANCES.includes(page.state.range);
  const glance: [] | [Source] = isGlance
    ? [{ path: path("overview", { range: page.state.range }), isExtra: true }]
    : [];
  const panel = new Panel<[Distribution, Series?, Overview?]>(
    { title: vital.short, note: vital.title, className: "card" },
    [{ path: distribution }, { path: series, isExtra: true }, ...glance],
    ([{ data }, over, week], into) => {
      const shape = data.groups[0];
      const p75 = shape?.percentiles["p75"];
      const rating = p75?.value == null ? null : ratingOf(vital, p75.value);
      const before = week?.data?.vitals.find((each) => each.metric === vital.name);
      put(
        into,
        h(
          "p.figure",
          {},
          h("b", {}, figure(p75?.value, data.unit)),
          h("small", {}, "p75"),
          ratingBadge(rating),
        ),
        h("p.range", {}, p75 ? interval(p75.low, p75.high, data.unit) : ""),
        sparkline(over?.data?.series[0]?.value ?? []),
        shape ? ratingBar(shape.ratings) : null,
        h("p.trend", {}, trend(before)),
      );
    },
  );
  const open = h(
    "button.quiet",
    {
      type: "button",
      "aria-label": `Open ${vital.title}`,
      click: () => page.go({ view: "vitals", metric: vital.name }),
    },
    "→",
  );
  panel.actions.append(open);
  return panel;
}

function trend(before: Overview["vitals"][number] | undefined): (HTMLElement | string)[] {
  if (!before) return [];
  if (before.change === null) return ["nothing to compare with last week"];
  const better = before.change < 0;
  const word = before.differs ? (better ? "better" : "worse") : "about the same";
  return [
    h(
      "b",
      { "data-trend": before.differs ? (better ? "good" : "poor") : "same" },
      change(before.change),
    ),
    ` on last week, ${word}`,
  ];
}

/** Adapted visitors beside those who get untouched originals. */
function effect(page: Page): Part {
  const zoom = page.zoom;
  let chart: Chart | null = null;
  const panel = new Panel<[Series, Top, Top]>(
    {
      title: "What adaptation does",
      hasChart: true,
      note: "Adapted visitors beside the control, who get untouched originals",
      className: "wide",
    },
    [
      {
        path: page.ask("series", {
          metric: "lcp_ms",
          stat: "p75",
          by: ["arm"],
          step: page.calm(24),
        }),
      },
      { path: page.ask("top", { metric: "lcp_ms", stat: "p75", by: ["arm"] }) },
      { path: page.ask("top", { metric: "bytes", stat: "per_view", by: ["arm"] }) },
    ],
    ([{ data }, lcp, bytes], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom }, panel.actions);
        put(into, h("div.effect"), chart.element);
      }
      put(into.querySelector(".effect")!, effects(lcp.data.rows, bytes.data.rows));
      const arms = data.series.filter((each) => each.group["arm"] !== "none");
      chart.draw({
        name: "LCP p75, adapted and control",
        at: data.at,
        unit: data.unit,
        vital: vitalOf("lcp_ms")!,
        changes: page.changes,
        tracks: lines(arms, "arm"),
        height: 230,
      });
    },
  );
  return panel;
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

/** The holdout's standing answer. */
function worth(page: Page): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: "Adaptation is worth",
      note: "By the holdout of the last 28 days; intervals (95 %) hold at every look",
      empty: "Too few sessions of the control group yet.",
    },
    [{ path: path("experiments/holdout", {}) }],
    ([{ data }], into) => {
      const found = data.worth;
      put(
        into,
        found
          ? h(
              "dl.facts",
              {},
              money("Sales", found.revenue, found.currency),
              money("Conversions", found.conversions, ""),
              money("Egress saved", found.egress, found.currency),
            )
          : null,
        h("p.told", {}, told(data.exposed)),
        h(
          "button.link",
          { type: "button", click: () => page.go({ view: "experiments", experiment: "" }) },
          "Experiments →",
        ),
      );
    },
  );
}

/** What is proven, in words. */
function told(shown: Shown[]): string {
  const proven = shown.filter((each) => each.low > 0 || each.high < 0);
  const words = proven.map((each) => each.words).join(", ");
  return words ? `Adapted visitors: ${words}.` : "Nothing is proven yet.";
}

function money(label: string, amount: Amount | null, unit: string): HTMLElement {
  if (!amount) return fact(label, "–", "too few sessions yet");
  const signed = (value: number) =>
    `${value < 0 ? "−" : "+"}${number(Math.round(Math.abs(value)))}`;
  const reach = `${signed(amount.low)} to ${signed(amount.high)}`;
  if (amount.low <= 0 && amount.high >= 0) return fact(label, "not proven", `${reach} ${unit}`);
  return fact(label, `${signed(amount.estimate)} ${unit}`.trim(), reach);
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
        rows(
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

function arm(rows: Row[], name: string): Row | undefined {
  return rows.find((each) => each.group["arm"] === name);
}

function effects(lcp: Row[], bytes: Row[]): HTMLElement[] {
  const told: HTMLElement[] = [];
  const add = (label: string, rows: Row[], unit: string) => {
    const adapted = arm(rows, "treatment")?.value;
    const control = arm(rows, "control")?.value;
    if (adapted == null || !control) return;
    told.push(
      h(
        "p",
        {},
        h("b", {}, change(adapted / control - 1)),
        ` ${label}: `,
        `${figure(adapted, unit)} against ${figure(control, unit)}`,
      ),
    );
  };
  add("LCP p75", lcp, "ms");
  add("bytes per view", bytes, "bytes");
  return told;
}

function groups(page: Page, dimension: string, title: string, note: string): Part {
  return new Panel<[Top, Top]>(
    { title, note },
    [
      { path: page.ask("top", { by: [dimension], metric: "lcp_ms", stat: "p75", limit: "100" }) },
      {
        path: page.ask("top", {
          by: [dimension],
          metric: "failing",
          stat: "per_view",
          limit: "100",
        }),
      },
    ],
    ([lcp, failing], into) => {
      const rows = [...lcp.data.rows].sort((a, b) => b.views - a.views).slice(0, 8);
      const most = rows[0]?.share ?? 1;
      put(into, table(page, dimension, rows, failing.data.rows, most));
    },
  );
}

/** Groups by views, with how they feel; each is a filter. */
export function table(
  page: Page,
  dimension: string,
  rows: Row[],
  failing: Row[],
  most: number,
): HTMLElement {
  const lcp = vitalOf("lcp_ms")!;
  return h(
    "div.scroll",
    { tabindex: 0, role: "group", "aria-label": `${dimension.replace("_", " ")}: table` },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, dimension.replace("_", " ")),
          h("th.n", { scope: "col" }, "Views"),
          h("th.n", { scope: "col" }, "LCP p75"),
          h("th", { scope: "col" }, "Rating"),
          h("th.n", { scope: "col" }, "Errors"),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => {
          const value = row.group[dimension] ?? "";
          const wrong = failing.find((each) => each.group[dimension] === value);
          return h(
            "tr",
            {},
            h(
              "th",
              { scope: "row" },
              h(
                "button.link",
                {
                  type: "button",
                  title: "Look at these views only",
                  click: () => page.filter(dimension, value),
                },
                named(dimension, value),
              ),
              bar(row.share / most),
            ),
            h("td.n", {}, number(row.views), " ", h("small", {}, share(row.share))),
            h("td.n", {}, figure(row.value, "ms")),
            h("td", {}, ratingBadge(row.value === null ? null : ratingOf(lcp, row.value))),
            h("td.n", {}, figure(wrong?.value, "share")),
          );
        }),
      ),
    ),
  );
}
