/** How a vital's values are distributed, as a picture. */

import type { Distribution, Shape } from "./answers";
import { s } from "./dom";
import { figure } from "./format";

const LOW: Record<string, number> = { score: 0.0005, ms: 8 };
const HIGH: Record<string, number> = { score: 2, ms: 30_000 };

/** How wide a letter is, about, in the picture's units. */
const LETTER = 7;

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
  /** Right of a line, or as far right as there is room. */
  const beside = (value: number, words: string) =>
    at(value) + 4 + words.length * LETTER > width
      ? { x: width, "text-anchor": "end" }
      : { x: at(value) + 4, "text-anchor": "start" };
  const limit = (value: number) =>
    s("line.limit", { x1: at(value), x2: at(value), y1: 4, y2: 144 });
  const p75 = shape.percentiles["p75"]?.value;
  const [good, poor, most75] = [
    `good up to ${figure(data.good, data.unit)}`,
    `poor above ${figure(data.poor, data.unit)}`,
    `p75 ${figure(p75, data.unit)}`,
  ];
  const last = beside(data.poor, poor);
  const isTight = last.x === width; // it may reach below the other: a line lower
  return s(
    "svg.histogram",
    {
      viewBox: `0 0 ${width} ${isTight ? 182 : 168}`,
      role: "img",
      "aria-label": `${label}: ${shape.samples} views, 75 % of them up to ${figure(p75, data.unit)}`,
    },
    bars,
    s("line.axis", { x1: 0, x2: width, y1: 140, y2: 140 }),
    limit(data.good),
    limit(data.poor),
    s("text", { x: at(data.good) - 4, y: 158, "text-anchor": "end" }, good),
    s("text", { ...last, y: isTight ? 173 : 158 }, poor),
    p75 == null
      ? null
      : [
          s("line.p75", { x1: at(p75), x2: at(p75), y1: 0, y2: 140 }),
          s("text.p75", { ...beside(p75, most75), y: 12 }, most75),
        ],
  );
}
