import { span } from "./numbers";
import type { MainThread } from "./wire";

export type Stretch = Pick<PerformanceEntry, "duration"> & { blockingDuration?: number };

/** Long animation frames say themselves how long they blocked; of long tasks it is all above 50 ms. */
export function mainThread(stretches: readonly Stretch[]): MainThread {
  const sum = (of: (stretch: Stretch) => number) =>
    span(stretches.reduce((total, stretch) => total + of(stretch), 0));
  return {
    long_tasks: stretches.length,
    long_task_ms: sum(({ duration }) => duration),
    blocking_ms: sum(({ duration, blockingDuration }) => blockingDuration ?? duration - 50),
  };
}
