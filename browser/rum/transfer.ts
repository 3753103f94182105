import type { Transfer } from "./wire";

export type Resource = Pick<
  PerformanceResourceTiming,
  "name" | "initiatorType" | "transferSize" | "decodedBodySize"
> & { contentType?: string };

export const nothing: Transfer = { requests: 0, bytes: 0, image_bytes: 0, script_bytes: 0 };

const imagePath = /\.(avif|webp|jpe?g|png|gif|svg|ico)([?#]|$)/i;
const scriptPath = /\.m?js([?#]|$)/i;

/** `total` with one more response; one that the browser's own cache answered costs nothing. */
export function add(total: Transfer, resource: Resource): Transfer {
  const bytes = resource.transferSize || 0;
  // Cross-origin responses without Timing-Allow-Origin show 0 for both sizes: requests of 0 bytes.
  if (bytes === 0 && resource.decodedBodySize > 0) return total;
  const type = resource.contentType;
  const image = type
    ? type.startsWith("image/")
    : resource.initiatorType === "img" || imagePath.test(resource.name);
  const script = type
    ? type.includes("javascript")
    : resource.initiatorType === "script" || scriptPath.test(resource.name);
  return {
    requests: total.requests + 1,
    bytes: total.bytes + bytes,
    image_bytes: total.image_bytes + (image ? bytes : 0),
    script_bytes: total.script_bytes + (script ? bytes : 0),
  };
}

/** Counts what the page loads and has loaded so far; our own reports to `endpoint` do not count. */
export function watchTransfer(endpoint: string) {
  const own = new URL(endpoint, location.href).href;
  let total = nothing;
  const count = (entries: PerformanceEntryList) => {
    for (const entry of entries) {
      if (entry.name !== own) total = add(total, entry as PerformanceResourceTiming);
    }
  };
  // An observer, since getEntries() forgets whatever comes after the 250th resource.
  const observer = new PerformanceObserver((list) => count(list.getEntries()));
  observer.observe({ type: "resource", buffered: true });
  return {
    /** `page`: the navigation that began this view; none after a restore from the cache. */
    read: (page: PerformanceNavigationTiming | undefined) => {
      count(observer.takeRecords());
      return page ? add(total, page) : total;
    },
    restart: () => {
      observer.takeRecords();
      total = nothing;
    },
  };
}
