import type { AdaptiveEdge, Consent } from "./api";
import { start } from "./module";
import { attempt } from "./quietly";

declare global {
  interface Window {
    AdaptiveEdge?: AdaptiveEdge;
  }
}

const declared = document.currentScript?.dataset ?? {};

attempt(() => {
  // A second tag on the same page must not count the view twice.
  window.AdaptiveEdge ??= start({
    endpoint: declared.endpoint,
    quietMs: Number(declared.quietMs) || undefined,
    release: declared.release,
    dimensions: declared.dimensions?.split(",").map((name) => name.trim()),
    consent: declared.consent as Consent | undefined,
  });
});
