// Generated from contracts/beacon.schema.json by `make generate`; edit adaptive.delivery.

/** One report of a page view; a later `sequence` of the same `view_id` supersedes the earlier. */
export interface Beacon {
  /** Random, anew for each page view; never stored in the browser. */
  view_id: string;
  /** Ascends with the reports of this view. */
  sequence?: number;
  /** Whether the page was hidden or left. */
  final?: boolean;
  /** The URL's path, never its query or fragment. */
  page: string;
  /** What kind of page it is, by the site. */
  page_group?: string;
  /** The site's version, by the site. */
  release?: string;
  /** How the view began. */
  navigation:
    | "navigate"
    | "reload"
    | "back-forward"
    | "back-forward-cache"
    | "prerender"
    | "restore"
    | "soft-navigation";
  /** Who noticed a soft navigation: the browser, or a changed URL. */
  detected_by?: "browser" | "history";
  /** Whether the page was hidden before it had loaded: not scored. */
  hidden?: boolean;
  /** What the page was served at, from the cookies `ae_tier` or `ae_page`. */
  tier?: "full" | "standard" | "lite" | "minimal" | "control";
  /** How that tier was served, from the cookie `ae_recipe`. */
  recipe?: string;
  /** What the visitor answered, if the site asks. */
  consent?: "granted" | "denied" | "pending";
  clock?: Clock;
  vitals?: Vitals;
  lcp?: LcpParts;
  timing?: Timing;
  transfer?: Transfer;
  resources?: Resources;
  slowest?: Slowest;
  main_thread?: MainThread;
  errors?: Fault[];
  frustration?: Frustration;
  engagement?: Engagement;
  events?: Event[];
  /** The site's own `performance.mark`s, ms after the view began. */
  marks?: Record<string, number>;
  /** What the site adds of its own, by names it has listed. */
  dimensions?: Record<string, string>;
  network?: Network;
  device?: Device;
}

/**
 * When the view began, by the visitor's clock (ms since 1970), and how long after that this
 * was sent.
 *
 * Any date a browser can hold is taken: what is wrong with it is for `adaptive.delivery.clock`.
 */
export interface Clock {
  started_at_ms: number;
  sent_after_ms: number;
}

/** What the browser tells of its device. */
export interface Device {
  memory_gib?: number;
  cores?: number;
  dpr?: number;
  viewport_width_px?: number;
  viewport_height_px?: number;
  mobile?: boolean;
}

/**
 * How long the page was visible, how far of it was scrolled into view, and how often it was
 * clicked, tapped or typed in.
 */
export interface Engagement {
  visible_ms?: number;
  scroll_depth?: number;
  interactions?: number;
}

/**
 * What the site reported by `AdaptiveEdge.track`; `value` is in whole units of `currency`
 * (ISO 4217), if it is money.
 */
export interface Event {
  name: string;
  at_ms: number;
  value?: number;
  currency?: string;
}

/**
 * A script error, an unhandled rejection, or something the content security policy blocked.
 *
 * The same one is reported once, with its `count`. `source` is the script's path without its
 * query.
 */
export interface Fault {
  kind: "error" | "rejection" | "csp";
  message: string;
  source?: string;
  stack_hash?: string;
  count?: number;
}

/** Clicks that came in bursts, clicks that nothing answered, clicks that an error answered. */
export interface Frustration {
  rage_clicks?: number;
  dead_clicks?: number;
  error_clicks?: number;
}

/** LCP's four consecutive sub-parts (https://web.dev/articles/optimize-lcp). */
export interface LcpParts {
  ttfb_ms?: number;
  load_delay_ms?: number;
  load_duration_ms?: number;
  render_delay_ms?: number;
}

/**
 * Resources of one kind: requests that went to the network, their bytes, and how many more the
 * browser's cache answered.
 */
export interface Loaded {
  requests?: number;
  bytes?: number;
  cached?: number;
}

/**
 * Long animation frames where the browser has them, else long tasks.
 *
 * `long_task_ms` is their whole duration, `blocking_ms` what of each was above 50 ms.
 */
export interface MainThread {
  long_tasks?: number;
  long_task_ms?: number;
  blocking_ms?: number;
}

/** Network Information API, where the browser has it. */
export interface Network {
  ect?: "slow-2g" | "2g" | "3g" | "4g";
  rtt_ms?: number;
  downlink_mbps?: number;
  save_data?: boolean;
}

/** Resources by kind; the document itself is not among them. */
export interface Resources {
  image?: Loaded;
  script?: Loaded;
  style?: Loaded;
  font?: Loaded;
  fetch?: Loaded;
  other?: Loaded;
}

/** The slowest resource of the site's own and of everybody else's. */
export interface Slowest {
  first_party?: SlowestOwn;
  third_party?: SlowestForeign;
}

/** The slowest resource from any other origin. */
export interface SlowestForeign {
  host: string;
  kind: "image" | "script" | "style" | "font" | "fetch" | "other";
  duration_ms: number;
}

/** The slowest resource from the page's own origin. */
export interface SlowestOwn {
  path: string;
  kind: "image" | "script" | "style" | "font" | "fetch" | "other";
  duration_ms: number;
}

/** Navigation Timing, from the start of the navigation or of the phase. */
export interface Timing {
  dns_ms?: number;
  tcp_ms?: number;
  tls_ms?: number;
  dom_content_loaded_ms?: number;
  load_ms?: number;
}

/** What the view moved over the network, document included (Resource Timing `transferSize`). */
export interface Transfer {
  requests?: number;
  bytes?: number;
  image_bytes?: number;
  script_bytes?: number;
}

/**
 * The page view's Web Vitals as experienced; `cls` has no unit (https://web.dev/articles/vitals).
 */
export interface Vitals {
  lcp_ms?: number;
  fcp_ms?: number;
  ttfb_ms?: number;
  inp_ms?: number;
  cls?: number;
}

export const tiers = ["full", "standard", "lite", "minimal", "control"] as const;

export const onlyWithConsent = [
  "tier",
  "recipe",
  "clock",
  "slowest",
  "errors",
  "events",
  "marks",
  "dimensions",
] as const;
