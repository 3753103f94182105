/** Ten minutes: what the contract takes for a duration of loading; longer is a tab in the background. */
const longestLoad_ms = 600_000;
/** Thirty days: what it takes for a time within a view. */
const longestView_ms = 2_592_000_000;

/** The entries from 0 to `max`, rounded to `digits` decimals; undefined if none is. */
export function measured<Key extends string>(
  values: Partial<Record<Key, number | undefined>>,
  digits = 1,
  max = longestLoad_ms,
): Partial<Record<Key, number>> | undefined {
  const kept: Partial<Record<Key, number>> = {};
  for (const key in values) {
    const value = values[key];
    if (typeof value === "number" && value >= 0 && value <= max) {
      kept[key] = +value.toFixed(digits);
    }
  }
  return Object.keys(kept).length ? kept : undefined;
}

/** Milliseconds within a view, as the contract takes them. */
export const span = (value_ms: number): number =>
  Math.round(Math.min(Math.max(value_ms || 0, 0), longestView_ms));
