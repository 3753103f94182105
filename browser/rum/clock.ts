/** Runs `task` after `delay_ms`; the answer takes it back. */
export type Schedule = (task: () => void, delay_ms: number) => () => void;

export const schedule: Schedule = (task, delay_ms) => {
  const timer = setTimeout(task, delay_ms);
  return () => clearTimeout(timer);
};
