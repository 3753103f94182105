import { measured } from "./numbers";
import type { Beacon } from "./wire";

type Entry = Pick<
  PerformanceNavigationTiming,
  | "domainLookupStart"
  | "domainLookupEnd"
  | "connectStart"
  | "secureConnectionStart"
  | "connectEnd"
  | "domContentLoadedEventEnd"
  | "loadEventEnd"
  | "responseStart"
> & { activationStart?: number };

/** From the activation of the page to its first byte; nothing where the browser does not say. */
export const ttfbOf = (entry: Entry | undefined): number | undefined =>
  entry?.responseStart
    ? Math.max(entry.responseStart - (entry.activationStart ?? 0), 0)
    : undefined;

/** Navigation Timing in ms; events that have not happened yet (0 there) are left out. */
export function timingOf(entry: Entry | undefined): Beacon["timing"] {
  if (!entry) return {};
  const activated = entry.activationStart ?? 0;
  const since = (event: number) => (event > 0 ? Math.max(event - activated, 0) : undefined);
  const tls = entry.secureConnectionStart;
  return (
    measured({
      dns_ms: entry.domainLookupEnd - entry.domainLookupStart,
      tcp_ms: (tls || entry.connectEnd) - entry.connectStart,
      tls_ms: tls ? entry.connectEnd - tls : undefined,
      dom_content_loaded_ms: since(entry.domContentLoadedEventEnd),
      load_ms: since(entry.loadEventEnd),
    }) ?? {}
  );
}
