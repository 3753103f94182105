import { supports } from "./entries";
import { listen } from "./quietly";

/** Whether the browser tells of soft navigations itself, as web-vitals wants it told. */
export const browserTells = (): boolean | undefined => {
  const { PerformanceSoftNavigation: entry } = window as {
    PerformanceSoftNavigation?: { prototype: object };
  };
  return (
    supports("soft-navigation") &&
    "getLargestInteractionContentfulPaint" in (entry?.prototype ?? {})
  );
};

/** Calls `onChange` when the path of the URL has changed without a load. */
export function watchHistory(onChange: () => void) {
  let path = location.pathname;
  const look = () => {
    if (path === location.pathname) return;
    path = location.pathname;
    onChange();
  };
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener("currententrychange", look);
    return;
  }
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (...change) {
      original.apply(this, change);
      look();
    };
  }
  listen("popstate", look);
}
