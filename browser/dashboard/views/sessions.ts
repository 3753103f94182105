/** One session, for support: its views, what its score is made of, and why it has its tier. */

import type { TierPart, ViewPart, Visit } from "../answers";
import { path } from "../api";
import { h, put } from "../dom";
import { figure, share, vitalOf } from "../format";
import type { Page } from "../page";
import { grid, Panel, type Part, type View } from "../panel";
import { bar, fact, table } from "../pieces";

const CONTROL = "control";

export function sessions(page: Page): View {
  const id = page.state.session;
  const panels = id ? [summary(page, id), views(page, id), tiers(id)] : [];
  return grid(panels, search(page, id));
}

function search(page: Page, id: string): HTMLElement {
  const input = h("input", {
    id: "session",
    value: id,
    placeholder: "the visitor's cookie ae_sid",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 64,
  });
  return h(
    "section.panel.wide",
    { "aria-label": "Find a session" },
    h(
      "form",
      {
        role: "search",
        submit: (event: SubmitEvent) => {
          event.preventDefault();
          page.go({ session: input.value.trim() });
        },
      },
      h("label", { for: "session" }, "Session"),
      input,
      h("button", { type: "submit" }, "Find"),
    ),
  );
}

function asked(id: string): { path: string }[] {
  return [{ path: path(`sessions/${encodeURIComponent(id)}`, {}) }];
}

function summary(page: Page, id: string): Part {
  return new Panel<[Visit]>(
    { title: "Session", className: "wide", empty: "No view of it was reported yet." },
    asked(id) as [{ path: string }],
    ([{ data }], into) => {
      const { explanation: why } = data;
      const served = data.kill || data.arm === CONTROL ? CONTROL : (why.tier ?? "not yet decided");
      const started = why.views[0]?.view.started_at_ms;
      put(
        into,
        h(
          "dl.facts",
          {},
          fact("Performance Score", why.score === null ? "–" : why.score.toFixed(0), "of 100"),
          fact("Tier", served, why.kept_for === null ? "" : `kept for ${why.kept_for} views`),
          fact("Arm", data.arm, Object.entries(data.trials).join(", ").replaceAll(",", " ")),
          fact("Views", String(data.seen), started ? `from ${page.clock.full(started / 1e3)}` : ""),
          fact("Policy", `version ${data.policy}`, data.kill ? "kill switch on" : ""),
        ),
      );
    },
  );
}

/** A panel with one table of the session. */
function listed(
  id: string,
  title: string,
  note: string,
  heads: string[],
  rows: (data: Visit) => (string | HTMLElement)[][],
): Part {
  return new Panel<[Visit]>(
    { title, note, className: "wide", empty: "No view of it was reported yet." },
    asked(id) as [{ path: string }],
    ([{ data }], into) => put(into, table(title.toLowerCase(), heads, rows(data))),
  );
}

function views(page: Page, id: string): Part {
  return listed(
    id,
    "Its views",
    "Values as they would be at tier full; points are what each costs the score",
    ["Began", "Served", "Score", "Weight", "Vitals at full, and points lost"],
    (data) => data.explanation.views.map((each) => row(page, each)),
  );
}

function row(page: Page, each: ViewPart): (string | HTMLElement)[] {
  const vitals = Object.entries(each.vitals).map(([name, part]) => {
    const value = name === "cls" ? part.value.toFixed(3) : figure(part.value, "ms");
    return `${vitalOf(name)?.short ?? name} ${value} (−${part.lost.toFixed(1)})`;
  });
  return [
    each.view.started_at_ms ? page.clock.full(each.view.started_at_ms / 1000) : "–",
    each.view.tier,
    each.score === null ? "–" : each.score.toFixed(0),
    h("span", {}, share(each.share, 0), bar(each.share)),
    vitals.join(", ") || "tells nothing of loading",
  ];
}

function tiers(id: string): Part {
  return listed(
    id,
    "What each tier promises the next view",
    "The tier worth most is taken; it waits before it moves again",
    ["Tier", "LCP", "in time", "INP", "in time", "Worth"],
    (data) => Object.entries(data.explanation.tiers).map(([name, part]) => promise(name, part)),
  );
}

function promise(name: string, part: TierPart): string[] {
  return [
    part.is_on ? name : `${name} (off)`,
    figure(part.lcp_ms, "ms"),
    share(part.lcp_met, 0),
    figure(part.inp_ms, "ms"),
    share(part.inp_met, 0),
    part.worth.toFixed(2),
  ];
}
