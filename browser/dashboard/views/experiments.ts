/** Policies on trial: how they stand, what they have shown, what was decided, and by whom. */

import { path } from "../api";
import { charted } from "../charted";
import { h, put } from "../dom";
import type { ExperimentNow, Summary } from "../findings";
import { forest } from "../forest";
import { capital, number, share } from "../format";
import type { Page } from "../page";
import { grid, Panel, type Part, type View } from "../panel";
import { table } from "../pieces";
import { declare } from "./declare";
import { guardrails, log, ramp, state } from "./trial";

const HOLDOUT = "holdout";

export function experiments(page: Page): View {
  const name = page.state.experiment || HOLDOUT;
  const source = { path: path(`experiments/${encodeURIComponent(name)}`, { limit: "100" }) };
  const panels = [list(page, name), shown(name, source), course(page, source)];
  if (name !== HOLDOUT) panels.push(ramp(page, source), guardrails(source), log(page, source));
  return grid(panels, null, declare(page));
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
  return charted<[ExperimentNow]>(
    page,
    {
      title: "The interval, day by day",
      note: "Primary metric against the control, by all sessions until then",
      empty: "No session has been counted yet.",
    },
    [source],
    ([{ data }]) =>
      data.course.length
        ? {
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
          }
        : "Too few sessions to compare yet.",
  );
}
