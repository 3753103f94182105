import { fitting } from "./text";
import { type Beacon, tiers } from "./wire";

export type Tier = NonNullable<Beacon["tier"]>;
export type Navigation = Beacon["navigation"];

/** What is known of a page view from its start; `start_ms` is on the page's own stopwatch. */
export interface View {
  readonly identity: Pick<Beacon, "view_id" | "page" | "page_group" | "navigation" | "detected_by">;
  readonly start_ms: number;
  sequence: number;
  hidden: boolean;
  /** What was last reported, to tell news from none. */
  reported: string;
  /** Nothing more may be told of it. */
  isOver: boolean;
}

/** 128 random bits, all but, as 22 url-safe characters: `+` and `/` are one. */
export function newViewId(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  const bytes = random(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\W/g, "-")
    .slice(0, 22);
}

const recipe = fitting(/^[a-z]{2,16}$/);

const valueOf = (name: string, cookies: string) =>
  `; ${cookies}`.split(`; ${name}=`)[1]?.split(";")[0];

/** As measured; a visitor who was not measured yet has only what the page was made for. */
export function tierIn(cookies: string): Tier | undefined {
  const word = valueOf("ae_tier", cookies) ?? valueOf("ae_page", cookies);
  return tiers.find((tier) => tier === word);
}

/** How that tier was served, unless in its own way. */
export const recipeIn = (cookies: string): string | undefined =>
  recipe(valueOf("ae_recipe", cookies));

export const pageGroup = fitting(/^[a-z0-9-]{1,32}$/);
export const release = fitting(/^[\w.-]{1,64}$/);

export function navigationOf(
  entry: PerformanceNavigationTiming | undefined,
  wasDiscarded: boolean | undefined,
): Navigation {
  if (entry?.activationStart) return "prerender";
  if (wasDiscarded) return "restore";
  return (entry?.type.replace("_", "-") ?? "navigate") as Navigation;
}

/** True if the page was hidden at any time since it was activated. */
export function wasHidden(activationStart: number): boolean {
  const states = performance.getEntriesByType("visibility-state");
  return (
    document.visibilityState === "hidden" ||
    states.some((state) => state.name === "hidden" && state.startTime >= activationStart)
  );
}

export function openView(
  navigation: Navigation,
  start_ms: number,
  more: { url?: string; hidden?: boolean; detected_by?: Beacon["detected_by"] } = {},
): View {
  const { url = location.href, hidden = false, detected_by } = more;
  return {
    identity: {
      view_id: newViewId((bytes) => crypto.getRandomValues(bytes)),
      page: new URL(url, location.href).pathname.slice(0, 512),
      page_group: pageGroup(document.documentElement.dataset.aePageGroup),
      navigation,
      detected_by,
    },
    start_ms,
    sequence: 0,
    hidden,
    reported: "",
    isOver: false,
  };
}
