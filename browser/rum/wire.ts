export const tiers = ["full", "standard", "lite", "minimal", "control"] as const;
export type Tier = (typeof tiers)[number];

export type Navigation =
  | "navigate"
  | "reload"
  | "back-forward"
  | "back-forward-cache"
  | "prerender"
  | "restore"
  | "soft-navigation";

/** Absent means the browser could not tell; nothing here is ever NaN, infinite or negative. */
export type Vital = "lcp_ms" | "fcp_ms" | "ttfb_ms" | "inp_ms" | "cls";
export type LcpPart = "ttfb_ms" | "load_delay_ms" | "load_duration_ms" | "render_delay_ms";
export type TimingPart = "dns_ms" | "tcp_ms" | "tls_ms" | "dom_content_loaded_ms" | "load_ms";

export interface Transfer {
  requests: number;
  bytes: number;
  image_bytes: number;
  script_bytes: number;
}

export interface Network {
  ect?: "slow-2g" | "2g" | "3g" | "4g";
  rtt_ms?: number;
  downlink_mbps?: number;
  save_data?: boolean;
}

export interface Device {
  memory_gib?: number;
  cores?: number;
  dpr?: number;
  viewport_width_px?: number;
  viewport_height_px?: number;
  mobile?: boolean;
}

/** One report of a page view, as `POST /rum` takes it: contracts/beacon.schema.json is the truth. */
export interface Beacon {
  view_id: string;
  sequence: number;
  final: boolean;
  page: string;
  page_group?: string;
  navigation: Navigation;
  hidden: boolean;
  tier?: Tier;
  vitals: Partial<Record<Vital, number>>;
  lcp?: Partial<Record<LcpPart, number>>;
  timing: Partial<Record<TimingPart, number>>;
  transfer: Transfer;
  network?: Network;
  device: Device;
}
