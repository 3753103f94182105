/** Which objectives may be missed, and how far forecasts were to be trusted. */

import { h, put } from "../dom";
import type { Foreseen, Outlooks } from "../findings";
import { change, figure, share } from "../format";
import { titleOf, unitOf } from "../measure";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { badge, bar, table } from "../pieces";

export const EMPTY =
  "Nothing is forecast yet: it takes two days of history and enough views an hour.";
const LIKELY = 0.5;
const POSSIBLE = 0.2;

export function breaches(page: Page, source: { path: string }): Part {
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
  return badge(tone, sign, word);
}

/** Its mean error in past windows beside that of "as a week ago". */
function skill(each: Foreseen): string {
  if (each.error === null || !each.naive_error) return "no past windows yet";
  return `${change(each.error / each.naive_error - 1)} error`;
}

export function past(source: { path: string }): Part {
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
