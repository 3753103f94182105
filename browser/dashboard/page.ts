/** What all views share: the state in the address, the API, the clock, and how fresh it all is. */

import type { Alerts, Answer, Change } from "./answers";
import { Api, path } from "./api";
import { Clock } from "./format";
import { period, read, type State, write } from "./state";

/** What `make demo` signs its simulated visitors with (local/history/story.py). */
const SIMULATED = "simulated history";

const SECONDS: Record<string, number> = {
  "1h": 3600,
  "3h": 10_800,
  "24h": 86_400,
  "7d": 604_800,
  "14d": 1_209_600,
};
const GLANCES = ["1h", "3h", "24h", "7d"];
const STEPS: readonly (readonly [string, number])[] = [
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1h", 3600],
  ["3h", 10_800],
  ["6h", 21_600],
  ["12h", 43_200],
  ["1d", 86_400],
];

export class Page {
  state: State = read(location.search);
  freshAt: number | null = null;
  heardAt: number | null = null;
  changes: Change[] = [];
  private log: Answer<{ changes: Change[] }> | null = null;
  private told: Answer<Alerts> | null = null;
  /** Ask anew, after something was done. */
  renew: () => void = () => undefined;

  constructor(
    readonly api: Api,
    /** Where the site's pictures are, with a slash at the end; empty if that is not known. */
    readonly images: string,
    private readonly onState: () => void,
  ) {
    addEventListener("popstate", () => {
      this.state = read(location.search);
      this.onState();
    });
  }

  get clock(): Clock {
    return new Clock(this.state.utc);
  }

  get isLive(): boolean {
    return this.state.from === null;
  }

  /** Whether the API compares it with the week before. */
  get isGlance(): boolean {
    return this.isLive && !this.state.filters.length && GLANCES.includes(this.state.range);
  }

  /** The question that tells the most. */
  get glance(): string {
    return path("overview", { range: this.state.range });
  }

  get isSimulated(): boolean {
    return this.changes.some((each) => each.who === SIMULATED);
  }

  /** Go somewhere else; the way back is the browser's. */
  go(change: Partial<State>): void {
    const next = { ...this.state, ...change };
    if (write(next) === write(this.state)) return;
    this.state = next;
    history.pushState(null, "", write(next));
    this.onState();
  }

  filter(dimension: string, value: string): void {
    const filter = `${dimension}:${value}`;
    const others = this.state.filters.filter((each) => !each.startsWith(`${dimension}:`));
    const had = this.state.filters.includes(filter);
    this.go({ filters: had ? others : [...others, filter] });
  }

  zoom = (from: number, to: number): void => this.go({ from, to });

  /** The address of a question about what is looked at. */
  ask(name: string, query: Record<string, string | string[] | undefined> = {}): string {
    const span = period(this.state);
    return path(name, { filter: this.state.filters, ...span, ...this.step(name), ...query });
  }

  /** Steps with enough views each for a line of a few per cent of them. */
  calm(points = 32): string {
    const { from, to, range } = this.state;
    const wanted = (from !== null && to !== null ? to - from : (SECONDS[range] ?? 86_400)) / points;
    return STEPS.find(([, seconds]) => seconds >= wanted)?.[0] ?? "1d";
  }

  /** Of what is long past only hours are sure to be there. */
  private step(name: string): Record<string, string> {
    const { from, to } = this.state;
    const isOld = from !== null && from < Date.now() / 1000 - 86_400;
    if (name !== "series" || !isOld || to === null) return {};
    return to - from > 400 * 3600 ? {} : { step: "1h" };
  }

  heard(answer: Answer<unknown>): void {
    this.heardAt = Date.now() / 1000;
    if (answer.fresh_at) this.freshAt = Date.parse(answer.fresh_at) / 1000;
  }

  /** What charts mark: what was changed, and what was told of. Whether it is another than before. */
  async loadChanges(): Promise<boolean> {
    const [log, told] = await Promise.all([
      this.api.ask<{ changes: Change[] }>(path("changes", { range: "28d" })),
      this.api.ask<Alerts>(path("alerts", {})).catch(() => this.told),
    ]);
    if (log === this.log && told === this.told) return false;
    [this.log, this.told] = [log, told];
    const alerts = (told?.data.told ?? []).map((each) => ({
      at: each.since,
      kind: "alert",
      name: each.rule,
      who: "evaluate",
      why: each.title,
    }));
    this.changes = [...log.data.changes, ...alerts].sort(
      (a, b) => Date.parse(a.at) - Date.parse(b.at),
    );
    return true;
  }
}
