/** One policy on trial: its ramp, its guardrails, what was decided, and what may be done. */

import { h, put } from "../dom";
import type { Decision, ExperimentNow, Summary } from "../findings";
import { effect } from "../forest";
import { share } from "../format";
import { order } from "../order";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { badge, table } from "../pieces";

const STATES: Record<string, [string, string]> = {
  canary: ["▲", "needs_improvement"],
  ramp: ["▲", "needs_improvement"],
  baked: ["●", "good"],
  promoted: ["●", "good"],
  "rolled-back": ["■", "poor"],
  stopped: ["■", ""],
  draft: ["○", ""],
};

export function ramp(page: Page, source: { path: string }): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: "Ramp",
      note: "Shares of the sessions that get the candidate, a step at a time",
      drawsEmpty: true,
    },
    [source],
    ([{ data }], into) => {
      const { summary } = data;
      if (!summary) return;
      put(
        into,
        h("p", {}, summary.hypothesis, "."),
        h(
          "ol.steps",
          { "aria-label": "Steps" },
          summary.steps.map((each, at) =>
            h(
              "li",
              { "aria-current": summary.is_running && at === summary.step ? "step" : null },
              share(each, 0),
            ),
          ),
        ),
        h("p", {}, state(summary.state), " ", progress(summary)),
        summary.frozen_because
          ? h("p.warning", {}, `▲ Not promoted while ${summary.frozen_because}.`)
          : null,
        actions(page, summary),
      );
    },
  );
}

function progress({ is_running, healthy_hours, step, steps, step_hours, bake_hours }: Summary) {
  if (!is_running) return "";
  const needed = step < steps.length - 2 ? step_hours : bake_hours;
  return `${healthy_hours.toFixed(1)} of ${needed} hours watched in health`;
}

function actions(page: Page, summary: Summary): HTMLElement {
  const to = (action: string) => `/api/experiments/${summary.name}/${action}`;
  const of = summary.name;
  const again = !summary.is_running && summary.state !== "promoted";
  return h(
    "div.orders",
    {},
    summary.is_running
      ? [
          order(page, { label: "Promote", of, path: to("promote") }),
          order(page, { label: "Stop", of, path: to("stop") }),
        ]
      : null,
    summary.is_running || summary.state === "promoted"
      ? order(page, { label: "Roll back", of, path: to("rollback") })
      : null,
    again
      ? order(page, {
          label: "Start again",
          of,
          path: "/api/experiments",
          body: () => ({ experiment: summary.declaration }),
        })
      : null,
  );
}

export function guardrails(source: { path: string }): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: "Guardrails",
      note: "What must not get worse than its margin; proven harm is rolled back at once",
      drawsEmpty: true,
    },
    [source],
    ([{ data }], into) =>
      put(
        into,
        table(
          "guardrails",
          ["Metric", "Harm", "Proven", "Margin", ""],
          data.guardrails.map((each) => [
            each.metric,
            each.harm === null ? "–" : effect(each.harm, false),
            each.at_least === null ? "–" : each.at_least <= 0 ? "none" : share(each.at_least),
            share(each.margin),
            each.harm === null ? "too few sessions" : held(each.is_broken),
          ]),
        ),
      ),
  );
}

function held(isBroken: boolean): HTMLElement {
  return isBroken ? badge("poor", "■", "broken") : badge("good", "●", "holds");
}

export function log(page: Page, source: { path: string }): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: "Decisions",
      note: "Newest first, each with who and why",
      className: "wide",
      drawsEmpty: true,
    },
    [source],
    ([{ data }], into) =>
      put(
        into,
        table(
          "decisions",
          ["When", "To", "Share", "Who", "Why"],
          data.decisions.map((each) => decision(page, each)),
        ),
      ),
  );
}

function decision(page: Page, each: Decision): (string | HTMLElement)[] {
  return [
    page.clock.full(Date.parse(each.at) / 1000),
    state(each.target),
    share(each.share, 0),
    each.who,
    each.why,
  ];
}

export function state(name: string): HTMLElement {
  const [sign, tone] = STATES[name] ?? ["○", ""];
  return h(
    "span.rating",
    { "data-rating": tone || null },
    h("span", { "aria-hidden": "true" }, `${sign} `),
    h("span", {}, name),
  );
}
