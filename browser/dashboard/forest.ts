/** Effects with their intervals, one under the other, around zero. */

import { h, s } from "./dom";
import type { Shown } from "./findings";
import { table } from "./pieces";

const WIDTH = 400;

export function forest(shown: Shown[], label: string): HTMLElement {
  const told = shown.filter((each) => Number.isFinite(each.low) && Number.isFinite(each.high));
  // Shares are in points, all else relative: in hundredths both.
  const reach = Math.min(
    Math.max(...told.flatMap((each) => [Math.abs(each.low), Math.abs(each.high)]), 0.01),
    1,
  );
  const at = (value: number) => WIDTH / 2 + (Math.max(-1, Math.min(1, value / reach)) * WIDTH) / 2;
  return h(
    "div.forest",
    {},
    h(
      "ul",
      { "aria-label": label },
      told.map((each) => {
        const tone = rated(each);
        return h(
          "li",
          {},
          h("span", {}, each.words),
          s(
            "svg",
            { viewBox: `-8 0 ${WIDTH + 16} 20`, "aria-hidden": "true", "data-rating": tone },
            s("line.zero", { x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: 20 }),
            s("line.reach", { x1: at(each.low), x2: at(each.high), y1: 10, y2: 10 }),
            s("circle", { cx: at(each.estimate), cy: 10, r: 5 }),
          ),
        );
      }),
    ),
    h(
      "details.table",
      {},
      h("summary", {}, "Table"),
      table(
        label,
        ["Metric", "Change", "Low", "High", "For"],
        told.map((each) => [
          each.metric,
          ...[each.estimate, each.low, each.high].map((value) => effect(value, each.in_points)),
          { good: "the better", poor: "the worse" }[tone(each)] ?? "not proven",
        ]),
      ),
    ),
  );
}

/** Whether it is proven, and for what. */
function tone(each: Shown): string {
  if (each.low <= 0 && each.high >= 0) return "";
  return Math.sign(each.estimate) === each.better ? "good" : "poor";
}

function rated(each: Shown): string | null {
  return tone(each) || null;
}

export function effect(value: number, inPoints: boolean): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `${sign}${Math.abs(value * 100).toFixed(1)}${inPoints ? " points" : " %"}`;
}
