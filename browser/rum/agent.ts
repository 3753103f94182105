import { schedule } from "./clock";
import { deviceHints, networkHints } from "./hints";
import { Settle } from "./settle";
import { timingOf } from "./timing";
import { watchTransfer } from "./transfer";
import { Transport } from "./transport";
import { navigationOf, openView, tierIn, wasHidden } from "./view";
import { watchVitals } from "./vitals";
import type { Beacon } from "./wire";

export interface Settings {
  endpoint: string;
  quiet_ms: number;
}

/** Runs `task`; whatever goes wrong in it stays with us: the page must never notice the agent. */
export function quietly(task: () => void): () => void {
  return () => {
    try {
      task();
    } catch {
      // Nothing to do: reporting an error needs the very code that failed.
    }
  };
}

// Read anew each time: not every browser keeps an entry that it has handed out up to date.
const navigationEntry = (): PerformanceNavigationTiming | undefined =>
  performance.getEntriesByType("navigation")[0];

/** Watches this page, and every later life of it that the back-forward cache brings. */
export function watch({ endpoint, quiet_ms }: Settings) {
  const tier = tierIn(document.cookie);
  const wasDiscarded = (document as { wasDiscarded?: boolean }).wasDiscarded === true;
  let navigation = navigationEntry;
  let view = openView(
    navigationOf(navigation(), wasDiscarded),
    wasHidden(navigation()?.activationStart ?? 0),
    tier,
  );
  let reported = "";

  const transport = new Transport({
    post: (body) =>
      fetch(endpoint, {
        method: "POST",
        body,
        headers: { "content-type": "text/plain;charset=UTF-8" },
        keepalive: true,
        credentials: "same-origin",
      }),
    sendBeacon: (body) => navigator.sendBeacon?.(endpoint, body) ?? false,
    schedule,
    random: Math.random,
  });

  /** The next beacon of this view, or undefined if it would say nothing new. */
  const report = (final: boolean): Beacon | undefined => {
    const facts = {
      ...vitals.read(),
      timing: timingOf(navigation()),
      transfer: transfer.read(navigation()),
      hidden: view.hidden,
    };
    const news = JSON.stringify(facts);
    if (news === reported) return undefined;
    reported = news;
    return {
      ...view,
      sequence: view.sequence++,
      final,
      ...facts,
      network: networkHints(navigator),
      device: deviceHints(navigator, window),
    };
  };

  const settle = new Settle(
    quietly(() => {
      if (view.sequence > 0) return;
      const beacon = report(false);
      if (beacon) void transport.send(beacon);
    }),
    quiet_ms,
    schedule,
  );
  const leave = quietly(() => {
    // A candidate that was painted before now was seen, and web-vitals takes no later one.
    if (vitals.read().vitals.lcp_ms === undefined && view.sequence === 0) view.hidden = true;
    transport.leave(report(true));
  });

  // Before web-vitals' own listener, which reports the new view's TTFB at once.
  addEventListener(
    "pageshow",
    (event) => {
      if (!event.persisted) return;
      view = openView("back-forward-cache", false, tier);
      navigation = () => undefined;
      reported = "";
      vitals.restart();
      transfer.restart();
      settle.loaded();
    },
    true,
  );
  const transfer = watchTransfer(endpoint);
  const vitals = watchVitals(() => settle.candidate());

  // On the document, bubbling: after web-vitals' capturing listeners have finished the values.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  // Safari before 14.1 hides no page that navigates away. Elsewhere pagehide comes before the values
  // are finished and would cost a beacon more: https://bugs.webkit.org/show_bug.cgi?id=151234
  if (!("PerformanceEventTiming" in window)) addEventListener("pagehide", leave);

  // A task later, when the load event has an end.
  const loaded = () => setTimeout(() => settle.loaded());
  if (document.readyState === "complete") loaded();
  else addEventListener("load", loaded);

  return { flush: leave };
}
