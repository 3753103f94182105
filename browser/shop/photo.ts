import photographs from "./photographs.json";

export interface Slot {
  /** The width it takes on the page, as in the `sizes` attribute. */
  sizes: string;
  /** Width by height of the box it fills, if it is cropped to one. */
  aspect?: number;
  /** The same on the narrowest screens, the last of `sizes`, where the box has another shape. */
  narrow_aspect?: number;
  lazy?: boolean;
  hero?: boolean;
}

/** A cropped photograph wider than its box is drawn wider than the box: `sizes` must say so. */
function covering(sizes: string, scaleAt: (narrowest: boolean) => number): string {
  return sizes
    .split(", ")
    .map((part, index, { length: count }) => {
      const scale = scaleAt(index === count - 1);
      if (scale < 1.02) return part;
      const [, condition = "", length = ""] = /^(\([^)]*\) )?(.*)$/.exec(part) ?? [];
      return `${condition}calc(${scale.toFixed(2)} * ${length.replace(/^calc/, "")})`;
    })
    .join(", ");
}

/**
 * The `<img>` as markup rather than as a React element: hydration assigns `src` anew, which can fetch
 * a photograph twice, and React's server renderer preloads images without their `sizes`.
 */
export function photo(id: string, alt: string, slot: Slot): string {
  const { sizes, aspect, narrow_aspect = aspect, lazy, hero } = slot;
  const file = photographs.find((photograph) => photograph.id === id);
  if (!file) throw new Error(`no photograph is called ${id}`);
  const scaleAt = (narrowest: boolean) => {
    const box = narrowest ? narrow_aspect : aspect;
    return box ? file.width / file.height / box : 1;
  };
  const loading = hero
    ? ' fetchpriority="high"'
    : ` decoding="async"${lazy ? ' loading="lazy"' : ""}`;
  return (
    `<img src="/img/${id}.jpg" width="${file.width}" height="${file.height}"` +
    ` sizes="${covering(sizes, scaleAt)}"${loading} alt="${alt}">`
  );
}
