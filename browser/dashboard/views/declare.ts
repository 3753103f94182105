/** A new experiment, declared as in site.toml. */

import { h } from "../dom";
import { order } from "../order";
import type { Page } from "../page";

const TEMPLATE = {
  name: "two-seconds",
  hypothesis: "Aiming at an LCP of two seconds makes pages faster and costs no sales",
  changes: { target: { lcp_ms: 2000, inp_ms: 200, share: 0.75 } },
  primary: "lcp",
  minimum_effect: 0.03,
  guardrails: { lcp: 0, inp: 0.05, conversion: 0, errors: 0.05 },
  steps: [0.01, 0.05, 0.25, 0.5, 1],
  step_hours: 6,
  bake_hours: 48,
};

export function declare(page: Page): HTMLElement {
  const text = h("textarea", { id: "declaration", rows: 14, spellcheck: "false" });
  text.value = JSON.stringify(TEMPLATE, null, 2);
  return h(
    "section.panel.wide",
    { "aria-label": "Start an experiment" },
    h("h2", {}, "Start another"),
    order(page, {
      label: "Start",
      of: "an experiment",
      path: "/api/experiments",
      fields: [h("label", { for: "declaration" }, "Declared as in site.toml"), text],
      body: () => ({ experiment: JSON.parse(text.value) as unknown }),
    }),
  );
}
