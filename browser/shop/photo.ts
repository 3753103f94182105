import photographs from "./photographs.json";

export interface Slot {
  /** The width it takes on the page, as in the `sizes` attribute. */
  sizes: string;
  /** Width by height of the box it fills, if it is cropped to one. */
  aspect?: number;
  lazy?: boolean;
  hero?: boolean;
}

/** A cropped photograph wider than its box is drawn wider than the box: `sizes` must say so. */
function covering(sizes: string, scale: number): string {
  if (scale < 1.02) return sizes;
  return sizes
    .split(", ")
    .map((part) => {
      const [, condition = "", length = ""] = /^(\([^)]*\) )?(.*)$/.exec(part) ?? [];
      return `${condition}calc(${scale.toFixed(2)} * ${length.replace(/^calc/, "")})`;
    })
    .join(", ");
}

/**
 * The `<img>` as markup rather than as a React element: hydration assigns `src` anew, which can fetch
 * a photograph twice, and React's server renderer preloads images without their `sizes`.
 */
export function photo(id: string, alt: string, { sizes, aspect, lazy, hero }: Slot): string {
  const file = photographs.find((photograph) => photograph.id === id);
  if (!file) throw new Error(`no photograph is called ${id}`);
  const scale = aspect ? file.width / file.height / aspect : 1;
  const loading = hero
    ? ' fetchpriority="high"'
    : ` decoding="async"${lazy ? ' loading="lazy"' : ""}`;
  return (
    `<img src="/img/${id}.jpg" width="${file.width}" height="${file.height}"` +
    ` sizes="${covering(sizes, scale)}"${loading} alt="${alt}">`
  );
}
