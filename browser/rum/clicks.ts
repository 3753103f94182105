import type { Schedule } from "./clock";
import { listen } from "./quietly";
import type { Frustration } from "./wire";

// What should visibly do something on this page: a link elsewhere is the browser's to answer.
const clickable =
  "a:not([href]),a[href^='#'],button,summary,[role=button],[type=button],[type=submit]";

interface Click {
  x: number;
  y: number;
  at_ms: number;
}

/** Three clicks at one spot within a second are one burst, and so are all that follow at once. */
export function watchBursts() {
  const burst_ms = 1000;
  const burst_px = 30;
  let recent: Click[] = [];
  /** True for the click that makes it a burst. */
  return (click: Click): boolean => {
    const near = ({ x, y, at_ms }: Click) =>
      click.at_ms - at_ms <= burst_ms && Math.hypot(x - click.x, y - click.y) <= burst_px;
    recent = [...recent.filter(near), click].slice(-4);
    return recent.length === 3;
  };
}

const answers = "scroll change toggle play submit visibilitychange blur popstate".split(" ");

/** `fault` tells of an error: the click before it was answered by one. */
export function watchClicks(schedule: Schedule) {
  const answer_ms = 1000;
  const zero = () => ({ rage_clicks: 0, dead_clicks: 0, error_clicks: 0 });
  let total = zero();
  let isBurst = watchBursts();
  let last: { at_ms: number; failed: boolean } | undefined;
  let answered = () => {};

  const wait = () => {
    answered();
    let cancel = () => {};
    const mutations = new MutationObserver(() => answered());
    const hear = (change: typeof addEventListener | typeof removeEventListener) => {
      for (const type of answers) change(type, answered, true);
    };
    const stop = () => {
      cancel();
      mutations.disconnect();
      hear(removeEventListener);
      answered = () => {};
    };
    answered = stop;
    mutations.observe(document, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    hear(addEventListener);
    cancel = schedule(() => {
      stop();
      total.dead_clicks++;
    }, answer_ms);
  };

  listen(
    "click",
    ({ isTrusted, clientX, clientY, timeStamp, target }) => {
      if (!isTrusted) return;
      last = { at_ms: timeStamp, failed: false };
      if (isBurst({ x: clientX, y: clientY, at_ms: timeStamp })) total.rage_clicks++;
      if ((target as Element).closest?.(clickable)) wait();
    },
    true,
  );

  return {
    fault: () => {
      if (!last || last.failed || performance.now() - last.at_ms > answer_ms) return;
      last.failed = true;
      total.error_clicks++;
    },
    read: (): Frustration => ({ ...total }),
    restart: () => {
      answered();
      total = zero();
      isBurst = watchBursts();
      last = undefined;
    },
  };
}
