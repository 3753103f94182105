import { measured } from "./numbers";
import { sourceOf } from "./text";
import type { Loaded, Resources, Slowest, Transfer } from "./wire";

type Kind = keyof Resources;

export type Resource = Pick<
  PerformanceResourceTiming,
  "name" | "initiatorType" | "transferSize" | "decodedBodySize" | "startTime" | "duration"
> & { contentType?: string };

// Words, not patterns: those would be compiled twice in every view.
const rules: [Kind, string][] = [
  ["image", " image avif webp jpg jpeg png gif svg ico img "],
  ["script", " javascript js mjs script "],
  ["style", " css "],
  ["font", " font woff woff2 ttf otf "],
  ["fetch", " fetch xmlhttprequest "],
];

/** By the type, where the browser tells it, else by the path's ending; else by who asked. */
export function kindOf({ name, initiatorType, contentType }: Resource): Kind {
  const ending = name.split("#")[0]!.split("?")[0]!.split(".").pop()!.toLowerCase();
  for (const word of [...(contentType ? contentType.split("/") : [ending]), initiatorType]) {
    const rule = rules.find(([, words]) => words.includes(` ${word} `));
    if (rule) return rule[0];
  }
  return "other";
}

/** `page`: the navigation that began the view, which counts for the transfer but is no resource. */
export function summary(
  entries: readonly Resource[],
  page: Resource | undefined,
  base: string,
): { transfer: Transfer; resources: Resources; slowest: Slowest } {
  const resources: { [kind in Kind]?: Required<Loaded> } = {};
  const transfer = { requests: 0, bytes: 0, image_bytes: 0, script_bytes: 0 };
  for (const entry of page ? [page, ...entries] : entries) {
    const bytes = entry.transferSize || 0;
    // Cross-origin responses without Timing-Allow-Origin show 0 for both sizes: requests of 0 bytes.
    const isCached = !bytes && entry.decodedBodySize > 0;
    if (!isCached) transfer.requests++;
    transfer.bytes += bytes;
    if (entry === page) continue;
    const kind = kindOf(entry);
    const total = (resources[kind] ??= { requests: 0, bytes: 0, cached: 0 });
    total[isCached ? "cached" : "requests"]++;
    total.bytes += bytes;
  }
  transfer.image_bytes = resources.image?.bytes ?? 0;
  transfer.script_bytes = resources.script?.bytes ?? 0;
  return { transfer, resources, slowest: slowestOf(entries, base) };
}

/** From the slowest on, so that hardly a URL has to be taken apart. */
function slowestOf(entries: readonly Resource[], base: string): Slowest {
  const slowest: Slowest = {};
  const own = new URL("/", base).href;
  for (const entry of [...entries].sort((one, other) => other.duration - one.duration)) {
    const isOwn = entry.name.startsWith(own);
    if (isOwn ? slowest.first_party : slowest.third_party) continue;
    const taken = measured({ duration_ms: entry.duration });
    const path = sourceOf(entry.name, base);
    const host = path?.split("/")[0];
    if (path && taken) {
      const told = { kind: kindOf(entry), duration_ms: taken.duration_ms! };
      if (isOwn) slowest.first_party = { path, ...told };
      else if (host && host !== path) slowest.third_party = { host, ...told };
    }
  }
  return slowest;
}
