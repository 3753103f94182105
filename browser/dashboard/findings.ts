/** What the API answers of what came of adaptation: delivered, proven, foreseen. */

import type { Estimated } from "./answers";

export interface TierDelivery {
  tier: string;
  views: number;
  view_share: number | null;
  requests: number;
  hit_rate: Estimated;
  fallback_rate: Estimated;
  bytes_sent: number;
  bytes_saved: number;
  formats: Record<string, number>;
}

export interface Delivery {
  counted_until: string | null;
  total: TierDelivery;
  tiers: TierDelivery[];
  step_s: number;
  at: number[];
  requests: number[];
  hit_rate: (number | null)[];
  fallback_rate: (number | null)[];
  bytes_sent: number[];
  bytes_saved: number[];
}

export interface Assets {
  assets: string[];
}

export interface Renditions {
  asset: string;
  files: {
    tier: string;
    path: string;
    width: number | null;
    format: string;
    quality: number | null;
    reached: number | null;
    bytes: number | null;
  }[];
  kept: number;
  kept_bytes: number;
}

export interface Decision {
  source: string;
  target: string;
  share: number;
  who: string;
  why: string;
  at: string;
}

export interface Summary {
  name: string;
  hypothesis: string;
  state: string;
  is_running: boolean;
  share: number;
  step: number;
  steps: number[];
  step_hours: number;
  bake_hours: number;
  healthy_hours: number;
  primary: string;
  minimum_effect: number;
  started_at: string | null;
  frozen_because: string | null;
  decision: Decision | null;
  declaration: Record<string, unknown>;
}

export interface Shown {
  metric: string;
  words: string;
  estimate: number;
  low: number;
  high: number;
  in_points: boolean;
  better: number;
}

export interface Amount {
  estimate: number;
  low: number;
  high: number;
}

export interface ExperimentNow {
  name: string;
  summary: Summary | null;
  told: string;
  sessions: [number, number];
  exposed: Shown[];
  is_mismatched: boolean;
  novelty: boolean;
  unlike: Record<string, Shown>;
  guardrails: {
    metric: string;
    margin: number;
    harm: number | null;
    at_least: number | null;
    is_broken: boolean;
  }[];
  course: { day: string; estimate: number; low: number; high: number }[];
  decisions: Decision[];
  worth: {
    days: number;
    sessions: number;
    currency: string;
    revenue: Amount | null;
    conversions: Amount | null;
    egress: Amount | null;
  } | null;
}

export interface Foreseen {
  measure: string;
  at: number[];
  expected: number[];
  low_80: number[];
  high_80: number[];
  low_95: number[];
  high_95: number[];
  breach: { limit: number; within_h: number; probability: number } | null;
  more_is_better: boolean;
  beats_naive: boolean | null;
  error: number | null;
  naive_error: number | null;
  shares: Record<string, number>;
}

export interface Outlooks {
  group: Record<string, string>;
  groups: string[];
  made_at: string | null;
  forecasts: Foreseen[];
  backtests: { week: string; measure: string; error: number; naive_error: number | null }[];
}

interface Reach {
  expected: number;
  low: number;
  high: number;
}

export interface Advice {
  recommendation: {
    title: string;
    evidence: string[];
    probability: number;
    due_at: string | null;
    effect: { measure: string; unit: string; before: Reach; after: Reach };
    usd_a_month: number;
    once: boolean;
    change: { how: string; do: string; undo: string };
    experiment: Record<string, unknown> | null;
    unsplit_because: string;
  };
  state: string;
  who: string | null;
  why: string | null;
  decided_at: string | null;
  outcome: { verdict: string; measured: number | null; forecast: Reach | null } | null;
}

export interface Told {
  id: string;
  advice: Advice;
}
