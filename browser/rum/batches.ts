import type { Beacon } from "./wire";

/** Below the 64 KiB that browsers allow for all beacons in flight, and the server for one body. */
export const maxBodyBytes = 60 * 1024;
const maxBeacons = 50;

const envelope = (items: string[]) => `{"schema":1,"beacons":[${items.join(",")}]}`;
const sizeBytes = (text: string) => new TextEncoder().encode(text).length;

/** The beacons, in order, as few bodies as fit; one too large on its own is left out. */
export function batches(beacons: readonly Beacon[], maxBytes = maxBodyBytes): string[] {
  const bodies: string[] = [];
  let items: string[] = [];
  let bytes = 0;
  for (const item of beacons.map((beacon) => JSON.stringify(beacon))) {
    const itemBytes = sizeBytes(item) + 1;
    const room = maxBytes - sizeBytes(envelope([]));
    if (itemBytes > room) continue;
    if (bytes + itemBytes > room || items.length === maxBeacons) {
      bodies.push(envelope(items));
      items = [];
      bytes = 0;
    }
    items.push(item);
    bytes += itemBytes;
  }
  if (items.length) bodies.push(envelope(items));
  return bodies;
}
