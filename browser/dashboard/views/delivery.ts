/** What was delivered: the mix of tiers over time, and what each weighs and feels like. */

import type { Series } from "../answers";
import { charted } from "../charted";
import { h } from "../dom";
import type { Track } from "../drawing";
import type { Delivery } from "../findings";
import type { Page } from "../page";
import { grid, type Part, type View } from "../panel";
import { counted, filtered } from "../state";
import { operate } from "./operate";
import { pictures } from "./pictures";
import { sent, TIERS, weights } from "./tiers";

const COLOURS: Record<string, string> = {
  full: "--tier1",
  standard: "--tier2",
  lite: "--tier3",
  minimal: "--tier4",
  control: "--tier5",
};
const UNCOUNTED =
  "Views are not counted by tier together with this filter. Remove the filter to see delivery.";

export function delivery(page: Page): View {
  if (!counted("tier", ...filtered(page.state)))
    return { element: h("p.nothing", {}, UNCOUNTED), live: [] };
  const isWhole = !page.state.filters.length;
  return grid(
    [
      ...(isWhole ? [sent(page), rates(page)] : []),
      mix(page),
      weights(page),
      weight(page),
      ...(isWhole ? [pictures(page)] : []),
    ],
    null,
    operate(page),
  );
}

function rates(page: Page): Part {
  return charted<[Delivery]>(
    page,
    {
      title: "Hit rate and fallbacks",
      note: "Shares of image requests",
      className: "wide",
      empty: "No access log was counted in this time.",
    },
    [{ path: page.ask("delivery") }],
    ([{ data }]) => ({
      name: "Hit rate and fallbacks",
      at: data.at,
      unit: "share",
      changes: page.changes,
      tracks: [
        { label: "hits", colour: "--line1", values: data.hit_rate },
        { label: "fallbacks", colour: "--line6", dash: [4, 4], values: data.fallback_rate },
      ],
      height: 240,
    }),
  );
}

function mix(page: Page): Part {
  const query = { metric: "views", stat: "sum", by: ["tier"], step: page.calm(64) };
  return charted<[Series]>(
    page,
    {
      title: "Tier mix",
      note: "Share of page views by the tier they were served at",
      className: "wide",
    },
    [{ path: page.ask("series", query) }],
    ([{ data }]) => ({
      name: "Tier mix",
      at: data.at,
      unit: "share",
      stacked: true,
      changes: page.changes,
      tracks: shares(data),
      height: 300,
    }),
  );
}

function shares({ at, series }: Series): Track[] {
  const found = TIERS.flatMap((tier) => series.filter((each) => each.group["tier"] === tier));
  const whole = at.map((_, step) => found.reduce((sum, each) => sum + (each.value[step] ?? 0), 0));
  return found.map((each) => ({
    label: each.group["tier"] ?? "",
    colour: COLOURS[each.group["tier"] ?? ""] ?? "--faint",
    values: each.value.map((value, step) => (whole[step] ? (value ?? 0) / whole[step] : 0)),
  }));
}

function weight(page: Page): Part {
  const query = { metric: "bytes", stat: "per_view", step: page.calm(100) };
  return charted<[Series]>(
    page,
    { title: "Bytes per view", note: "Over all tiers, control included", className: "wide" },
    [{ path: page.ask("series", query) }],
    ([{ data }]) => ({
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
    }),
  );
}
