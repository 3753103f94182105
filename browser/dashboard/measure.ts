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

export function titleOf(measure: string): string {
  return vitalOf(measure)?.title ?? OTHERS[measure]?.title ?? measure;
}

export function unitOf(measure: string): string {
  return (
    OTHERS[measure]?.unit ??
    (measure.endsWith("_ms") ? "ms" : measure === "cls" ? "score" : "points")
  );
}
