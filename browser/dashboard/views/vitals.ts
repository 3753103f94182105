/** One vital over time and in its distribution, two segments beside each other. */

import { type Distribution, type Line, type Series, type Shape } from "../api";
import { Chart, type Track } from "../chart";
import { h, put, s } from "../dom";
import {
  figure,
  named,
  RATINGS,
  type Rating,
  ratingOf,
  share,
  type Vital,
  VITALS,
  vitalOf,
} from "../format";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { interval, ratingBadge, ratingBar } from "../pieces";
import { counted, DIMENSIONS, filtered } from "../state";

const STATS = ["p50", "p75", "p90", "p95", "p99"];
const COLOURS = ["--line1", "--line2", "--line3", "--line4", "--line5", "--line6"];
const DASHES: (number[] | undefined)[] = [undefined, [8, 4], [2, 3], [12, 3, 2, 3], [5, 5], [1, 4]];
const MOST_LINES = 6;
/** With fewer views a percentile says nothing. */
const LEAST_VIEWS = 20;
/** A group of less than this share of views is noise among lines. */
const LEAST_SHARE = 0.01;

/** The largest groups of a dimension, told apart by colour and dash. */
export function lines(series: Line[], dimension: string): Track[] {
  const whole = series.reduce((sum, each) => sum + each.samples, 0);
  return [...series]
    .filter((each) => each.samples > whole * LEAST_SHARE)
    .sort((a, b) => b.samples - a.samples)
    .slice(0, MOST_LINES)
    .map((each, at) => ({
      label: named(dimension, each.group[dimension] ?? ""),
      colour: COLOURS[at]!,
      ...(DASHES[at] ? { dash: DASHES[at] } : {}),
      values: each.value.map((value, step) => (each.n[step]! < LEAST_VIEWS ? null : value)),
    }));
}

export function vitals(page: Page): { element: HTMLElement; live: Part[] } {
  const { state } = page;
  const vital = vitalOf(state.metric) ?? VITALS[0]!;
  const possible = DIMENSIONS.filter((each) => counted(each, ...filtered(state)));
  const by = possible.find((each) => each === state.compare);
  const time = over(page, vital, by);
  const shapes = distribution(page, vital, by);
  const element = h("div.grid", {}, controls(page, vital, possible), time.element, shapes.element);
  return { element, live: [time, shapes] };
}

function controls(page: Page, vital: Vital, possible: readonly string[]): HTMLElement {
  const { state } = page;
  const choose = (
    label: string,
    value: string,
    options: (readonly [string, string])[],
    chosen: (value: string) => void,
  ) => {
    const select = h(
      "select",
      { change: (event: Event) => chosen((event.target as HTMLSelectElement).value) },
      options.map(([name, words]) => h("option", { value: name, selected: name === value }, words)),
    );
    return h("label", {}, label, select);
  };
  return h(
    "div.controls",
    { role: "group", "aria-label": "What is shown" },
    choose(
      "Vital",
      vital.name,
      VITALS.map((each) => [each.name, `${each.short} · ${each.title}`] as const),
      (metric) => page.go({ metric }),
    ),
    choose(
      "Percentile",
      state.stat,
      STATS.map((each) => [each, each] as const),
      (stat) => page.go({ stat }),
    ),
    choose(
      "Compare",
      state.compare,
      [["", "nothing"], ...possible.map((each) => [each, each.replace("_", " ")] as const)],
      (compare) => page.go({ compare }),
    ),
  );
}

function over(page: Page, vital: Vital, by: string | undefined): Part {
  const stat = STATS.includes(page.state.stat) ? page.state.stat : "p75";
  let chart: Chart | null = null;
  const query = { metric: vital.name, stat, by: by ? [by] : [], step: page.calm(by ? 32 : 100) };
  const panel = new Panel<[Series]>(
    {
      title: `${vital.title}, ${stat}`,
      hasChart: true,
      note: "Drag to look closer. The shade around a line is its 95 % interval.",
      className: "wide",
    },
    [{ path: page.ask("series", query) }],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      const line = data.series[0];
      const whole = line
        ? [
            {
              label: `${vital.short} ${stat}`,
              colour: "--line1",
              values: line.value,
              low: line.low,
              high: line.high,
            },
          ]
        : [];
      chart.draw({
        name: `${vital.title} ${stat}${by ? ` by ${by.replace("_", " ")}` : ""}`,
        at: data.at,
        unit: data.unit,
        vital,
        changes: page.changes,
        tracks: by ? lines(data.series, by) : whole,
        height: 340,
      });
    },
  );
  return panel;
}

function distribution(page: Page, vital: Vital, by: string | undefined): Part {
  return new Panel<[Distribution]>(
    {
      title: "How it is distributed",
      note: "Page views by value, the bars an equal ratio wide",
      className: "wide",
    },
    [{ path: page.ask("distribution", { metric: vital.name, by: by ? [by] : [] }) }],
    ([{ data }], into) => {
      const whole = data.groups.reduce((sum, each) => sum + each.samples, 0);
      const shapes = [...data.groups]
        .filter((each) => each.samples > whole * LEAST_SHARE)
        .sort((a, b) => b.samples - a.samples)
        .slice(0, MOST_LINES);
      const most = Math.max(
        ...shapes.flatMap((shape) => shape.bars.map((each) => each.n / shape.samples)),
      );
      const room = Math.max(into.clientWidth, 320);
      const width = Math.min(room, shapes.length > 1 ? 600 : 1200);
      put(
        into,
        h(
          "div.shapes",
          {},
          shapes.map((each) => shapeOf(each, data, vital, by, most, width)),
        ),
      );
    },
  );
}

const LOW: Record<string, number> = { score: 0.0005, ms: 8 };
const HIGH: Record<string, number> = { score: 2, ms: 30_000 };

function shapeOf(
  shape: Shape,
  data: Distribution,
  vital: Vital,
  by: string | undefined,
  most: number,
  width: number,
): HTMLElement {
  const p75 = shape.percentiles["p75"];
  const label = by ? named(by, shape.group[by] ?? "") : "All views";
  return h(
    "figure.shape",
    {},
    h(
      "figcaption",
      {},
      h("b", {}, label),
      ` ${figure(p75?.value, data.unit)} p75 `,
      ratingBadge(p75?.value == null ? null : ratingOf(vital, p75.value)),
      h("small", {}, p75 ? interval(p75.low, p75.high, data.unit) : ""),
    ),
    histogram(shape, data, most, label, width),
    ratingBar(shape.ratings),
    h(
      "details.table",
      {},
      h("summary", {}, "Table"),
      h(
        "div.scroll",
        { tabindex: 0, role: "group", "aria-label": `${label}: table` },
        percentiles(shape, data, label),
      ),
    ),
  );
}

function percentiles(shape: Shape, data: Distribution, label: string): HTMLElement {
  return h(
    "table",
    {},
    h("caption.sr", {}, `Percentiles and ratings, ${label}`),
    h(
      "tbody",
      {},
      Object.entries(shape.percentiles).map(([name, each]) =>
        h("tr", {}, h("th", { scope: "row" }, name), h("td.n", {}, figure(each.value, data.unit))),
      ),
      (Object.keys(RATINGS) as Rating[]).map((name) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, RATINGS[name].word),
          h("td.n", {}, share(shape.ratings[name] / Math.max(shape.samples, 1))),
        ),
      ),
    ),
  );
}

/** On a logarithmic axis, as the sketch's buckets are. */
function histogram(
  shape: Shape,
  data: Distribution,
  most: number,
  label: string,
  width: number,
): SVGElement {
  const [low, high] = [LOW[data.unit] ?? LOW["ms"]!, HIGH[data.unit] ?? HIGH["ms"]!];
  const at = (value: number) =>
    (width * Math.log(Math.min(Math.max(value, low), high) / low)) / Math.log(high / low);
  const tops = new Map<number, number>(); // a limit cuts a bar in two: one stands on the other
  const bars = shape.bars.map((each) => {
    const x = at(each.low);
    const wide = Math.max(at(each.high) - x, each.high <= low ? 6 : 0);
    const tall = (130 * each.n) / shape.samples / most;
    const foot = tops.get(each.low) ?? 140;
    tops.set(each.low, foot - tall);
    return s(
      "rect",
      {
        x: x + 0.5,
        y: foot - tall,
        width: Math.max(wide - 1, 0),
        height: tall,
        "data-rating": each.rating,
      },
      s(
        "title",
        {},
        `${figure(each.low, data.unit)} to ${figure(each.high, data.unit)}: ${each.n} views`,
      ),
    );
  });
  const limits = [
    [data.good, "good up to"],
    [data.poor, "poor above"],
  ] as const;
  const p75 = shape.percentiles["p75"]?.value;
  return s(
    "svg.histogram",
    {
      viewBox: `0 0 ${width} 168`,
      role: "img",
      "aria-label": `${label}: ${shape.samples} views, 75 % of them up to ${figure(p75, data.unit)}`,
    },
    bars,
    s("line.axis", { x1: 0, x2: width, y1: 140, y2: 140 }),
    limits.map(([value, words], number) => [
      s("line.limit", { x1: at(value), x2: at(value), y1: 4, y2: 144 }),
      s(
        "text",
        { x: at(value) + (number ? 4 : -4), y: 158, "text-anchor": number ? "start" : "end" },
        `${words} ${figure(value, data.unit)}`,
      ),
    ]),
    p75 == null
      ? null
      : [
          s("line.p75", { x1: at(p75), x2: at(p75), y1: 0, y2: 140 }),
          s("text.p75", { x: at(p75) + 4, y: 12 }, `p75 ${figure(p75, data.unit)}`),
        ],
  );
}
