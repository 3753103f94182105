import { measured, span } from "./numbers";
import { listen } from "./quietly";
import type { Engagement } from "./wire";

/** Counts time only while it runs. */
export function stopwatch(now: () => number) {
  let total_ms = 0;
  let since_ms: number | undefined;
  const read = () => total_ms + (since_ms === undefined ? 0 : now() - since_ms);
  const run = (running: boolean) => {
    total_ms = read();
    since_ms = running ? now() : undefined;
  };
  return {
    read,
    run,
    restart: () => {
      run(since_ms !== undefined);
      total_ms = 0;
    },
  };
}

export function watchEngagement() {
  const visible = stopwatch(() => performance.now());
  let lowest_px = 0;
  let interactions = 0;
  const look = () => visible.run(document.visibilityState === "visible");
  const scrolled = () => {
    lowest_px = Math.max(lowest_px, scrollY + innerHeight);
  };
  const count = () => void interactions++;

  look();
  listen("visibilitychange", look, true);
  listen("scroll", scrolled);
  listen("click", count, true);
  listen("keydown", ({ repeat }) => repeat || count(), true);

  return {
    read: (): Engagement => {
      scrolled();
      const depth = lowest_px / document.documentElement.scrollHeight;
      return {
        visible_ms: span(visible.read()),
        ...measured({ scroll_depth: Math.min(depth, 1) }, 2),
        interactions,
      };
    },
    restart: () => {
      visible.restart();
      lowest_px = 0;
      interactions = 0;
    },
  };
}
