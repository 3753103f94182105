/** Groups as lines of a chart. */

import type { Line } from "./answers";
import type { Track } from "./drawing";
import { named } from "./format";

const COLOURS = ["--line1", "--line2", "--line3", "--line4", "--line5", "--line6"];
const DASHES: (number[] | undefined)[] = [undefined, [8, 4], [2, 3], [12, 3, 2, 3], [5, 5], [1, 4]];
export const MOST_LINES = 6;
/** With fewer views a percentile says nothing. */
const LEAST_VIEWS = 20;
/** A group of less than this share of views is noise among lines. */
export const LEAST_SHARE = 0.01;

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
