/** Figures and instants as people read them. */

import vitals from "./vitals.json";

export interface Vital {
  name: string;
  short: string;
  title: string;
  good: number;
  poor: number;
  core: boolean;
}

export const VITALS: readonly Vital[] = vitals;

export function vitalOf(name: string): Vital | undefined {
  return VITALS.find((each) => each.name === name);
}

export type Rating = "good" | "needs_improvement" | "poor";

/** A shape and a word each: colour alone says nothing to one man in twelve. */
export const RATINGS: Record<Rating, { word: string; sign: string }> = {
  good: { word: "good", sign: "●" },
  needs_improvement: { word: "needs improvement", sign: "▲" },
  poor: { word: "poor", sign: "■" },
};

export function ratingOf(vital: Vital, value: number): Rating {
  return value <= vital.good ? "good" : value <= vital.poor ? "needs_improvement" : "poor";
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export function number(value: number): string {
  return Math.abs(value) >= 1000 ? whole.format(value) : short.format(value);
}

export function share(value: number, digits = 1): string {
  return `${(value * 100).toFixed(Math.abs(value) >= 0.1 ? Math.min(digits, 0) : digits)} %`;
}

/** As a sentence begins. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Relative, with its sign: a minus that lines up with the plus. */
export function change(value: number): string {
  const per = Math.round(value * 100);
  return per === 0 ? "±0 %" : `${per > 0 ? "+" : "−"}${Math.abs(per)} %`;
}

function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
}

function bytes(value: number): string {
  if (value < 1e3) return `${Math.round(value)} B`;
  if (value < 1e6) return `${Math.round(value / 1e3)} kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(value < 1e7 ? 2 : 0)} MB`;
  return `${(value / 1e9).toFixed(value < 1e11 ? 1 : 0)} GB`;
}

/** A figure in a unit of the API. */
export function figure(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "ms") return milliseconds(value);
  if (unit.startsWith("bytes")) return bytes(value);
  if (unit === "share") return share(value);
  if (unit === "score") return value.toFixed(value < 1 ? 3 : 1);
  return number(value);
}

/** The same, short, for the ticks of an axis. */
export function tick(value: number, unit: string): string {
  if (unit === "ms" && value >= 1000) return `${short.format(value / 1000)} s`;
  if (unit.startsWith("bytes") && value >= 1e6) return `${short.format(value / 1e6)} MB`;
  if (unit === "share") return `${Math.round(value * 100)} %`;
  return unit === "score" ? short.format(value) : figure(value, unit);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once each: making one takes longer than using it a hundred times. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const found = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", options);
  formats.set(key, found);
  return found;
}

/** Instants in the reader's zone, or in UTC. */
export class Clock {
  private readonly zone: string | undefined;

  constructor(readonly utc: boolean) {
    this.zone = utc ? "UTC" : undefined;
  }

  private format(at: number, options: Intl.DateTimeFormatOptions): string {
    return format({ ...options, timeZone: this.zone }).format(at * 1000);
  }

  full(at: number): string {
    const text = this.format(at, {
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    return this.utc ? `${text} UTC` : text;
  }

  time(at: number): string {
    return this.format(at, { hour: "2-digit", minute: "2-digit" });
  }

  day(at: number): string {
    return this.format(at, { day: "numeric", month: "short" });
  }

  /** For an axis whose ticks are so many seconds apart. */
  tick(at: number, apart: number): string {
    const time = this.time(at);
    return apart >= 86_400 || time === "00:00" ? this.day(at) : time;
  }

  /** As `Date` has its parts, for the ticks of an axis. */
  zoned(at: number): Date {
    if (!this.utc) return new Date(at * 1000);
    const date = new Date(at * 1000);
    return new Date(at * 1000 + date.getTimezoneOffset() * 60_000);
  }
}

export function ago(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

let countries: Intl.DisplayNames | null = null;

function country(code: string): string {
  countries ??= new Intl.DisplayNames(["en"], { type: "region" });
  return countries.of(code) ?? code;
}

/** What a value of a dimension is called. */
export function named(dimension: string, value: string): string {
  if (value === "none") return "unknown";
  if (dimension === "country" && /^[A-Z]{2}$/.test(value)) return country(value);
  if (dimension === "arm") return value === "treatment" ? "adapted" : "control";
  return value;
}
