/** The colours of the style sheet, for what is drawn on a canvas. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const known = new Map<string, string>();

export function scheme(): "dark" | "light" {
  return dark.matches ? "dark" : "light";
}

export function onScheme(changed: () => void): void {
  dark.addEventListener("change", changed);
}

/** A variable as the scheme has it; asked once for each: an answer may cost a layout. */
export function colour(name: string): string {
  const key = `${scheme()} ${name}`;
  const found =
    known.get(key) ?? getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  known.set(key, found);
  return found;
}
