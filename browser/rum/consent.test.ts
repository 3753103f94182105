import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { consentOf, isAnonymous, withoutIdentity } from "./consent";
import type { Beacon } from "./wire";

const sample = readFileSync("tests/contracts/beacon-v1-all.json", "utf8");
const everything = JSON.parse(sample).beacons[0] as Beacon;

test("an answer that is none of the three words is no answer yet", () => {
  assert.deepEqual([undefined, "granted", "denied", "pending", "", "yes", null].map(consentOf), [
    undefined,
    "granted",
    "denied",
    "pending",
    "pending",
    "pending",
    "pending",
  ]);
});

test("the browser's no outweighs the site's yes, and pending is no yes", () => {
  assert.equal(isAnonymous(undefined, {}), false);
  assert.equal(isAnonymous("granted", {}), false);
  assert.equal(isAnonymous("granted", { globalPrivacyControl: false }), false);
  assert.equal(isAnonymous("granted", { globalPrivacyControl: true }), true);
  assert.equal(isAnonymous("pending", {}), true);
  assert.equal(isAnonymous("denied", {}), true);
});

test("without consent nothing is told that could tell visitors apart", () => {
  const told = withoutIdentity(everything);
  for (const name of ["tier", "clock", "slowest", "errors", "events", "marks", "dimensions"]) {
    assert.equal(name in told, false, name);
  }
  assert.deepEqual(
    [told.page, told.consent, told.network, told.device],
    ["/", "denied", { ect: "4g" }, { mobile: true }],
  );
  assert.deepEqual([told.vitals, told.page_group], [everything.vitals, "category"]);
  assert.equal(withoutIdentity({ ...everything, consent: "pending" }).consent, "pending");
  assert.equal(everything.page, "/category.html", "the original stays as it is");
});
