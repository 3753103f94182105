/** What is looked at, all of it in the address: every state is a link. */

export const RANGES = ["1h", "3h", "24h", "7d", "14d"] as const;
export const DIMENSIONS = [
  "page_group",
  "country",
  "device",
  "connection",
  "browser",
  "tier",
  "release",
  "arm",
] as const;

export interface State {
  view: string;
  range: string;
  /** Seconds since the epoch; in place of the range. */
  from: number | null;
  to: number | null;
  metric: string;
  stat: string;
  compare: string;
  filters: string[];
  session: string;
  experiment: string;
  group: string;
  utc: boolean;
}

const DEFAULTS: State = {
  view: "overview",
  range: "24h",
  from: null,
  to: null,
  metric: "lcp_ms",
  stat: "p75",
  compare: "",
  filters: [],
  session: "",
  experiment: "",
  group: "",
  utc: false,
};

/** Words of the state that stand in the address as they are. */
const WORDS = ["view", "metric", "stat", "compare", "session", "experiment", "group"] as const;

export function read(search: string): State {
  const query = new URLSearchParams(search);
  const text = (name: (typeof WORDS)[number] | "range") => query.get(name) ?? DEFAULTS[name];
  const instant = (name: string) => {
    const at = Date.parse(query.get(name) ?? "");
    return Number.isNaN(at) ? null : at / 1000;
  };
  const from = instant("from");
  const to = instant("to");
  return {
    view: text("view"),
    range: text("range"),
    from: from !== null && to !== null && from < to ? from : null,
    to: from !== null && to !== null && from < to ? to : null,
    metric: text("metric"),
    stat: text("stat"),
    compare: text("compare"),
    filters: query.getAll("filter").filter((each) => each.includes(":")),
    session: text("session"),
    experiment: text("experiment"),
    group: text("group"),
    utc: query.get("tz") === "utc",
  };
}

function iso(at: number): string {
  return new Date(at * 1000).toISOString().replace(".000Z", "Z");
}

export function write(state: State): string {
  const query = new URLSearchParams();
  for (const name of WORDS) if (state[name] !== DEFAULTS[name]) query.set(name, state[name]);
  if (state.from !== null && state.to !== null) {
    query.set("from", iso(state.from));
    query.set("to", iso(state.to));
  } else if (state.range !== DEFAULTS.range) query.set("range", state.range);
  for (const each of state.filters) query.append("filter", each);
  if (state.utc) query.set("tz", "utc");
  const text = query.toString();
  return text ? `?${text}` : ".";
}

/** Of what is looked at, as the API takes it. */
export function period(state: State): Record<string, string> {
  return state.from !== null && state.to !== null
    ? { from: iso(state.from), to: iso(state.to) }
    : { range: state.range };
}

/** Whether views are counted by these dimensions together (adaptive.monitoring.dimension). */
export function counted(...names: string[]): boolean {
  const wanted = [...new Set(names)].sort().join("+");
  return !wanted.includes("+") || PAIRS.has(wanted);
}

const PAIRS = new Set(
  [
    ["tier", "arm"],
    ["device", "connection"],
    ["release", "page_group"],
    ["device", "arm"],
    ["connection", "arm"],
    ["page_group", "arm"],
  ].map((pair) => pair.sort().join("+")),
);

export function filtered(state: State): string[] {
  return [...new Set(state.filters.map((each) => each.slice(0, each.indexOf(":"))))];
}
