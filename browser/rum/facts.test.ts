import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceHints, networkHints } from "./hints";
import { measured } from "./numbers";
import { timingOf } from "./timing";
import { add, nothing, type Resource } from "./transfer";
import { navigationOf, newViewId, pageGroup, tierIn } from "./view";

test("NaN, infinite, negative and absent numbers never reach the wire", () => {
  const values = { a: Number.NaN, b: Infinity, c: -1, d: undefined, e: 0, f: 1.26 };
  assert.deepEqual(measured(values), { e: 0, f: 1.3 });
  assert.equal(measured({ a: Number.NaN }), undefined);
});

test("a tier cookie counts only if it is one of the five words", () => {
  assert.equal(tierIn("a=1; ae_tier=lite; b=2"), "lite");
  assert.equal(tierIn("ae_tier=control"), "control");
  for (const cookies of ["", "ae_tier=", "ae_tier=FULL", "xae_tier=lite", "ae_tier=lite%20"]) {
    assert.equal(tierIn(cookies), undefined, cookies);
  }
});

test("a view id is 22 url-safe characters, whatever the bytes", () => {
  for (const byte of [0, 62, 63, 251, 255]) {
    assert.match(
      newViewId((bytes) => bytes.fill(byte)),
      /^[\w-]{22}$/,
    );
  }
});

test("a page group that is no slug is left out", () => {
  assert.equal(pageGroup("category"), "category");
  for (const declared of [undefined, "", "Front", "a b", "x".repeat(33)]) {
    assert.equal(pageGroup(declared), undefined);
  }
});

test("prerendered and discarded pages are told from ordinary ones", () => {
  const entry = (type: string, activationStart = 0) =>
    ({ type, activationStart }) as PerformanceNavigationTiming;
  assert.equal(navigationOf(undefined, false), "navigate");
  assert.equal(navigationOf(entry("back_forward"), false), "back-forward");
  assert.equal(navigationOf(entry("reload"), false), "reload");
  assert.equal(navigationOf(entry("navigate", 12), false), "prerender");
  assert.equal(navigationOf(entry("reload"), true), "restore");
});

const entry = {
  domainLookupStart: 5,
  domainLookupEnd: 25,
  connectStart: 25,
  secureConnectionStart: 60,
  connectEnd: 100,
  domContentLoadedEventEnd: 800,
  loadEventEnd: 0,
};

test("TCP ends where TLS begins, and a load that has not happened has no time", () => {
  assert.deepEqual(timingOf(entry), {
    dns_ms: 20,
    tcp_ms: 35,
    tls_ms: 40,
    dom_content_loaded_ms: 800,
  });
});

test("without TLS there is no TLS time, and prerendering does not count", () => {
  const plain = { ...entry, secureConnectionStart: 0, activationStart: 900, loadEventEnd: 1000 };
  assert.deepEqual(timingOf(plain), {
    dns_ms: 20,
    tcp_ms: 75,
    dom_content_loaded_ms: 0,
    load_ms: 100,
  });
});

test("transfer counts bytes by kind, and nothing that the browser had already", () => {
  const resources: Resource[] = [
    { name: "/", initiatorType: "navigation", transferSize: 3000, decodedBodySize: 9000 },
    { name: "/img/a.jpg", initiatorType: "img", transferSize: 500, decodedBodySize: 200 },
    { name: "/b.webp?v=1", initiatorType: "css", transferSize: 70, decodedBodySize: 60 },
    {
      name: "/x",
      initiatorType: "fetch",
      transferSize: 8,
      decodedBodySize: 6,
      contentType: "image/png",
    },
    { name: "/js/shop.js", initiatorType: "script", transferSize: 4000, decodedBodySize: 9000 },
    { name: "/cached.js", initiatorType: "script", transferSize: 0, decodedBodySize: 9000 },
    { name: "//other/o.js", initiatorType: "script", transferSize: 0, decodedBodySize: 0 },
  ];
  assert.deepEqual(resources.reduce(add, nothing), {
    requests: 6,
    bytes: 7578,
    image_bytes: 578,
    script_bytes: 4000,
  });
});

test("a browser without hints gives none, and no empty network group", () => {
  const window = { devicePixelRatio: 3, innerWidth: 390, innerHeight: 844 } as Window;
  assert.equal(networkHints({}), undefined);
  assert.deepEqual(deviceHints({}, window), {
    dpr: 3,
    viewport_width_px: 390,
    viewport_height_px: 844,
  });
});
