/** What is to come: each measure with its intervals, and how likely its objective is missed. */

import { decided, recommended } from "../advice";
import { path, type Series } from "../api";
import { Chart } from "../chart";
import { h, put } from "../dom";
import type { Foreseen, Outlooks } from "../findings";
import { change, figure, share, vitalOf } from "../format";
import { choice } from "../order";
import type { Page } from "../page";
import { Panel, type Part, type Source } from "../panel";
import { bar, table } from "../pieces";

const OTHERS: Record<string, { title: string; unit: string; metric: string; stat: string }> = {
  views: { title: "Page views an hour", unit: "count", metric: "views", stat: "sum" },
  errors_per_view: {
    title: "Errors per view",
    unit: "ratio",
    metric: "errors",
    stat: "per_view",
  },
  bytes_per_view: { title: "Bytes per view", unit: "bytes", metric: "bytes", stat: "per_view" },
};
const LIKELY = 0.5;
const POSSIBLE = 0.2;
const EMPTY = "Nothing is forecast yet: it takes two days of history and enough views an hour.";

export function forecast(page: Page): { element: HTMLElement; live: Part[] } {
  const { group } = page.state;
  const source = { path: path("forecast", { filter: group }) };
  const measure = page.state.metric;
  const panels = [
    ahead(page, source, measure),
    breaches(page, source),
    recommended(page),
    decided(page),
    past(source),
  ];
  return {
    element: h(
      "div.grid",
      {},
      panels.map((each) => each.element),
    ),
    live: panels,
  };
}

export function titleOf(measure: string): string {
  return vitalOf(measure)?.title ?? OTHERS[measure]?.title ?? measure;
}

function unitOf(measure: string): string {
  return (
    OTHERS[measure]?.unit ??
    (measure.endsWith("_ms") ? "ms" : measure === "cls" ? "score" : "points")
  );
}

function sofar(page: Page, measure: string): Source {
  const other = OTHERS[measure];
  const query = {
    metric: other?.metric ?? measure,
    stat: other?.stat ?? "p75",
    range: "7d",
    step: "1h",
    filter: page.state.group ? [page.state.group] : [],
  };
  return { path: path("series", query), isExtra: true };
}

function ahead(page: Page, source: { path: string }, measure: string): Part {
  let chart: Chart | null = null;
  const controls = h("div.controls");
  const panel = new Panel<[Outlooks, Series?]>(
    {
      title: titleOf(measure),
      hasChart: true,
      note: "The week so far, and what is to come: the shades hold 80 and 95 % of cases",
      className: "wide",
      empty: EMPTY,
    },
    [source, sofar(page, measure)],
    ([{ data }, before], into) => {
      const found = data.forecasts.find((each) => each.measure === measure);
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, controls, h("p.told"), chart.element);
      }
      choices(page, controls, data, measure);
      put(into.querySelector(".told")!, found ? sentence(found) : "This measure is not forecast.");
      if (found) chart.draw(drawing(page, found, before?.data));
    },
  );
  return panel;
}

function choices(page: Page, into: HTMLElement, data: Outlooks, measure: string): void {
  if (into.contains(document.activeElement)) return;
  const what = choice(
    "Measure",
    data.forecasts.map((each) => [each.measure, titleOf(each.measure)] as const),
  );
  what.select.value = measure;
  what.select.addEventListener("change", () => page.go({ metric: what.select.value }));
  const whom = choice("Visitors", [
    ["", "everybody"],
    ...data.groups.map((each) => [each, each.replace(":", " ").replace("_", " ")] as const),
  ]);
  whom.select.value = page.state.group;
  whom.select.addEventListener("change", () => page.go({ group: whom.select.value }));
  put(into, what.element, whom.element);
}

function sentence(found: Foreseen): string {
  const { breach } = found;
  const unit = unitOf(found.measure);
  const day = found.expected.slice(0, 24);
  const worst = found.more_is_better ? Math.min(...day) : Math.max(...day);
  const at = day.indexOf(worst);
  const told = `Within a day ${figure(worst, unit)} at worst (${figure(found.low_95[at], unit)} to ${figure(found.high_95[at], unit)})`;
  if (!breach) return `${told}.`;
  return `${told}; ${share(breach.probability, 0)} likely to miss its objective of ${figure(breach.limit, unit)}.`;
}

function drawing(page: Page, found: Foreseen, before: Series | undefined) {
  const unit = unitOf(found.measure);
  const begins = found.at[0] ?? 0;
  const known = (before?.at ?? []).filter((at) => at < begins);
  const values = known.map((_, at) => before?.series[0]?.value[at] ?? null);
  const gap = known.map(() => null);
  const vital = vitalOf(found.measure);
  return {
    name: titleOf(found.measure),
    at: [...known, ...found.at],
    unit,
    ...(vital && !found.more_is_better ? { vital } : {}),
    ...(found.breach
      ? {
          limit: {
            value: found.breach.limit,
            words: `objective ${figure(found.breach.limit, unit)}`,
          },
        }
      : {}),
    changes: page.changes,
    tracks: [
      { label: "so far", colour: "--line5", values: [...values, ...found.at.map(() => null)] },
      {
        label: "expected (80 %)",
        colour: "--line1",
        values: [...gap, ...found.expected],
        low: [...gap, ...found.low_80],
        high: [...gap, ...found.high_80],
      },
      {
        label: "expected (95 %)",
        colour: "--line1",
        values: [...gap, ...found.expected],
        low: [...gap, ...found.low_95],
        high: [...gap, ...found.high_95],
      },
    ],
    height: 340,
  };
}

function breaches(page: Page, source: { path: string }): Part {
  return new Panel<[Outlooks]>(
    {
      title: "Objectives at risk",
      note: "How likely each is missed in any hour of the next day",
      className: "wide",
      empty: EMPTY,
    },
    [source],
    ([{ data }], into) => {
      const told = data.forecasts
        .filter((each) => each.breach)
        .sort((a, b) => b.breach!.probability - a.breach!.probability);
      put(
        into,
        told.length
          ? table(
              "objectives at risk",
              ["Measure", "Objective", "Likely missed", "", "Against last week's"],
              told.map((each) => [
                h(
                  "button.link",
                  { type: "button", click: () => page.go({ metric: each.measure }) },
                  titleOf(each.measure),
                ),
                figure(each.breach!.limit, unitOf(each.measure)),
                h("span", {}, share(each.breach!.probability, 0), bar(each.breach!.probability)),
                risk(each.breach!.probability),
                skill(each),
              ]),
            )
          : h("p.nothing", {}, "No objective is set for what is forecast: see site.toml."),
        data.made_at
          ? h("p.note", {}, `By hours until ${page.clock.full(Date.parse(data.made_at) / 1000)}.`)
          : null,
      );
    },
  );
}

function risk(probability: number): HTMLElement {
  const [tone, sign, word] =
    probability > LIKELY
      ? ["poor", "■", "likely"]
      : probability > POSSIBLE
        ? ["needs_improvement", "▲", "possible"]
        : ["good", "●", "unlikely"];
  return h(
    "span.rating",
    { "data-rating": tone },
    h("span", { "aria-hidden": "true" }, `${sign} `),
    h("span.word", {}, word),
  );
}

/** Its mean error in past windows beside that of "as a week ago". */
function skill(each: Foreseen): string {
  if (each.error === null || !each.naive_error) return "no past windows yet";
  return `${change(each.error / each.naive_error - 1)} error`;
}

function past(source: { path: string }): Part {
  return new Panel<[Outlooks]>(
    {
      title: "How forecasts did",
      note: "Mean absolute error of each week's, beside that of repeating the week before",
      className: "wide",
      empty: EMPTY,
    },
    [source],
    ([{ data }], into) =>
      put(
        into,
        data.backtests.length
          ? table(
              "past forecasts",
              ["Week", "Measure", "Error", "As a week before", "Difference"],
              [...data.backtests]
                .sort((a, b) => b.week.localeCompare(a.week))
                .map((each) => [
                  each.week,
                  titleOf(each.measure),
                  figure(each.error, unitOf(each.measure)),
                  figure(each.naive_error, unitOf(each.measure)),
                  each.naive_error ? change(each.error / each.naive_error - 1) : "–",
                ]),
            )
          : h("p.nothing", {}, "No week of forecasts is over yet."),
      ),
  );
}
