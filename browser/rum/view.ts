import { type Beacon, type Navigation, type Tier, tiers } from "./wire";

/** What is known of a page view from its start; the identity part of its beacons. */
export type View = Pick<
  Beacon,
  "view_id" | "sequence" | "page" | "page_group" | "navigation" | "hidden" | "tier"
>;

/** 128 random bits as 22 url-safe characters. */
export function newViewId(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  const bytes = random(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .slice(0, 22);
}

export function tierIn(cookies: string): Tier | undefined {
  const value = /(?:^|;\s*)ae_tier=([^;]*)/.exec(cookies)?.[1];
  return tiers.find((tier) => tier === value);
}

export function pageGroup(declared: string | undefined): string | undefined {
  return declared && /^[a-z0-9-]{1,32}$/.test(declared) ? declared : undefined;
}

export function navigationOf(
  entry: PerformanceNavigationTiming | undefined,
  wasDiscarded: boolean,
): Navigation {
  if ((entry?.activationStart ?? 0) > 0) return "prerender";
  if (wasDiscarded) return "restore";
  return entry?.type === "reload"
    ? "reload"
    : entry?.type === "back_forward"
      ? "back-forward"
      : "navigate";
}

/** True if the page was hidden at any time since it was activated. */
export function wasHidden(activationStart: number): boolean {
  const states = performance.getEntriesByType("visibility-state");
  return (
    document.visibilityState === "hidden" ||
    states.some((state) => state.name === "hidden" && state.startTime >= activationStart)
  );
}

export function openView(navigation: Navigation, hidden: boolean, tier: Tier | undefined): View {
  return {
    view_id: newViewId((bytes) => crypto.getRandomValues(bytes)),
    sequence: 0,
    page: location.pathname.slice(0, 512),
    page_group: pageGroup(document.documentElement.dataset.aePageGroup),
    navigation,
    hidden,
    tier,
  };
}
