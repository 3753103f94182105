import { onLCP } from "web-vitals/attribution/onLCP.js";
import { onCLS } from "web-vitals/onCLS.js";
import { onFCP } from "web-vitals/onFCP.js";
import { onINP } from "web-vitals/onINP.js";
import { onTTFB } from "web-vitals/onTTFB.js";
import { measured } from "./numbers";
import type { Beacon } from "./wire";

/**
 * The vitals of the current view, kept up to date; `onCandidate` is called at each LCP candidate.
 *
 * Only LCP comes from web-vitals' attribution build: the others' attribution is not on the wire.
 */
export function watchVitals(onCandidate: () => void) {
  let vitals: Beacon["vitals"] = {};
  let lcp: Beacon["lcp"];
  const opts = { reportAllChanges: true };
  const keep = (name: keyof Beacon["vitals"], value: number, digits = 1) =>
    Object.assign(vitals, measured({ [name]: value }, digits));

  onTTFB(({ value }) => keep("ttfb_ms", value), opts);
  onFCP(({ value }) => keep("fcp_ms", value), opts);
  onCLS(({ value }) => keep("cls", value, 4), opts);
  onINP(({ value }) => keep("inp_ms", value), opts);
  onLCP(({ value, attribution }) => {
    keep("lcp_ms", value);
    lcp = measured({
      ttfb_ms: attribution.timeToFirstByte,
      load_delay_ms: attribution.resourceLoadDelay,
      load_duration_ms: attribution.resourceLoadDuration,
      render_delay_ms: attribution.elementRenderDelay,
    });
    onCandidate();
  }, opts);

  return {
    read: (): Pick<Beacon, "vitals" | "lcp"> => ({ vitals: { ...vitals }, lcp }),
    restart: () => {
      vitals = {};
      lcp = undefined;
    },
  };
}
