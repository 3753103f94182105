/** What a chart shows. */

import type { Change } from "./answers";
import type { Vital } from "./format";

export interface Track {
  label: string;
  /** A CSS variable, and dashes so that colour is not all that tells lines apart. */
  colour: string;
  dash?: number[];
  values: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
  fill?: boolean;
}

export interface Drawing {
  name: string;
  at: number[];
  unit: string;
  tracks: Track[];
  /** Good and poor are shaded by its limits. */
  vital?: Vital;
  changes?: Change[];
  /** Values below zero are shown, and zero as a line. */
  signed?: boolean;
  /** A line across, with words. */
  limit?: { value: number; words: string };
  /** 0 to 1, one on the other. */
  stacked?: boolean;
  height: number;
}

/** Of the changes those within what is drawn. */
export function marked({ at, changes }: Drawing): Change[] {
  const [first, last] = [at[0] ?? 0, at.at(-1) ?? 0];
  return (changes ?? []).filter((each) => {
    const then = Date.parse(each.at) / 1000;
    return first < then && then <= last;
  });
}

/** The step that an instant is in. */
export function stepOf({ at }: Drawing, instant: number): number {
  return Math.max(
    at.findLastIndex((each) => each <= instant),
    0,
  );
}
