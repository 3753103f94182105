import { quietly, watch } from "./agent";

declare global {
  interface Window {
    /** `flush()` reports what is known now, as if the page were left. */
    AdaptiveEdge?: { flush: () => void };
  }
}

const { endpoint = "/rum", quietMs } = document.currentScript?.dataset ?? {};

const start = quietly(() => {
  // A second tag on the same page must not count the view twice.
  window.AdaptiveEdge ??= watch({ endpoint, quiet_ms: Number(quietMs) || 500 });
});

// A prerendered page has no visitor yet.
if ((document as { prerendering?: boolean }).prerendering) {
  document.addEventListener("prerenderingchange", start, { once: true });
} else {
  start();
}
