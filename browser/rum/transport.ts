import { batches } from "./batches";
import type { Schedule } from "./clock";
import type { Beacon } from "./wire";

export interface Wires {
  post: (body: string) => Promise<Pick<Response, "status" | "headers">>;
  /** `navigator.sendBeacon`: false if the browser refuses, for want of room or support. */
  sendBeacon: (body: string) => boolean;
  schedule: Schedule;
  random: () => number;
}

const backOff_ms = [1000, 2000, 4000];
const maxRetryAfter_ms = 30_000;
const maxUnsent = 20;

const worthRetrying = (status: number) => status === 429 || status >= 500;

/** Delivers beacons: no exception leaves it, and none is dropped before the page has gone, save the oldest past 20. */
export class Transport {
  private readonly unsent = new Set<Beacon>();

  constructor(private readonly wires: Wires) {}

  /** Posts while the page lives: four attempts, then the beacon waits for `leave`. */
  async send(beacon: Beacon, attempt = 0): Promise<void> {
    this.unsent.delete(beacon);
    let retryAfter_ms = 0;
    try {
      const response = await this.wires.post(batches([beacon])[0]!);
      if (!worthRetrying(response.status)) return;
      retryAfter_ms = Number(response.headers.get("retry-after")) * 1000 || 0;
    } catch {
      // The network failed: as worth retrying as a 503.
    }
    this.keep(beacon);
    const base = backOff_ms[attempt];
    if (base === undefined) return;
    const delay_ms = Math.max(base * (0.75 + this.wires.random() / 2), retryAfter_ms);
    this.wires.schedule(
      () => this.unsent.has(beacon) && void this.send(beacon, attempt + 1),
      Math.min(delay_ms, maxRetryAfter_ms),
    );
  }

  /** The page is hidden and may never run again: everything unsent goes now, `beacon` last. */
  leave(beacon?: Beacon): void {
    const leaving = beacon ? [...this.unsent, beacon] : [...this.unsent];
    this.unsent.clear();
    for (const body of batches(leaving)) {
      if (this.handOver(body)) continue;
      this.wires.post(body).catch(() => {
        for (const unsent of JSON.parse(body).beacons as Beacon[]) this.keep(unsent);
      });
    }
  }

  private handOver(body: string): boolean {
    try {
      return this.wires.sendBeacon(body);
    } catch {
      return false;
    }
  }

  private keep(beacon: Beacon) {
    this.unsent.add(beacon);
    if (this.unsent.size > maxUnsent) this.unsent.delete(this.unsent.values().next().value!);
  }
}
