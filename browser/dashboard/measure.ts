/** What is forecast, and how it is called. */

import { vitalOf } from "./format";

export const OTHERS: Record<string, { title: string; unit: string; metric: string; stat: string }> =
  {
    views: { title: "Page views an hour", unit: "count", metric: "views", stat: "sum" },
    errors_per_view: {
      title: "Errors per view",
      unit: "ratio",
      metric: "errors",
      stat: "per_view",
    },
    bytes_per_view: { title: "Bytes per view", unit: "bytes", metric: "bytes", stat: "per_view" },
  };

const INDICES: Record<string, string> = {
  score: "Performance Score",
  uxi: "User Experience Index",
  script_bytes_per_view: "Script bytes per view",
};

export function titleOf(measure: string): string {
  return vitalOf(measure)?.title ?? OTHERS[measure]?.title ?? INDICES[measure] ?? measure;
}

export function unitOf(measure: string): string {
  const other = OTHERS[measure]?.unit;
  if (other) return other;
  if (measure.endsWith("_ms")) return "ms";
  if (measure.endsWith("_bytes_per_view")) return "bytes";
  return measure === "cls" ? "score" : "points";
}
