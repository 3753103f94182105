// What the package offers, as it ships: dist/index.d.ts is a copy.

export type Consent = "granted" | "denied" | "pending";

export interface Options {
  /** Where reports go: a path of the page's own origin. */
  endpoint?: string;
  /** How long no LCP candidate may have come, after the load, before the first report. */
  quietMs?: number;
  /** The site's version: letters, digits, `.`, `_`, `-`; at most 64. */
  release?: string;
  /** Names of custom dimensions, at most 10: lower-case letters, digits, `_`, `-`. */
  dimensions?: readonly string[];
  /** If the site asks its visitors; without it, only Global Privacy Control counts. */
  consent?: Consent;
}

/** None of these throws; before a prerendered page is shown they are remembered. */
export interface AdaptiveEdge {
  /** A business event: `track("checkout", { value: 49.9, currency: "EUR" })`. */
  track: (name: string, worth?: { value?: number; currency?: string }) => void;
  /** Sets a custom dimension that `dimensions` lists; `undefined` takes it away. */
  dimension: (name: string, value: string | undefined) => void;
  /** What the visitor answered, at any time. */
  setConsent: (consent: Consent) => void;
  /** Reports what is known now, as if the page were left. */
  flush: () => void;
}

/** Watches this page, once it has a visitor: a prerendered one has none yet. */
export function start(options?: Options): AdaptiveEdge;
