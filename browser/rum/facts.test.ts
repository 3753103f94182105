import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceHints, networkHints } from "./hints";
import { measured } from "./numbers";
import { kindOf, type Resource, summary } from "./resources";
import { timingOf, ttfbOf } from "./timing";
import { navigationOf, newViewId, pageGroup, recipeIn, release, tierIn } from "./view";
import { partsOf } from "./vitals";

test("NaN, infinite, negative, absent and hour-long numbers never reach the wire", () => {
  const values = { a: Number.NaN, b: Infinity, c: -1, d: undefined, e: 0, f: 1.26, g: 600_001 };
  assert.deepEqual(measured(values), { e: 0, f: 1.3 });
  assert.equal(measured({ a: Number.NaN }), undefined);
});

test("a tier cookie counts only if it is one of the five words", () => {
  assert.equal(tierIn("a=1; ae_tier=lite; b=2"), "lite");
  assert.equal(tierIn("ae_tier=control"), "control");
  assert.equal(tierIn("ae_page=lite; ae_tier=minimal"), "minimal");
  assert.equal(tierIn("ae_page=lite"), "lite");
  for (const cookies of ["", "ae_tier=", "ae_tier=FULL", "xae_tier=lite", "ae_tier=lite%20"]) {
    assert.equal(tierIn(cookies), undefined, cookies);
  }
});

test("a recipe is a short word of its own cookie, or none", () => {
  assert.equal(recipeIn("ae_tier=lite; ae_recipe=thrifty; b=2"), "thrifty");
  assert.equal(recipeIn("ae_recipe=thrifty"), "thrifty");
  for (const value of ["", "T", "a", "x".repeat(17), "two words", "a%20b", "__proto__"]) {
    assert.equal(recipeIn(`ae_tier=lite; ae_recipe=${value}`), undefined, value);
  }
  for (const cookies of ["", "xae_recipe=thrifty", "a=ae_recipe=thrifty"]) {
    assert.equal(recipeIn(cookies), undefined, cookies);
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

test("a release is a word of letters, digits, dots, dashes and underscores", () => {
  assert.equal(release("shop-2026.11_2"), "shop-2026.11_2");
  for (const declared of [undefined, null, 7, "", "v 1", "x".repeat(65)]) {
    assert.equal(release(declared), undefined);
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
  responseStart: 300,
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

test("the first byte counts from the activation, and not at all where it is hidden", () => {
  assert.equal(ttfbOf(entry), 300);
  assert.equal(ttfbOf({ ...entry, activationStart: 900 }), 0);
  assert.equal(ttfbOf({ ...entry, responseStart: 0 }), undefined);
  assert.equal(ttfbOf(undefined), undefined);
});

test("LCP's parts follow each other and add up to it", () => {
  const page = { responseStart: 300 };
  const image = { startTime: 350, requestStart: 400, responseEnd: 900 };
  assert.deepEqual(partsOf(1000, page, image), {
    ttfb_ms: 300,
    load_delay_ms: 100,
    load_duration_ms: 500,
    render_delay_ms: 100,
  });
  for (const [lcp_ms, resource] of [
    [1000, undefined],
    [200, image], // painted before it was asked for: a clock that lies
    [700, image],
    [1000, { startTime: 0, requestStart: 0, responseEnd: 0 }],
  ] as const) {
    const parts = Object.values(partsOf(lcp_ms, page, resource)!);
    assert.equal(
      parts.reduce((sum, part) => sum + part),
      lcp_ms,
    );
  }
});

const resource = (name: string, initiatorType: string, transferSize: number, more = {}) =>
  ({ name, initiatorType, transferSize, decodedBodySize: 100, duration: 9, ...more }) as Resource;

test("a resource is what its type says, else its path, else who asked for it", () => {
  for (const [name, initiatorType, contentType, kind] of [
    ["/img/a.jpg", "img", undefined, "image"],
    ["/b.webp?v=1", "css", undefined, "image"],
    ["/x", "fetch", "image/png", "image"],
    ["/js/shop.js#a", "script", undefined, "script"],
    ["/chunk", "link", "text/javascript", "script"],
    ["/shop.css", "link", undefined, "style"],
    ["/inter.woff2", "css", undefined, "font"],
    ["/api/cart", "xmlhttprequest", "application/json", "fetch"],
    ["/video.mp4", "video", undefined, "other"],
    ["/PHOTO.PNG", "css", undefined, "image"],
    ["/shop.js?fallback=a.png#b.css", "script", undefined, "script"],
    ["/shop.php?file=a.png", "img", undefined, "image"],
    ["https://font/script/css", "other", undefined, "other"],
    ["/x.constructor", "", undefined, "other"],
    ["", "", "", "other"],
  ] as const) {
    assert.equal(kindOf(resource(name, initiatorType, 1, { contentType })), kind, name);
  }
});

test("resources are counted by kind, and those that the cache answered apart", () => {
  const page = resource("https://shop.example/", "navigation", 3000);
  const entries = [
    resource("https://shop.example/img/a.jpg", "img", 500, { duration: 40 }),
    resource("https://shop.example/img/b.jpg?w=1", "img", 70, { duration: 90 }),
    resource("https://cdn.example/x.js", "script", 4000, { duration: 70 }),
    resource("https://cdn.example/cached.js", "script", 0, { duration: 1 }),
    resource("https://other.example/o.js", "script", 0, { decodedBodySize: 0 }),
    resource("blob:https://shop.example/1", "img", 0, { duration: 1e9 }),
  ];
  assert.deepEqual(summary(entries, page, "https://shop.example/basket"), {
    transfer: { requests: 5, bytes: 7570, image_bytes: 570, script_bytes: 4000 },
    resources: {
      image: { requests: 2, bytes: 570, cached: 1 },
      script: { requests: 2, bytes: 4000, cached: 1 },
    },
    slowest: {
      first_party: { path: "/img/b.jpg", kind: "image", duration_ms: 90 },
      third_party: { host: "cdn.example", kind: "script", duration_ms: 70 },
    },
  });
});

test("a browser without hints gives none, and no empty network group", () => {
  const window = { devicePixelRatio: 3, innerWidth: 390, innerHeight: 844 } as Window;
  assert.equal(networkHints({}), undefined);
  assert.equal(
    JSON.stringify(deviceHints({}, window)),
    '{"dpr":3,"viewport_width_px":390,"viewport_height_px":844}',
  );
});
