import type { Schedule } from "./clock";

/** Calls `onSettled` once the page has loaded and no LCP candidate has come for `quiet_ms`. */
export function watchSettling(onSettled: () => void, quiet_ms: number, schedule: Schedule) {
  let hasLoaded = false;
  let cancel = () => {};
  const candidate = () => {
    if (!hasLoaded) return;
    cancel();
    cancel = schedule(onSettled, quiet_ms);
  };
  return {
    candidate,
    loaded: () => {
      hasLoaded = true;
      candidate();
    },
  };
}
