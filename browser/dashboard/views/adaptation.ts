/** What adaptation does, and what it is worth. */

import type { Row, Series, Top } from "../answers";
import { path } from "../api";
import { charted } from "../charted";
import { h, put } from "../dom";
import type { Amount, ExperimentNow, Shown } from "../findings";
import { change, figure, number, vitalOf } from "../format";
import { lines } from "../lines";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { fact } from "../pieces";

/** Adapted visitors beside those who get untouched originals. */
export function effect(page: Page): Part {
  const by = ["arm"];
  const step = page.calm(24);
  return charted<[Series, Top, Top]>(
    page,
    {
      title: "What adaptation does",
      note: "Adapted visitors beside the control, who get untouched originals",
      className: "wide",
    },
    [
      { path: page.ask("series", { metric: "lcp_ms", stat: "p75", by, step }) },
      { path: page.ask("top", { metric: "lcp_ms", stat: "p75", by }) },
      { path: page.ask("top", { metric: "bytes", stat: "per_view", by }) },
    ],
    ([{ data }]) => ({
      name: "LCP p75, adapted and control",
      at: data.at,
      unit: data.unit,
      vital: vitalOf("lcp_ms")!,
      changes: page.changes,
      tracks: lines(
        data.series.filter((each) => each.group["arm"] !== "none"),
        "arm",
      ),
      height: 230,
    }),
    ([, lcp, bytes], into) =>
      put(into, h("div.effect", {}, effects(lcp.data.rows, bytes.data.rows))),
  );
}

function arm(rows: Row[], name: string): Row | undefined {
  return rows.find((each) => each.group["arm"] === name);
}

function effects(lcp: Row[], bytes: Row[]): HTMLElement[] {
  const told: HTMLElement[] = [];
  const add = (label: string, rows: Row[], unit: string) => {
    const adapted = arm(rows, "treatment")?.value;
    const control = arm(rows, "control")?.value;
    if (adapted == null || !control) return;
    told.push(
      h(
        "p",
        {},
        h("b", {}, change(adapted / control - 1)),
        ` ${label}: `,
        `${figure(adapted, unit)} against ${figure(control, unit)}`,
      ),
    );
  };
  add("LCP p75", lcp, "ms");
  add("bytes per view", bytes, "bytes");
  return told;
}

/** The holdout's standing answer. */
export function worth(page: Page): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: "Adaptation is worth",
      note: "By the holdout of the last 28 days; intervals (95 %) hold at every look",
      empty: "Too few sessions of the control group yet.",
    },
    [{ path: path("experiments/holdout", {}) }],
    ([{ data }], into) => {
      const found = data.worth;
      put(
        into,
        found
          ? h(
              "dl.facts",
              {},
              money("Sales", found.revenue, found.currency),
              money("Conversions", found.conversions, ""),
              money("Egress saved", found.egress, found.currency),
            )
          : null,
        h("p.told", {}, told(data.exposed)),
        h(
          "button.link",
          { type: "button", click: () => page.go({ view: "experiments", experiment: "" }) },
          "Experiments →",
        ),
      );
    },
  );
}

/** What is proven, in words. */
function told(shown: Shown[]): string {
  const proven = shown.filter((each) => each.low > 0 || each.high < 0);
  const words = proven.map((each) => each.words).join(", ");
  return words ? `Adapted visitors: ${words}.` : "Nothing is proven yet.";
}

function money(label: string, amount: Amount | null, unit: string): HTMLElement {
  if (!amount) return fact(label, "–", "too few sessions yet");
  const signed = (value: number) =>
    `${value < 0 ? "−" : "+"}${number(Math.round(Math.abs(value)))}`;
  const reach = `${signed(amount.low)} to ${signed(amount.high)}`;
  if (amount.low <= 0 && amount.high >= 0) return fact(label, "not proven", `${reach} ${unit}`);
  return fact(label, `${signed(amount.estimate)} ${unit}`.trim(), reach);
}
