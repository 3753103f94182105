/** How a vital's values are distributed, as a picture. */

import type { Distribution, Shape } from "./answers";
import { s } from "./dom";
import { figure } from "./format";

const LOW: Record<string, number> = { score: 0.0005, ms: 8 };
const HIGH: Record<string, number> = { score: 2, ms: 30_000 };

/** On a logarithmic axis, as the sketch's buckets are. */
export function histogram(
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
