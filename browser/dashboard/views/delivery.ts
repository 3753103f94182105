/** What was delivered: the mix of tiers over time, and what each weighs and feels like. */

import { type Row, type Series, type Top } from "../api";
import { Chart } from "../chart";
import { h, put } from "../dom";
import { change, figure, number, ratingOf, share, vitalOf } from "../format";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { bar, ratingBadge } from "../pieces";
import { counted, filtered } from "../state";

const TIERS = ["full", "standard", "lite", "minimal", "control"];
const COLOURS: Record<string, string> = {
  full: "--tier1",
  standard: "--tier2",
  lite: "--tier3",
  minimal: "--tier4",
  control: "--tier5",
};

export function delivery(page: Page): { element: HTMLElement; live: Part[] } {
  if (!counted("tier", ...filtered(page.state)))
    return {
      element: h(
        "p.nothing",
        {},
        "Views are not counted by tier together with this filter. Remove the filter to see delivery.",
      ),
      live: [],
    };
  const panels = [mix(page), weights(page), weight(page)];
  return {
    element: h(
      "div.grid",
      {},
      panels.map((each) => each.element),
    ),
    live: panels,
  };
}

function mix(page: Page): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[Series]>(
    {
      title: "Tier mix",
      note: "Share of page views by the tier they were served at",
      className: "wide",
    },
    [
      {
        path: page.ask("series", {
          metric: "views",
          stat: "sum",
          by: ["tier"],
          step: page.calm(64),
        }),
      },
    ],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      const found = TIERS.flatMap((tier) =>
        data.series.filter((each) => each.group["tier"] === tier),
      );
      const whole = data.at.map((_, at) =>
        found.reduce((sum, each) => sum + (each.value[at] ?? 0), 0),
      );
      chart.draw({
        name: "Tier mix",
        at: data.at,
        unit: "share",
        stacked: true,
        changes: page.changes,
        tracks: found.map((each) => ({
          label: each.group["tier"] ?? "",
          colour: COLOURS[each.group["tier"] ?? ""] ?? "--faint",
          values: each.value.map((value, at) => (whole[at] ? (value ?? 0) / whole[at]! : 0)),
        })),
        height: 300,
      });
    },
  );
  return panel;
}

function weights(page: Page): Part {
  return new Panel<[Top, Top, Top]>(
    {
      title: "Each tier",
      note: "What it weighs, and how it feels to those who get it",
      className: "wide",
    },
    [
      { path: page.ask("top", { by: ["tier"], metric: "bytes", stat: "per_view" }) },
      { path: page.ask("top", { by: ["tier"], metric: "lcp_ms", stat: "p75" }) },
      { path: page.ask("top", { by: ["tier"], metric: "inp_ms", stat: "p75" }) },
    ],
    ([bytes, lcp, inp], into) => {
      const of = (rows: Row[], tier: string) => rows.find((each) => each.group["tier"] === tier);
      const control = of(bytes.data.rows, "control")?.value;
      const most = Math.max(...bytes.data.rows.map((each) => each.value ?? 0));
      const limits = vitalOf("lcp_ms")!;
      put(
        into,
        h(
          "div.scroll",
          { tabindex: 0, role: "group", "aria-label": "Tiers: table" },
          h(
            "table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                [
                  "Tier",
                  "Views",
                  "Bytes per view",
                  "against control",
                  "LCP p75",
                  "",
                  "INP p75",
                ].map((each, at) =>
                  h(at ? "th.n" : "th", { scope: "col" }, each || h("span.sr", {}, "Rating")),
                ),
              ),
            ),
            h(
              "tbody",
              {},
              TIERS.map((tier) => {
                const row = of(bytes.data.rows, tier);
                const slow = of(lcp.data.rows, tier)?.value ?? null;
                if (!row) return null;
                return h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, tier, bar((row.value ?? 0) / most)),
                  h("td.n", {}, number(row.views), " ", h("small", {}, share(row.share))),
                  h("td.n", {}, figure(row.value, "bytes")),
                  h(
                    "td.n",
                    {},
                    control && row.value !== null && tier !== "control"
                      ? change(row.value / control - 1)
                      : "–",
                  ),
                  h("td.n", {}, figure(slow, "ms")),
                  h("td", {}, ratingBadge(slow === null ? null : ratingOf(limits, slow))),
                  h("td.n", {}, figure(of(inp.data.rows, tier)?.value, "ms")),
                );
              }),
            ),
          ),
          h(
            "p.note",
            {},
            "Slow visitors get the lower tiers: read across rows against the control, not down a column.",
          ),
        ),
      );
    },
  );
}

function weight(page: Page): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[Series]>(
    { title: "Bytes per view", note: "Over all tiers, control included", className: "wide" },
    [{ path: page.ask("series", { metric: "bytes", stat: "per_view", step: page.calm(100) }) }],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      chart.draw({
        name: "Bytes per view",
        at: data.at,
        unit: data.unit,
        changes: page.changes,
        tracks: [
          {
            label: "bytes per view",
            colour: "--line1",
            values: data.series[0]?.value ?? [],
            fill: true,
          },
        ],
        height: 240,
      });
    },
  );
  return panel;
}
