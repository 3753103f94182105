import type { Beacon } from "./wire";

/** Below the 64 KiB that browsers allow for all beacons in flight, and the server for one body. */
export const maxBodyBytes = 60_000;
const maxBeacons = 50;

export interface Batch {
  body: string;
  beacons: Beacon[];
}

const envelope = (items: string[]) => `{"schema":1,"beacons":[${items.join(",")}]}`;
const sizeBytes = (text: string) => new TextEncoder().encode(text).length;

/** The beacons, in order, as few bodies as fit; one too large on its own is left out. */
export function batches(beacons: readonly Beacon[], maxBytes = maxBodyBytes): Batch[] {
  const room = maxBytes - envelope([]).length;
  const done: Batch[] = [];
  let batch: { items: string[]; beacons: Beacon[]; bytes: number } | undefined;
  const close = () => batch && done.push({ body: envelope(batch.items), beacons: batch.beacons });
  for (const beacon of beacons) {
    const item = JSON.stringify(beacon);
    const bytes = sizeBytes(item) + 1;
    if (bytes > room) continue;
    if (!batch || batch.bytes + bytes > room || batch.items.length === maxBeacons) {
      close();
      batch = { items: [], beacons: [], bytes: 0 };
    }
    batch.items.push(item);
    batch.beacons.push(beacon);
    batch.bytes += bytes;
  }
  close();
  return done;
}
