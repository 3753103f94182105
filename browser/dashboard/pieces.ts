/** Small pictures of figures. */

import type { Ratings } from "./answers";
import { h, s } from "./dom";
import { figure, type Rating, RATINGS, share } from "./format";

/** Characters of a cell that is not broken into lines. */
const BRIEF = 12;

/** A word in the colour of `rating`, and a sign, so that colour is not all that tells. */
export function badge(rating: string, sign: string, word: string): HTMLElement {
  return h(
    "span.rating",
    { "data-rating": rating },
    h("span", { "aria-hidden": "true" }, `${sign} `),
    h("span.word", {}, word),
  );
}

export function ratingBadge(rating: string | null): HTMLElement {
  if (rating === null || !(rating in RATINGS)) return h("span.rating", {}, "too few views");
  const { sign, word } = RATINGS[rating as Rating];
  return badge(rating, sign, word);
}

/** Good, needs improvement and poor side by side, with their shares in words. */
export function ratingBar(ratings: Ratings): HTMLElement {
  const whole = ratings.good + ratings.needs_improvement + ratings.poor;
  const parts = (Object.keys(RATINGS) as Rating[]).map((name) => ({
    name,
    part: whole ? ratings[name] / whole : 0,
  }));
  const words = parts.map(({ name, part }) => `${share(part)} ${RATINGS[name].word}`).join(", ");
  const bar = s("svg.ratings", {
    viewBox: "0 0 100 6",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": words,
  });
  let x = 0;
  for (const { name, part } of parts) {
    bar.append(
      s("rect", { x, y: 0, width: Math.max(part * 100 - 0.6, 0), height: 6, "data-rating": name }),
    );
    x += part * 100;
  }
  return h(
    "div.ratingbar",
    {},
    bar,
    h(
      "p",
      { "aria-hidden": "true" },
      parts.map(({ name, part }) =>
        h("span", { "data-rating": name }, `${RATINGS[name].sign} ${share(part)}`),
      ),
    ),
  );
}

/** A line without axes; what it shows is said beside it. */
export function sparkline(values: (number | null)[]): SVGElement {
  const known = values.filter((each) => each !== null);
  const top = Math.max(...known, 0) * 1.05 || 1;
  const bottom = Math.min(...known, top) * 0.9;
  const step = 100 / Math.max(values.length - 1, 1);
  let path = "";
  let pen = "M";
  values.forEach((value, at) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = 30 - (28 * (value - bottom)) / (top - bottom || 1);
    path += `${pen}${(at * step).toFixed(2)} ${y.toFixed(2)}`;
    pen = "L";
  });
  return s(
    "svg.spark",
    { viewBox: "0 0 100 32", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("path", { d: path, "vector-effect": "non-scaling-stroke" }),
  );
}

/** A bar whose length is a share of the longest. */
export function bar(part: number): SVGElement {
  return s(
    "svg.bar",
    { viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect.track", { width: 100, height: 4 }),
    s("rect.value", { width: Math.min(Math.max(part, 0), 1) * 100, height: 4 }),
  );
}

export function fact(label: string, value: string, more = ""): HTMLElement {
  return h(
    "div.fact",
    {},
    h("dt", {}, label),
    h("dd", {}, value, more ? h("small", {}, more) : null),
  );
}

export function interval(low: number | null, high: number | null, unit: string): string {
  return low === null || high === null
    ? "too few views to tell"
    : `${figure(low, unit)} – ${figure(high, unit)}`;
}

/** Rows of cells; it scrolls by itself where the screen is narrow. */
/** A figure with its unit: on one line. */
function isBrief(cell: string | HTMLElement): boolean {
  return typeof cell === "string" && cell.length <= BRIEF;
}

export function table(
  name: string,
  heads: string[],
  rows: (string | HTMLElement)[][],
): HTMLElement {
  return h(
    "div.scroll",
    { tabindex: 0, role: "group", "aria-label": `${name}: table` },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((each) => h(each ? "th" : "td", each ? { scope: "col" } : {}, each)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((cells) =>
          h(
            "tr",
            {},
            cells.map((each) => h(isBrief(each) ? "td.brief" : "td", {}, each)),
          ),
        ),
      ),
    ),
  );
}
