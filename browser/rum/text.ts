/** One line of at most `max` characters: no control characters, no halves of a character. */
export const line = (text: string, max: number): string =>
  text.slice(0, max).replace(/[\0-\x1f\x7f-\x9f\ud800-\udfff]/gu, " ");

/** What callers give that fits, and is text at all; a pattern alone would take null for "null". */
export const fitting =
  (pattern: RegExp) =>
  (given: unknown): string | undefined =>
    typeof given === "string" && pattern.test(given) ? given : undefined;

/** A message without what may be a visitor's: queries, fragments, quoted data, addresses, numbers. */
export const redacted = (message: string): string =>
  line(
    message
      .slice(0, 1000)
      .replace(/(\/[^\s?#]*)[?#]\S*/g, "$1")
      .replace(/"[^"]*("|$)/g, '"…"')
      .replace(/[^\s@'<(]+@[^\s@'>)]+/g, "…@…")
      .replace(/\d{5,}/g, "…"),
    200,
  );

/** A path of this site, `host/path` of another, or what stands for a URL without either. */
export function sourceOf(url: string, base: string): string | undefined {
  try {
    const { protocol, origin, host, pathname } = new URL(url, base);
    if (!host) return protocol;
    return line(origin === new URL(base).origin ? pathname : host + pathname, 256);
  } catch {
    return undefined;
  }
}

/** FNV-1a of 32 bits, as 8 hexadecimal digits. */
export function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  return (state >>> 0).toString(16).padStart(8, "0");
}

/** Tells one place in the code from another, whatever the message: of the frames alone. */
export function stackHash(stack: unknown): string | undefined {
  const frames = `${stack}`
    .slice(0, 4000)
    .split("\n")
    .filter((frame) => /:\d+:\d+\)?$/.test(frame))
    .map((frame) => frame.trim().replace(/[?#][^:]*/, ""));
  return frames.length ? hash(frames.slice(0, 10).join()) : undefined;
}
