import assert from "node:assert/strict";
import { test } from "node:test";
import { openTransport, type Wires } from "./transport";
import type { Beacon } from "./wire";

const beacon = (sequence: number): Beacon => ({
  view_id: "AAAAAAAAAAAAAAAAAAAAAA",
  sequence,
  final: false,
  page: "/",
  navigation: "navigate",
  hidden: false,
  vitals: {},
  timing: {},
  transfer: { requests: 0, bytes: 0, image_bytes: 0, script_bytes: 0 },
  device: {},
});

type Answer = { status: number; retryAfter?: string } | "network down";

/** A server that gives `answers` in turn (then 202), a clock that moves when told, and no jitter. */
function scene(...answers: Answer[]) {
  const posted: Beacon[][] = [];
  const handedOver: Beacon[][] = [];
  const timers: { task: () => void; delay_ms: number }[] = [];
  const beaconsIn = (body: string) => JSON.parse(body).beacons as Beacon[];
  const wires: Wires = {
    post: async (body) => {
      posted.push(beaconsIn(body));
      const answer = answers.shift() ?? { status: 202 };
      if (answer === "network down") throw new TypeError("Failed to fetch");
      const headers = new Headers(answer.retryAfter ? { "retry-after": answer.retryAfter } : {});
      return { status: answer.status, headers };
    },
    sendBeacon: (body) => handedOver.push(beaconsIn(body)) > 0,
    schedule: (task, delay_ms) => {
      timers.push({ task, delay_ms });
      return () => {};
    },
    random: () => 0.5,
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** Lets the only waiting timer fire and answers how long it had waited. */
  const tick = async () => {
    const [timer, ...others] = timers.splice(0);
    assert.ok(timer, "nothing is scheduled");
    assert.equal(others.length, 0);
    timer.task();
    await settled();
    return timer.delay_ms;
  };
  return { wires, posted, handedOver, timers, tick, settled };
}

test("a server that stays down is tried four times, 1, 2 and 4 s apart", async () => {
  const { wires, posted, timers, tick } = scene(
    { status: 503 },
    "network down",
    { status: 500 },
    { status: 429 },
  );
  await openTransport(wires).send(beacon(0));
  assert.deepEqual([await tick(), await tick(), await tick()], [1000, 2000, 4000]);
  assert.equal(posted.length, 4);
  assert.equal(timers.length, 0);
});

test("jitter keeps each wait within a quarter of its base", async () => {
  for (const [random, expected] of [
    [0, 750],
    [1, 1250],
  ] as const) {
    const { wires, tick } = scene({ status: 503 });
    await openTransport({ ...wires, random: () => random }).send(beacon(0));
    assert.equal(await tick(), expected);
  }
});

test("Retry-After lengthens a wait, up to 30 s, and never shortens it", async () => {
  for (const [retryAfter, expected] of [
    ["5", 5000],
    ["86400", 30_000],
    ["0", 1000],
    ["-7", 1000],
    ["soon", 1000],
  ] as const) {
    const { wires, tick } = scene({ status: 503, retryAfter });
    await openTransport(wires).send(beacon(0));
    assert.equal(await tick(), expected, retryAfter);
  }
});

test("an accepted beacon and a refused one are both sent once", async () => {
  for (const status of [202, 400, 413]) {
    const { wires, posted, handedOver, timers } = scene({ status });
    const transport = openTransport(wires);
    await transport.send(beacon(0));
    transport.leave();
    assert.deepEqual([posted.length, timers.length, handedOver.length], [1, 0, 0]);
  }
});

test("leaving takes the unsent along, oldest first, and ends their retries", async () => {
  const { wires, posted, handedOver, tick } = scene("network down");
  const transport = openTransport(wires);
  await transport.send(beacon(0));
  transport.leave(beacon(1));
  assert.deepEqual(
    handedOver.map((body) => body.map(({ sequence }) => sequence)),
    [[0, 1]],
  );
  await tick();
  assert.equal(posted.length, 1);
});

test("a beacon whose attempts are used up still goes when the page is left", async () => {
  const { wires, handedOver, tick } = scene(...Array<Answer>(4).fill({ status: 503 }));
  const transport = openTransport(wires);
  await transport.send(beacon(0));
  for (let retry = 0; retry < 3; retry++) await tick();
  transport.leave();
  assert.equal(handedOver[0]?.[0]?.sequence, 0);
});

test("when the browser takes no beacon, a fetch carries it; when that fails too, it is kept", async () => {
  const refusals: Wires["sendBeacon"][] = [
    () => false,
    () => {
      throw new Error("blocked");
    },
  ];
  for (const sendBeacon of refusals) {
    const { wires, posted, handedOver, settled } = scene("network down");
    let refusing = true;
    const transport = openTransport({
      ...wires,
      sendBeacon: (body) => (refusing ? sendBeacon(body) : wires.sendBeacon(body)),
    });
    transport.leave(beacon(1));
    assert.equal(posted.length, 1);
    await settled();
    refusing = false;
    transport.leave();
    assert.equal(handedOver[0]?.[0]?.sequence, 1);
  }
});

test("when the network is back, what had given up gets another round", async () => {
  const { wires, posted, tick, settled } = scene(...Array<Answer>(4).fill("network down"));
  const transport = openTransport(wires);
  await transport.send(beacon(0));
  for (let retry = 0; retry < 3; retry++) await tick();
  transport.resume();
  await settled();
  assert.equal(posted.length, 5);
  transport.resume();
  assert.equal(posted.length, 5);
});

test("when it is left under a server that stays down, a beacon is kept for the next time", async () => {
  const { wires, posted, settled } = scene({ status: 503 });
  const transport = openTransport({ ...wires, sendBeacon: () => false });
  transport.leave(beacon(0));
  await settled();
  transport.leave();
  assert.equal(posted.length, 2);
});

test("a beacon too large for any body is dropped without a sound", async () => {
  const { wires, posted, timers } = scene();
  await openTransport(wires).send({ ...beacon(0), page: "/" + "x".repeat(70_000) });
  assert.deepEqual([posted.length, timers.length], [0, 0]);
});

test("at most 20 unsent beacons are kept, the newest", async () => {
  const { wires, handedOver } = scene(...Array<Answer>(25).fill("network down"));
  const transport = openTransport(wires);
  for (let sequence = 0; sequence < 25; sequence++) await transport.send(beacon(sequence));
  transport.leave();
  assert.deepEqual(
    handedOver.flat().map(({ sequence }) => sequence),
    Array.from({ length: 20 }, (_, index) => index + 5),
  );
});

test("leaving with nothing to say sends nothing", () => {
  const { wires, posted, handedOver } = scene();
  openTransport(wires).leave();
  assert.deepEqual([posted.length, handedOver.length], [0, 0]);
});
