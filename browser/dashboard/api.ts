/** Asks the query API again and again; what has not changed costs a 304. */

export interface Answer<Data> {
  data: Data;
  samples: number;
  fresh_at: string | null;
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
  tiers: GroupNow[];
}

export interface Change {
  at: string;
  kind: string;
  name: string;
  who: string;
  why: string;
}

/** What went wrong, in a sentence; `again`: whether asking again may help. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  get again(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type Token = () => Promise<string | null>;

const TIMEOUT_MS = 20_000;

export class Api {
  private readonly known = new Map<string, { tag: string; answer: unknown }>();

  constructor(private readonly token: Token) {}

  /** The answer: the very same as the last time, unless it is another. */
  async ask<Data>(path: string): Promise<Answer<Data>> {
    const known = this.known.get(path);
    const token = await this.token();
    const headers: Record<string, string> = { Accept: "application/json" };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (known) headers["If-None-Match"] = known.tag;
    let response: Response;
    try {
      response = await fetch(path, {
        headers,
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiError("The server does not answer.", 0);
    }
    if (response.status === 304 && known) return known.answer as Answer<Data>;
    if (!response.ok) throw new ApiError(await problem(response), response.status);
    const answer = (await response.json()) as Answer<Data>;
    const tag = response.headers.get("ETag");
    if (tag) {
      if (this.known.size > 200) this.known.clear();
      this.known.set(path, { tag, answer });
    }
    return answer;
  }

  /** Do something; what was known may be another after it. */
  async act(path: string, order: Record<string, unknown>): Promise<void> {
    const token = await this.token();
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (token) headers["Authorization"] = `Bearer ${token}`;
    let response: Response;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await fetch(path, {
        method: "POST",
        headers,
        body: JSON.stringify(order),
        signal,
      });
    } catch {
      throw new ApiError("The server does not answer.", 0);
    }
    if (!response.ok) throw new ApiError(await problem(response, true), response.status);
  }
}

async function problem(response: Response, acting = false): Promise<string> {
  if (response.status === 401) return "You are signed out.";
  if (response.status === 403)
    return acting ? "Your account may look, not act." : "Your account may not see this.";
  try {
    const told = (await response.json()) as { detail?: string; title?: string; field?: string };
    const field = told.field ? `${told.field} ` : "";
    return `${field}${told.detail ?? told.title ?? ""}`.trim() || `Status ${response.status}.`;
  } catch {
    return `The server says ${response.status}.`;
  }
}

export function path(name: string, query: Record<string, string | string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (Array.isArray(value)) {
      if (value.length) search.set(key, value.join(","));
    } else if (value) search.set(key, value);
  return `/api/${name}?${search}`;
}
