/** How the site feels, in one sentence and its figures. */

import type { Overview } from "../answers";
import { path } from "../api";
import { h, put } from "../dom";
import type { Delivery } from "../findings";
import { change, figure, number, type Rating, RATINGS, ratingOf, share, vitalOf } from "../format";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { fact, interval } from "../pieces";

type Fact = [label: string, value: string, more: string];

const LABELS = [
  ...["Page views", "Requests per second", "Sessions", "Cache hits", "Views with an error"],
  ...["Conversions", "Bytes per view", "User Experience Index", "Performance Score"],
];

export function health(page: Page): Part {
  return new Panel<[Overview, Delivery?]>(
    { title: "Health", className: "health", hidesTitle: true, waiting },
    [{ path: page.glance }, { path: path("delivery", { range: page.state.range }), isExtra: true }],
    ([{ data }, delivered], into) => {
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
          facts(data, delivered?.data).map((each) => fact(...each)),
        ),
      );
    },
  );
}

/** As large as what comes in its place. */
function waiting(): HTMLElement[] {
  return [
    h("p.verdict", {}),
    h(
      "dl.facts",
      {},
      LABELS.map((each) => fact(each, "–", "\u00a0")),
    ),
  ];
}

function facts(data: Overview, delivered: Delivery | undefined): Fact[] {
  const { failing } = data;
  const values: [string, string][] = [
    [number(data.views), compared(data.views, data.views_week_before)],
    [data.requests_per_s.toPrecision(2), `${data.views_per_s.toPrecision(2)} page views`],
    [number(data.sessions), "begun in this time"],
    hits(delivered),
    [figure(failing.value, "share"), interval(failing.low, failing.high, "share")],
    [
      number(data.conversions),
      data.views ? `${share(data.conversions / data.views, 2)} of views` : "",
    ],
    [figure(data.bytes_per_view, "bytes"), ""],
    median(data, "uxi"),
    median(data, "score"),
  ];
  return values.map(([value, more], at) => [LABELS[at] ?? "", value, more]);
}

function hits(found: Delivery | undefined): [string, string] {
  if (found?.total.hit_rate.value == null) return ["–", "no access log yet"];
  const saved = figure(found.total.bytes_saved, "bytes");
  return [share(found.total.hit_rate.value), `${saved} of images saved`];
}

/** Of sessions, in points of a hundred. */
function median(data: Overview, metric: string): [string, string] {
  const value = data.vitals.find((each) => each.metric === metric)?.p50.value;
  return [value == null ? "–" : String(Math.round(value)), "of 100, median session"];
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
