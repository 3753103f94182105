/** A vital in short: its p75, how sure, how it goes, and beside last week's. */

import type { Distribution, Estimated, Overview, Ratings, Series, VitalNow } from "../answers";
import { h, put } from "../dom";
import { change, figure, ratingOf, type Vital } from "../format";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { interval, ratingBadge, ratingBar, sparkline } from "../pieces";

export function card(page: Page, vital: Vital): Part {
  const distribution = page.ask("distribution", { metric: vital.name });
  const series = page.ask("series", { metric: vital.name, stat: "p75", step: page.calm() });
  const panel = new Panel<[Overview | Distribution, Series?]>(
    { title: vital.short, note: vital.title, className: "card" },
    [{ path: page.isGlance ? page.glance : distribution }, { path: series, isExtra: true }],
    ([{ data }, over], into) => {
      const week =
        "vitals" in data ? data.vitals.find((each) => each.metric === vital.name) : undefined;
      const { p75, ratings, unit } = week ?? measured(data as Distribution);
      put(
        into,
        h(
          "p.figure",
          {},
          h("b", {}, figure(p75?.value, unit)),
          h("small", {}, "p75"),
          ratingBadge(p75?.value == null ? null : ratingOf(vital, p75.value)),
        ),
        h("p.range", {}, p75 ? interval(p75.low, p75.high, unit) : ""),
        sparkline(over?.data?.series[0]?.value ?? []),
        ratings ? ratingBar(ratings) : null,
        h("p.trend", {}, trend(week)),
      );
    },
  );
  panel.actions.append(
    h(
      "button.quiet",
      {
        type: "button",
        "aria-label": `Open ${vital.title}`,
        click: () => page.go({ view: "vitals", metric: vital.name }),
      },
      "→",
    ),
  );
  return panel;
}

function measured({ groups: [shape], unit }: Distribution): {
  p75?: Estimated | undefined;
  ratings?: Ratings | undefined;
  unit: string;
} {
  return { p75: shape?.percentiles["p75"], ratings: shape?.ratings, unit };
}

function trend(before: VitalNow | undefined): (HTMLElement | string)[] {
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
