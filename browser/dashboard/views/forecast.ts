/** What is to come: each measure with its intervals, and how likely its objective is missed. */

import { decided, recommended } from "../advice";
import type { Series } from "../answers";
import { path } from "../api";
import { charted } from "../charted";
import { h, put } from "../dom";
import type { Drawing } from "../drawing";
import type { Foreseen, Outlooks } from "../findings";
import { figure, share, vitalOf } from "../format";
import { OTHERS, titleOf, unitOf } from "../measure";
import { choice } from "../order";
import type { Page } from "../page";
import { grid, type Part, type Source, type View } from "../panel";
import { breaches, EMPTY, past } from "./risk";

export function forecast(page: Page): View {
  const { group, metric } = page.state;
  const source = { path: path("forecast", { filter: group }) };
  return grid([
    ahead(page, source, metric),
    breaches(page, source),
    recommended(page),
    decided(page),
    past(source),
  ]);
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
  const controls = h("div.controls");
  const of = (data: Outlooks) => data.forecasts.find((each) => each.measure === measure);
  return charted<[Outlooks, Series?]>(
    page,
    {
      title: titleOf(measure),
      note: "The week so far, and what is to come: the shades hold 80 and 95 % of cases",
      className: "wide",
      empty: EMPTY,
    },
    [source, sofar(page, measure)],
    ([{ data }, before]) => {
      const found = of(data);
      return found ? drawing(page, found, before?.data) : "This measure is not forecast.";
    },
    ([{ data }], into) => {
      const found = of(data);
      choices(page, controls, data, measure);
      const told = h("p.told", {}, found ? sentence(found) : "");
      if (into.contains(controls)) into.lastElementChild?.replaceWith(told);
      else put(into, controls, told);
    },
  );
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

function drawing(page: Page, found: Foreseen, before: Series | undefined): Drawing {
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
