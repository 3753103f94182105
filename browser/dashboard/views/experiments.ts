/** Policies on trial: how they stand, what they have shown, what was decided, and by whom. */

import { path } from "../api";
import { Chart } from "../chart";
import { h, put } from "../dom";
import type { Decision, ExperimentNow, Summary } from "../findings";
import { effect, forest } from "../forest";
import { capital, number, share } from "../format";
import { order } from "../order";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { table } from "../pieces";

const HOLDOUT = "holdout";
const STATES: Record<string, [string, string]> = {
  canary: ["▲", "needs_improvement"],
  ramp: ["▲", "needs_improvement"],
  baked: ["●", "good"],
  promoted: ["●", "good"],
  "rolled-back": ["■", "poor"],
  stopped: ["■", ""],
  draft: ["○", ""],
};

export function experiments(page: Page): { element: HTMLElement; live: Part[] } {
  const name = page.state.experiment || HOLDOUT;
  const source = { path: path(`experiments/${encodeURIComponent(name)}`, { limit: "100" }) };
  const panels = [list(page, name), shown(name, source), course(page, source)];
  if (name !== HOLDOUT) panels.push(ramp(page, source), guardrails(source), log(page, source));
  return {
    element: h(
      "div.grid",
      {},
      panels.map((each) => each.element),
      start(page),
    ),
    live: panels,
  };
}

function list(page: Page, chosen: string): Part {
  return new Panel<[{ experiments: Summary[] }]>(
    {
      title: "Experiments",
      note: "The holdout is always on; choose one to see it",
      className: "wide",
      drawsEmpty: true,
    },
    [{ path: path("experiments", { limit: "100" }) }],
    ([{ data }], into) => {
      const found = data.experiments;
      const row = (name: string, rest: (string | HTMLElement)[]) => [
        h(
          "button.link",
          {
            type: "button",
            "aria-pressed": String(name === chosen),
            click: () => page.go({ experiment: name === HOLDOUT ? "" : name }),
          },
          name,
        ),
        ...rest,
      ];
      put(
        into,
        table(
          "experiments",
          ["Name", "State", "Share", "Last decision"],
          [
            row(HOLDOUT, ["always on", "", "adapted visitors beside untouched originals"]),
            ...found.map((each) =>
              row(each.name, [
                state(each.state),
                share(each.share, 0),
                each.decision ? `${each.decision.who}: ${each.decision.why}` : "–",
              ]),
            ),
          ],
        ),
      );
    },
  );
}

function shown(name: string, source: { path: string }): Part {
  return new Panel<[ExperimentNow]>(
    {
      title: name === HOLDOUT ? "What adaptation does" : `What ${name} does`,
      note: "Of those whom the arms would serve differently; intervals (95 %) hold at every look",
      empty: "No session has been counted yet.",
    },
    [source],
    ([{ data }], into) => {
      const [control, candidates] = data.sessions;
      put(
        into,
        h("p.told", {}, capital(data.told), "."),
        data.is_mismatched
          ? h(
              "p.warning",
              { role: "alert" },
              "■ The arms do not have their shares of the sessions: trust none of this.",
            )
          : h("p.note", {}, "● The arms have their shares of the sessions."),
        data.novelty
          ? h("p.warning", {}, "▲ The effect has changed since the beginning: it may not last.")
          : null,
        forest(data.exposed, "Effects"),
        Object.entries(data.unlike).map(([segment, each]) =>
          h(
            "p.note",
            {},
            `Otherwise than elsewhere at ${segment.replace("=", " ")}: ${each.words}.`,
          ),
        ),
        h(
          "p.note",
          {},
          `${number(candidates)} sessions of the candidate, ${number(control)} of the control.`,
        ),
      );
    },
  );
}

function course(page: Page, source: { path: string }): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[ExperimentNow]>(
    {
      title: "The interval, day by day",
      hasChart: true,
      note: "Primary metric against the control, by all sessions until then",
      empty: "No session has been counted yet.",
    },
    [source],
    ([{ data }], into) => {
      if (!data.course.length) {
        chart = null;
        put(into, h("p.nothing", {}, "Too few sessions to compare yet."));
        return;
      }
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      chart.draw({
        name: "Effect on the primary metric",
        at: data.course.map((each) => Date.parse(`${each.day}T12:00Z`) / 1000),
        unit: "share",
        signed: true,
        tracks: [
          {
            label: data.summary?.primary ?? "LCP",
            colour: "--line1",
            values: data.course.map((each) => each.estimate),
            low: data.course.map((each) => each.low),
            high: data.course.map((each) => each.high),
          },
        ],
        height: 260,
      });
    },
  );
  return panel;
}

function ramp(page: Page, source: { path: string }): Part {
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

function guardrails(source: { path: string }): Part {
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
  return h(
    "span.rating",
    { "data-rating": isBroken ? "poor" : "good" },
    h("span", { "aria-hidden": "true" }, isBroken ? "■ " : "● "),
    h("span.word", {}, isBroken ? "broken" : "holds"),
  );
}

function log(page: Page, source: { path: string }): Part {
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

/** A new one is declared as in site.toml. */
function start(page: Page): HTMLElement {
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

function state(name: string): HTMLElement {
  const [sign, tone] = STATES[name] ?? ["○", ""];
  return h(
    "span.rating",
    { "data-rating": tone || null },
    h("span", { "aria-hidden": "true" }, `${sign} `),
    h("span", {}, name),
  );
}
