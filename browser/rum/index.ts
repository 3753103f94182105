import type { AdaptiveEdge, Options } from "./api";
import { start } from "./module";
import { attempt } from "./quietly";

declare global {
  interface Window {
    AdaptiveEdge?: AdaptiveEdge;
  }
}

const declared: { quietMs?: string; dimensions?: string } & Pick<Options, "consent"> =
  document.currentScript?.dataset ?? {};

attempt(() => {
  // A second tag on the same page must not count the view twice.
  window.AdaptiveEdge ??= start({
    ...declared,
    quietMs: +declared.quietMs! || undefined,
    dimensions: declared.dimensions?.split(",").map((name) => name.trim()),
  });
});
