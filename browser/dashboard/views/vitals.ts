/** One vital over time and in its distribution, two segments beside each other. */

import type { Distribution, Series, Shape } from "../answers";
import { charted } from "../charted";
import type { Track } from "../drawing";
import { h, put } from "../dom";
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
import { histogram } from "../histogram";
import { LEAST_SHARE, lines, MOST_LINES } from "../lines";
import type { Page } from "../page";
import { grid, Panel, type Part, type View } from "../panel";
import { interval, ratingBadge, ratingBar } from "../pieces";
import { counted, DIMENSIONS, filtered } from "../state";

const STATS = ["p50", "p75", "p90", "p95", "p99"];
export function vitals(page: Page): View {
  const { state } = page;
  const vital = vitalOf(state.metric) ?? VITALS[0]!;
  const possible = DIMENSIONS.filter((each) => counted(each, ...filtered(state)));
  const by = possible.find((each) => each === state.compare);
  const time = over(page, vital, by);
  const shapes = distribution(page, vital, by);
  return grid([time, shapes], controls(page, vital, possible));
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
  const query = { metric: vital.name, stat, by: by ? [by] : [], step: page.calm(by ? 32 : 100) };
  return charted<[Series]>(
    page,
    {
      title: `${vital.title}, ${stat}`,
      note: "Drag to look closer. The shade around a line is its 95 % interval.",
      className: "wide",
    },
    [{ path: page.ask("series", query) }],
    ([{ data }]) => ({
      name: `${vital.title} ${stat}${by ? ` by ${by.replace("_", " ")}` : ""}`,
      at: data.at,
      unit: data.unit,
      vital,
      changes: page.changes,
      tracks: by ? lines(data.series, by) : whole(data, `${vital.short} ${stat}`),
      height: 340,
    }),
  );
}

function whole({ series: [line] }: Series, label: string): Track[] {
  if (!line) return [];
  const { value: values, low, high } = line;
  return [{ label, colour: "--line1", values, low, high }];
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
