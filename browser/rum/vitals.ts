import { onCLS } from "web-vitals/onCLS.js";
import { onFCP } from "web-vitals/onFCP.js";
import { onINP } from "web-vitals/onINP.js";
import { onLCP } from "web-vitals/onLCP.js";
import { measured } from "./numbers";
import { ttfbOf } from "./timing";
import type { Beacon, LcpParts, Vitals } from "./wire";

export type ViewVitals = Required<Pick<Beacon, "vitals">> & Pick<Beacon, "lcp">;

interface SoftNavigation {
  url: string;
  start_ms: number;
}

interface Told {
  value: number;
  navigationType: string;
  navigationId: number;
  navigationURL?: string;
  navigationStartTime?: number;
}

interface Hooks {
  navigation: () => PerformanceNavigationTiming | undefined;
  onCandidate: () => void;
  /** The first value of a soft navigation has come; those of the view `before` may still change. */
  onSoftNavigation: (navigation: SoftNavigation, before: ViewVitals) => void;
}

const resourceOf = ({ url }: LargestContentfulPaint) =>
  url
    ? (performance.getEntriesByName(url, "resource")[0] as PerformanceResourceTiming | undefined)
    : undefined;

/** LCP's four parts, one after the other: https://web.dev/articles/optimize-lcp */
export function partsOf(
  lcp_ms: number,
  page: Pick<PerformanceNavigationTiming, "responseStart"> & { activationStart?: number },
  resource?: Pick<PerformanceResourceTiming, "requestStart" | "startTime" | "responseEnd">,
): LcpParts | undefined {
  const since = (time = 0) => Math.min(Math.max(time - (page.activationStart ?? 0), 0), lcp_ms);
  const ttfb = since(page.responseStart);
  const start = Math.max(ttfb, since(resource?.requestStart || resource?.startTime));
  const end = Math.max(start, since(resource?.responseEnd));
  return measured({
    ttfb_ms: ttfb,
    load_delay_ms: start - ttfb,
    load_duration_ms: end - start,
    render_delay_ms: lcp_ms - end,
  });
}

/**
 * The vitals of the current view, kept up to date; `navigation` is the load it began with, if any.
 */
export function watchVitals({ navigation, onCandidate, onSoftNavigation }: Hooks) {
  // By navigation: of one that has ended the last values may still come. 0 is the page's own load.
  const known = new Map<number, ViewVitals>();
  let current: ViewVitals = { vitals: {} };
  known.set(0, current);
  const opts = { reportAllChanges: true, reportSoftNavs: true };

  const read = (): ViewVitals => {
    Object.assign(current.vitals, measured({ ttfb_ms: ttfbOf(navigation()) }));
    return current;
  };
  const viewOf = (told: Told): ViewVitals => {
    const soft = told.navigationType === "soft-navigation";
    const id = soft ? told.navigationId : 0;
    let view = known.get(id);
    if (!view) {
      const before = read();
      current = view = { vitals: {} };
      known.set(id, view);
      onSoftNavigation({ url: told.navigationURL!, start_ms: told.navigationStartTime! }, before);
    }
    return view;
  };
  const keep =
    (name: keyof Vitals, digits = 1) =>
    (told: Told) =>
      Object.assign(viewOf(told).vitals, measured({ [name]: told.value }, digits));

  onFCP(keep("fcp_ms"), opts);
  onCLS(keep("cls", 4), opts);
  onINP(keep("inp_ms"), opts);
  onLCP((told) => {
    keep("lcp_ms")(told);
    const [entry] = told.entries.slice(-1) as LargestContentfulPaint[];
    const page = navigation();
    if (entry && page) viewOf(told).lcp = partsOf(told.value, page, resourceOf(entry));
    onCandidate();
  }, opts);

  return {
    /** The current view's, which may still change when the view has ended. */
    current: read,
    /** Back from the cache, all is measured anew; in a view the browser knows nothing of, nothing. */
    restart: (isMeasured: boolean) => {
      current = { vitals: {} };
      // Else the view before goes on having what the browser tells, as it may have to.
      if (isMeasured) known.set(0, current);
    },
  };
}
