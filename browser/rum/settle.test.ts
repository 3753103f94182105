import assert from "node:assert/strict";
import { test } from "node:test";
import { watchSettling } from "./settle";

function scene() {
  let now_ms = 0;
  let due: { at_ms: number; task: () => void } | undefined;
  const settled: number[] = [];
  const settle = watchSettling(
    () => settled.push(now_ms),
    500,
    (task, delay_ms) => {
      const timer = { at_ms: now_ms + delay_ms, task };
      due = timer;
      return () => {
        if (due === timer) due = undefined;
      };
    },
  );
  const at = (time_ms: number, act?: () => void) => {
    if (due && due.at_ms <= time_ms) {
      const { at_ms, task } = due;
      due = undefined;
      now_ms = at_ms;
      task();
    }
    now_ms = time_ms;
    act?.();
  };
  return { settle, at, settled };
}

test("nothing settles before the page has loaded", () => {
  const { settle, at, settled } = scene();
  at(100, () => settle.candidate());
  at(60_000);
  assert.deepEqual(settled, []);
});

test("a page settles a quiet period after its load", () => {
  const { settle, at, settled } = scene();
  at(100, () => settle.candidate());
  at(2000, () => settle.loaded());
  at(9000);
  assert.deepEqual(settled, [2500]);
});

test("a candidate after the load starts the quiet period again", () => {
  const { settle, at, settled } = scene();
  at(2000, () => settle.loaded());
  at(2400, () => settle.candidate());
  at(2800, () => settle.candidate());
  at(9000);
  assert.deepEqual(settled, [3300]);
});
