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

const worthRetrying = (status: number) => status === 429 || status >= 500;

/** Delivers beacons: no exception leaves it, and none is dropped before the page has gone, save the oldest past 20. */
export function openTransport({ post, sendBeacon, schedule, random }: Wires) {
  const maxRetryAfter_ms = 30_000;
  const maxUnsent = 20;
  const unsent = new Set<Beacon>();

  const keep = (beacon: Beacon) => {
    unsent.add(beacon);
    if (unsent.size > maxUnsent) unsent.delete(unsent.values().next().value!);
  };

  /** How long the server wants to be left alone, if it must be asked again at all. */
  const offer = async (body: string) => {
    try {
      const { status, headers } = await post(body);
      return worthRetrying(status) ? 1000 * +headers.get("retry-after")! || 0 : undefined;
    } catch {
      return 0; // The network failed: as worth retrying as a 503.
    }
  };

  /** Posts while the page lives: four attempts, then the beacon waits for `leave`. */
  const send = async (beacon: Beacon, attempt = 0): Promise<void> => {
    unsent.delete(beacon);
    const [batch] = batches([beacon]);
    if (!batch) return; // Too large on its own: no attempt would take it.
    const retryAfter_ms = await offer(batch.body);
    if (retryAfter_ms === undefined) return;
    keep(beacon);
    const base = backOff_ms[attempt];
    if (base === undefined) return;
    schedule(
      () => unsent.has(beacon) && void send(beacon, attempt + 1),
      Math.min(Math.max(base * (0.75 + random() / 2), retryAfter_ms), maxRetryAfter_ms),
    );
  };

  /** `post` when the browser took no beacon: once, and what fails is kept. */
  const carry = async (body: string, beacons: Beacon[]) => {
    if ((await offer(body)) !== undefined) beacons.forEach(keep);
  };

  return {
    send: (beacon: Beacon) => send(beacon),

    /** The page is hidden and may never run again: everything unsent goes now, `beacon` last. */
    leave: (beacon?: Beacon) => {
      const leaving = beacon ? [...unsent, beacon] : [...unsent];
      unsent.clear();
      for (const { body, beacons } of batches(leaving)) {
        let taken = false;
        try {
          taken = sendBeacon(body);
        } catch {
          // Refused.
        }
        if (!taken) void carry(body, beacons);
      }
    },

    /** The network is back: what had used up its attempts gets another round. */
    resume: () => [...unsent].forEach((beacon) => void send(beacon)),
  };
}
