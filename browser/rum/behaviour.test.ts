import assert from "node:assert/strict";
import { test } from "node:test";
import { mainThread } from "./busy";
import { keepBusiness, marksOf } from "./business";
import { watchBursts } from "./clicks";
import { stopwatch } from "./engagement";
import { keepFaults } from "./faults";
import { redacted, sourceOf, stackHash } from "./text";

const here = "https://shop.example/basket?token=1";
const stack = (line: number) =>
  `TypeError: x\n    at buy (https://shop.example/js/shop.js?v=7:${line}:9)\n    at <anonymous>`;

test("what may be a visitor's never leaves in a message", () => {
  for (const [message, told] of [
    ["Failed to load https://shop.example/cart?token=secret#top now", /cart now$/],
    [`Unexpected token 'h', "hello Alice"... is not valid JSON`, /^Unexpected token 'h', "…"/],
    ['Unexpected end of "secret', /^Unexpected end of "…"$/],
    ["no account for alice@example.com", /^no account for …@…$/],
    ["card 4111111111111111 declined", /^card … declined$/],
    ["a\u0000b\nc\u0085d", /^a b c d$/],
    ["half \ud83d of it", /^half {3}of it$/],
  ] as const) {
    assert.match(redacted(message), told, message);
  }
  assert.ok(redacted("é".repeat(5000)).length <= 200);
});

test("a source is a path of ours, a host and path of others, never a query", () => {
  assert.equal(sourceOf("https://shop.example/js/a.js?v=1#x", here), "/js/a.js");
  assert.equal(sourceOf("https://cdn.example/b.js?key=1", here), "cdn.example/b.js");
  assert.equal(sourceOf("data:text/javascript,alert(1)", here), "data:");
  assert.equal(sourceOf("https://[", here), undefined);
});

test("a stack is told apart by its places, not by its message or the query of a file", () => {
  assert.match(stackHash(stack(1))!, /^[0-9a-f]{8}$/);
  assert.equal(stackHash(stack(1)), stackHash(stack(1).replace("x", "y").replace("v=7", "v=8")));
  assert.notEqual(stackHash(stack(1)), stackHash(stack(2)));
  assert.equal(stackHash("buy@https://shop.example/js/shop.js:1:9")?.length, 8);
  for (const none of [undefined, null, "", 7, {}]) assert.equal(stackHash(none), undefined);
});

test("the same fault is kept once with its count, and ten different ones at most", () => {
  const faults = keepFaults(() => here);
  assert.equal(faults.read(), undefined);
  for (let time = 0; time < 3; time++) faults.add("error", "x", "/a.js?b", stack(1));
  for (let line = 0; line < 50; line++) faults.add("rejection", "x", undefined, stack(line));
  const [first, ...others] = faults.read()!;
  assert.deepEqual([first?.count, first?.source, others.length], [3, "/a.js", 9]);
  faults.add("error", { toString: () => "no text" });
  faults.restart();
  assert.equal(faults.read(), undefined);
});

test("three clicks at one spot within a second are one burst, however many follow", () => {
  const at = (x: number, at_ms: number) => ({ x, y: 0, at_ms });
  const calm = watchBursts();
  assert.deepEqual(
    [at(0, 0), at(100, 100), at(0, 200), at(0, 1300)].map(calm).includes(true),
    false,
  );
  const angry = watchBursts();
  assert.deepEqual([at(0, 0), at(5, 200), at(9, 400), at(3, 500), at(0, 600)].map(angry), [
    false,
    false,
    true,
    false,
    false,
  ]);
});

test("long tasks block for what is above 50 ms, long animation frames for what they say", () => {
  assert.deepEqual(mainThread([{ duration: 80 }, { duration: 250, blockingDuration: 10 }]), {
    long_tasks: 2,
    long_task_ms: 330,
    blocking_ms: 40,
  });
});

test("a stopwatch counts only while it runs", () => {
  let now = 0;
  const visible = stopwatch(() => now);
  const at = (time: number, act: () => void) => {
    now = time;
    act();
  };
  at(100, () => visible.run(true));
  at(300, () => visible.run(false));
  at(900, () => visible.run(true));
  at(1000, () => assert.equal(visible.read(), 300));
  at(1100, () => visible.restart());
  at(1150, () => assert.equal(visible.read(), 50));
});

test("a business event that the contract would refuse loses what is wrong with it", () => {
  const business = keepBusiness([]);
  business.track("Check out", 1);
  business.track(null as unknown as string, 1);
  business.track("checkout", -5, { value: Number.NaN, currency: "euro" });
  business.track("checkout", 7.6, { value: 49.9, currency: "EUR" });
  assert.equal(
    JSON.stringify(business.read().events),
    '[{"name":"checkout","at_ms":0},{"name":"checkout","at_ms":8,"value":49.9,"currency":"EUR"}]',
  );
  for (let time = 0; time < 30; time++) business.track("more", time);
  assert.equal(business.read().events?.length, 20);
  business.restart();
  assert.equal(business.read().events, undefined);
});

test("only listed dimensions are told, ten at most, one line each", () => {
  const names = Array.from({ length: 12 }, (_, at) => `d${at}`);
  const business = keepBusiness(["Bad name", ...names]);
  for (const name of [...names, "secret", "Bad name"]) business.dimension(name, "a\nb".repeat(50));
  const { dimensions } = business.read();
  assert.deepEqual(Object.keys(dimensions!), names.slice(0, 10));
  assert.match(dimensions!.d0!, /^[a b]{64}$/);
  for (const name of names) business.dimension(name, undefined);
  assert.equal(business.read().dimensions, undefined);
});

test("marks count from the start of the view, the first of each name, twenty at most", () => {
  const entries = [
    { name: "hero", startTime: 150 },
    { name: "hero", startTime: 900 },
    { name: "with a space", startTime: 1 },
    ...Array.from({ length: 30 }, (_, at) => ({ name: `m${at}`, startTime: at })),
  ];
  const marks = marksOf(entries, 100)!;
  assert.equal(marks.hero, 50);
  assert.equal(Object.keys(marks).length, 20);
  assert.equal("with a space" in marks, false);
  assert.equal(marksOf([], 0), undefined);
});
