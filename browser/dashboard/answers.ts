/** What the API answers of page views: adaptive.monitoring.query.answer. */

export interface Answer<Data> {
  data: Data;
  samples: number;
  fresh_at: string | null;
  /** Where the list goes on, of answers that come by pages. */
  next?: string | null;
}

export interface Estimated {
  value: number | null;
  low: number | null;
  high: number | null;
  samples: number;
}

export interface Line {
  group: Record<string, string>;
  samples: number;
  value: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  n: number[];
}

export interface Series {
  metric: string;
  stat: string;
  unit: string;
  step_s: number;
  at: number[];
  series: Line[];
}

export interface Ratings {
  good: number;
  needs_improvement: number;
  poor: number;
}

export interface Shape {
  group: Record<string, string>;
  samples: number;
  percentiles: Record<string, Estimated>;
  ratings: Ratings;
  bars: { low: number; high: number; n: number; rating: string }[];
}

export interface Distribution {
  metric: string;
  unit: string;
  good: number;
  poor: number;
  groups: Shape[];
}

export interface Going {
  rule: string;
  group: Record<string, string>;
  stage: string;
  since: string;
  share: number;
}

export interface Notice {
  rule: string;
  phase: string;
  severity: string;
  title: string;
  since: string;
  concentration: { dimension: string; value: string; share_of_excess: number }[];
  change: { kind: string; name: string } | null;
}

export interface Alerts {
  judged_until: string | null;
  going: Going[];
  told: Notice[];
  silences: {
    id: string;
    rule: string;
    group: Record<string, string>;
    kind: string;
    who: string;
    why: string;
    ends_at: string;
  }[];
}

export interface Budget {
  slo: string;
  objective: number;
  days: number;
  achieved: number | null;
  spent: number;
  burn: number;
  allows_promotion: boolean;
}

export interface Slos {
  slos: Budget[];
}

export interface ViewPart {
  view: { view_id: string; tier: string; started_at_ms: number | null };
  score: number | null;
  share: number;
  vitals: Record<string, { value: number; points: number; lost: number }>;
}

export interface TierPart {
  is_on: boolean;
  lcp_ms: number | null;
  inp_ms: number | null;
  lcp_met: number;
  inp_met: number;
  worth: number;
}

export interface Visit {
  session: string;
  arm: string;
  trials: Record<string, string>;
  policy: number;
  kill: boolean;
  seen: number;
  explanation: {
    score: number | null;
    tier: string | null;
    kept_for: number | null;
    views: ViewPart[];
    tiers: Record<string, TierPart>;
  };
}

export interface Row extends Estimated {
  group: Record<string, string>;
  views: number;
  share: number;
}

export interface Top {
  metric: string;
  unit: string;
  total: number;
  rows: Row[];
}

export interface VitalNow {
  metric: string;
  unit: string;
  p50: Estimated;
  p75: Estimated;
  rating: string | null;
  ratings: Ratings;
  week_before: Estimated;
  change: number | null;
  differs: boolean;
}

export interface GroupNow {
  group: Record<string, string>;
  views: number;
  share: number;
  failing: Estimated;
  lcp_p75: Estimated;
  rating: string | null;
}

export interface Overview {
  start: string;
  end: string;
  views: number;
  views_per_s: number;
  requests_per_s: number;
  sessions: number;
  views_week_before: number;
  failing: Estimated;
  errors: number;
  conversions: number;
  bytes_per_view: number | null;
  vitals: VitalNow[];
  page_groups: GroupNow[];
  countries: GroupNow[];
  devices: GroupNow[];
  connections: GroupNow[];
  tiers: GroupNow[];
}

export interface Change {
  at: string;
  kind: string;
  name: string;
  who: string;
  why: string;
}
