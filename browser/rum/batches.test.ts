import assert from "node:assert/strict";
import { test } from "node:test";
import { type Batch, batches, maxBodyBytes } from "./batches";
import type { Beacon } from "./wire";

const onPage = (page: string) => ({ page }) as Beacon;
const bytes = (text: string) => Buffer.byteLength(text, "utf8");
const pages = (done: Batch[]) =>
  done.map(({ body, beacons }) => {
    const sent = (JSON.parse(body).beacons as Beacon[]).map(({ page }) => page);
    assert.deepEqual(
      sent,
      beacons.map(({ page }) => page),
    );
    return sent;
  });

test("bodies are counted in UTF-8 bytes, not in characters", () => {
  const beacons = Array.from({ length: 60 }, () => onPage("€".repeat(512)));
  const bodies = batches(beacons);
  assert.ok(beacons.length * 512 < maxBodyBytes, "the characters alone would fit");
  assert.equal(bodies.length, 2);
  for (const { body } of bodies) assert.ok(bytes(body) <= maxBodyBytes);
});

test("a body filled to the last byte is allowed, one byte more is not", () => {
  const two = [onPage("/a"), onPage("/b")];
  const exact = bytes(batches(two)[0]!.body);
  assert.equal(batches(two, exact + 1).length, 1);
  assert.equal(batches(two, exact - 1).length, 2);
});

test("a beacon too large on its own does not take the others with it", () => {
  const beacons = [onPage("/a"), onPage("x".repeat(2000)), onPage("/b")];
  assert.deepEqual(pages(batches(beacons, 1000)), [["/a", "/b"]]);
});

test("a body holds at most 50 beacons, and the order is kept", () => {
  const names = Array.from({ length: 120 }, (_, index) => `/${index}`);
  const bodies = pages(batches(names.map(onPage)));
  assert.deepEqual(
    bodies.map((body) => body.length),
    [50, 50, 20],
  );
  assert.deepEqual(bodies.flat(), names);
});

test("no beacons make no body", () => {
  assert.deepEqual(batches([]), []);
});
