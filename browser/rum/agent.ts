import { mainThread, type Stretch } from "./busy";
import { keepBusiness, marksOf } from "./business";
import { watchClicks } from "./clicks";
import { schedule } from "./clock";
import { consentOf, isAnonymous, withoutIdentity } from "./consent";
import { cookiesNow } from "./cookies";
import { watchEngagement } from "./engagement";
import { supports, watchEntries } from "./entries";
import { watchFaults } from "./faults";
import { deviceHints, networkHints } from "./hints";
import type { AdaptiveEdge, Options } from "./api";
import { span } from "./numbers";
import { attempt, listen, quietly } from "./quietly";
import { type Resource, summary } from "./resources";
import { watchSettling } from "./settle";
import { browserTells, watchHistory } from "./softly";
import { timingOf } from "./timing";
import { openTransport } from "./transport";
import { navigationOf, openView, recipeIn, release, tierIn, type View, wasHidden } from "./view";
import { type ViewVitals, watchVitals } from "./vitals";
import type { Beacon } from "./wire";

// Read anew each time: not every browser keeps an entry that it has handed out up to date.
const navigationEntry = () =>
  performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;

/** Watches this page, its soft navigations, and every later life that the back-forward cache brings. */
export function watch(options: Options): AdaptiveEdge {
  // How late the interaction that began a soft navigation may be measured: web-vitals waits up to a
  // second for an idle moment.
  const late_ms = 2000;
  const { endpoint = "/rum", quietMs: quiet_ms = 500, dimensions = [] } = options;
  const own = new URL(endpoint, location.href).href;
  const version = release(options.release);
  let consent = consentOf(options.consent);
  const anonymous = () => isAnonymous(consent, navigator);
  let cookies = anonymous() ? undefined : cookiesNow();

  let navigation = navigationEntry;
  const { wasDiscarded } = document as { wasDiscarded?: boolean };
  const activationStart = navigation()?.activationStart ?? 0;
  let view = openView(navigationOf(navigation(), wasDiscarded), activationStart, {
    hidden: attempt(() => wasHidden(activationStart)),
  });
  /** The view before, while the last of its vitals may still come. */
  let ending: ((deliver: (beacon: Beacon) => void) => void) | undefined;

  const transport = openTransport({
    // As text, which is its type unless one is named; to its own origin, with cookies.
    post: (body) => fetch(endpoint, { method: "POST", body, keepalive: true }),
    sendBeacon: (body) => navigator.sendBeacon(endpoint, body),
    schedule,
    random: Math.random,
  });

  const business = keepBusiness(dimensions);
  const resources = attempt(() =>
    watchEntries<PerformanceResourceTiming>("resource", ({ name }) => name !== own),
  );
  const stretches = attempt(
    () =>
      watchEntries<PerformanceEntry & Stretch>("long-animation-frame") ?? watchEntries("longtask"),
  );
  const marks = attempt(() => watchEntries("mark"));
  const clicks = attempt(() => watchClicks(schedule));
  const faults = attempt(() => watchFaults(() => clicks?.fault()));
  const engagement = attempt(watchEngagement);

  /** What has happened in this view before `until_ms`, less the vitals. */
  const happened = (until_ms: number): Partial<Beacon> => ({
    ...(resources &&
      summary(resources.read(until_ms) as Resource[], navigation() as Resource, location.href)),
    timing: timingOf(navigation()),
    main_thread: stretches && mainThread(stretches.read(until_ms)),
    errors: faults?.read(),
    frustration: clicks?.read(),
    engagement: attempt(() => engagement?.read()),
    marks: marks && marksOf(marks.read(until_ms), view.start_ms),
    ...business.read(),
  });

  /** The next beacon of a view, or undefined if it would say nothing new, or nothing may be said. */
  const report = (of: View, facts: Partial<Beacon>, final: boolean): Beacon | undefined => {
    const news = JSON.stringify([facts, of.hidden]);
    if (of.isOver || news === of.reported || (anonymous() && !final)) return undefined;
    of.reported = news;
    const all = cookies?.() ?? "";
    const tier = tierIn(all);
    const beacon: Beacon = {
      ...of.identity,
      sequence: of.sequence++,
      final,
      hidden: of.hidden,
      release: version,
      tier,
      // Only who has agreed has one, and with a tier.
      recipe: tier && recipeIn(all),
      consent,
      clock: {
        started_at_ms: Math.round(performance.timeOrigin + of.start_ms),
        // When it is written out, not when it is made: it may be sent much later.
        get sent_after_ms() {
          return span(performance.now() - of.start_ms);
        },
      },
      ...facts,
      network: networkHints(navigator),
      device: deviceHints(navigator, window),
    };
    if (!anonymous()) return beacon;
    of.isOver = true;
    return withoutIdentity(beacon);
  };
  const facts = () => ({ ...happened(Infinity), ...vitals?.current() });

  /** The last report of a view, as far as this page's life goes. */
  const leave = quietly(() => {
    ending?.(transport.leave);
    // A candidate that was painted before now was seen, and web-vitals takes no later one.
    const seen = vitals?.current().vitals.lcp_ms !== undefined || view.identity.detected_by;
    if (!seen && view.sequence === 0 && supports("largest-contentful-paint")) view.hidden = true;
    transport.leave(report(view, facts(), true));
  });

  /** The view is over; `next` begins at `start_ms`. */
  const turnTo = (next: View) => {
    view = next;
    navigation = () => undefined;
    for (const each of [resources, stretches, marks, faults, clicks, engagement, business]) {
      each?.restart(next.start_ms);
    }
  };

  const settle = watchSettling(
    quietly(() => {
      if (view.sequence > 0) return;
      const beacon = report(view, facts(), false);
      if (beacon) void transport.send(beacon);
    }),
    quiet_ms,
    schedule,
  );

  // Before web-vitals' own listener, which reports the new view's TTFB at once.
  listen(
    "pageshow",
    ({ persisted, timeStamp }) => {
      if (!persisted) return;
      turnTo(openView("back-forward-cache", timeStamp));
      vitals?.restart(true);
      settle.loaded();
    },
    true,
  );

  /** `before` are the old view's vitals, which the interaction that led here may still change. */
  const softly = (next: View, before: ViewVitals | undefined) => {
    ending?.(transport.send);
    const old = view;
    const until = happened(next.start_ms);
    ending = (deliver) => {
      cancel();
      ending = undefined;
      const beacon = report(old, { ...until, ...before }, true);
      if (beacon) deliver(beacon);
    };
    const cancel = schedule(
      quietly(() => ending?.(transport.send)),
      late_ms,
    );
    turnTo(next);
  };

  const vitals = attempt(() =>
    watchVitals({
      navigation: () => navigation(),
      onCandidate: settle.candidate,
      onSoftNavigation: ({ url, start_ms }, before) =>
        softly(openView("soft-navigation", start_ms, { url, detected_by: "browser" }), before),
    }),
  );
  if (!browserTells()) {
    const onChange = quietly(() => {
      const next = openView("soft-navigation", performance.now(), { detected_by: "history" });
      softly(next, vitals?.current());
      vitals?.restart(false);
    });
    attempt(() => watchHistory(onChange));
  }

  // Not capturing: after web-vitals' listeners, which finish the values. No pagehide: it comes before.
  listen("visibilitychange", () => document.visibilityState === "hidden" && leave());
  listen("online", transport.resume);

  // A task later, when the load event has an end.
  const loaded = () => setTimeout(settle.loaded);
  if (document.readyState === "complete") loaded();
  else listen("load", loaded);

  return {
    track: (name, worth) => business.track(name, performance.now() - view.start_ms, worth),
    dimension: (name, value) => business.dimension(name, value),
    setConsent: (word) => {
      consent = consentOf(word);
      if (!anonymous()) {
        cookies ??= cookiesNow();
        settle.candidate();
        return;
      }
      cookies = undefined;
      document.cookie = "ae_tier=; path=/; max-age=0";
      // The cookie of the session is out of reach from here: the answer to this takes it away, and
      // that of the recipe.
      view.reported = "";
      if (view.sequence > 0) leave();
    },
    flush: leave,
  };
}
