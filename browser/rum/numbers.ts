/** The entries that are finite and not negative, rounded to `digits` decimals; undefined if none is. */
export function measured<Key extends string>(
  values: Partial<Record<Key, number | undefined>>,
  digits = 1,
): Partial<Record<Key, number>> | undefined {
  const kept: Partial<Record<Key, number>> = {};
  for (const key in values) {
    const value = values[key];
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) {
      kept[key] = Number(value.toFixed(digits));
    }
  }
  return Object.keys(kept).length ? kept : undefined;
}
