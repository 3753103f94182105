/** What operators may do to delivery at once. */

import { h } from "../dom";
import { choice, order } from "../order";
import type { Page } from "../page";

const PINS = [
  ["", "as measured: no pin"],
  ["full", "full"],
  ["standard", "standard"],
  ["lite", "lite"],
  ["minimal", "minimal"],
] as const;

export function operate(page: Page): HTMLElement {
  const tier = choice("Tier", PINS);
  const kill = choice("Adaptation", [
    ["kill", "off: untouched originals for everybody"],
    ["on", "on again"],
  ]);
  return h(
    "section.panel.wide",
    { "aria-label": "Operate" },
    h("h2", {}, "Operate"),
    h("p.note", {}, "In force within ten seconds; who and why go to the change log"),
    h(
      "div.orders",
      {},
      order(page, {
        label: "Pin a tier",
        path: "/api/policy/pin",
        fields: [tier.element],
        body: () => ({ tier: tier.select.value || null }),
      }),
      order(page, {
        label: "Kill switch",
        path: "/api/policy/kill",
        fields: [kill.element],
        body: () => ({ kill: kill.select.value === "kill" }),
      }),
    ),
  );
}
