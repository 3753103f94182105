/** What is wrong now, what the error budgets have left, and what people were told of. */

import type { Alerts, Budget, Going, Notice, Slos } from "../answers";
import { path } from "../api";
import { h, put } from "../dom";
import { share } from "../format";
import { choice, order } from "../order";
import type { Page } from "../page";
import { grid, Panel, type Part, type View } from "../panel";
import { badge, bar, table } from "../pieces";

const SIGNS: Record<string, string> = { firing: "■", pending: "▲", resolved: "●" };
const RATED: Record<string, string> = {
  firing: "poor",
  repeated: "poor",
  pending: "needs_improvement",
  resolved: "good",
};

export function alerts(page: Page): View {
  return grid([going(page), budgets(), told(page), silences(page)]);
}

function going(page: Page): Part {
  return new Panel<[Alerts]>(
    {
      title: "Wrong now",
      note: "Pending: not long enough yet to tell anybody",
      className: "wide",
      empty: "Nothing is wrong.",
    },
    [{ path: path("alerts", {}) }],
    ([{ data }], into) => {
      const rows = data.going.map((each) => [
        stage(each.stage),
        each.rule,
        group(each.group),
        share(each.share),
        instant(page, each.since),
        silencing(page, each),
      ]);
      const until = data.judged_until ? instant(page, data.judged_until) : "";
      put(
        into,
        rows.length
          ? table("wrong now", ["", "Rule", "Where", "Bad views", "Since", ""], rows)
          : h("p.nothing", {}, "Nothing is wrong."),
        h("p.note", {}, until ? `Judged until ${until}.` : "Nothing was judged yet."),
      );
    },
  );
}

function budgets(): Part {
  return new Panel<[Slos]>(
    {
      title: "Error budgets",
      note: "What each SLO allows to go wrong, and how much of it is spent",
      className: "wide",
      empty: "No SLO has been counted yet: budgets are kept hourly.",
    },
    [{ path: path("slos", {}) }],
    ([{ data }], into) =>
      put(
        into,
        table(
          "error budgets",
          ["SLO", "Objective", "Achieved", "Spent", "Burns at", "Promotions"],
          data.slos.map(budget),
        ),
      ),
  );
}

function budget(each: Budget): (string | HTMLElement)[] {
  return [
    h("span", {}, each.slo, " ", h("small", {}, `${each.days} days`)),
    share(each.objective, 2),
    each.achieved === null ? "–" : share(each.achieved, 2),
    h("span", {}, share(each.spent, 0), bar(each.spent)),
    `${each.burn.toFixed(1)} x`,
    each.allows_promotion ? "allowed" : "held back",
  ];
}

function told(page: Page): Part {
  return new Panel<[Alerts]>(
    {
      title: "Told in the last 31 days",
      note: "With where it concentrated, and what was changed just before",
      className: "wide",
      empty: "Nobody had to be told of anything in the last 31 days.",
    },
    [{ path: path("alerts", {}) }],
    ([{ data, next }], into) =>
      put(
        into,
        data.told.length
          ? table(
              "told in the last 31 days",
              ["", "What", "Most of it in", "Just before", "Since"],
              data.told.map((each) => notice(page, each)),
            )
          : h("p.nothing", {}, "Nobody had to be told of anything in the last 31 days."),
        next ? h("p.note", {}, `The latest ${data.told.length}; the API has those before.`) : null,
      ),
  );
}

function notice(page: Page, each: Notice): (string | HTMLElement)[] {
  const most = each.concentration.map(
    (found) => `${found.dimension} ${found.value} (${share(found.share_of_excess, 0)})`,
  );
  return [
    stage(each.phase),
    h("span", {}, each.title, " ", h("small", {}, each.severity)),
    most.join(", ") || "–",
    each.change ? `${each.change.kind} ${each.change.name}` : "–",
    instant(page, each.since),
  ];
}

function silences(page: Page): Part {
  return new Panel<[Alerts]>(
    {
      title: "Silences",
      note: "What nobody wants to hear of, and until when; each is in the change log",
      drawsEmpty: true,
      className: "wide",
      empty: "Nothing is silenced.",
    },
    [{ path: path("alerts", {}) }],
    ([{ data }], into) =>
      put(
        into,
        data.silences.length
          ? table(
              "silences",
              ["Rule", "Where", "Kind", "Who and why", "Until", ""],
              data.silences.map((each) => [
                each.rule,
                group(each.group),
                each.kind,
                `${each.who}: ${each.why}`,
                instant(page, each.ends_at),
                order(page, {
                  label: "End",
                  of: `${each.kind} of ${each.rule}`,
                  path: `/api/silences/${encodeURIComponent(each.id)}/end`,
                }),
              ]),
            )
          : h("p.nothing", {}, "Nothing is silenced."),
        another(page),
      ),
  );
}

const HOURS = [
  ["1", "1 hour"],
  ["4", "4 hours"],
  ["24", "1 day"],
  ["168", "7 days"],
] as const;
const KINDS = [
  ["silence", "tell nobody"],
  ["acknowledgement", "no reminders: somebody is at it"],
  ["maintenance", "announced work"],
] as const;

function silencing(page: Page, { rule, group: of }: Going): HTMLElement {
  const hours = choice("For", HOURS);
  const kind = choice("How", KINDS);
  return order(page, {
    label: "Silence",
    of: `${rule}, ${group(of)}`,
    path: "/api/silences",
    fields: [hours.element, kind.element],
    body: () => ({
      rule,
      group: of,
      hours: Number(hours.select.value),
      kind: kind.select.value,
    }),
  });
}

/** Of a rule that does not fire now, or of many. */
function another(page: Page): HTMLElement {
  const rule = h("input", { id: "rule", required: true, maxlength: 60, placeholder: "slow*" });
  const hours = choice("For", HOURS);
  const kind = choice("How", KINDS);
  return order(page, {
    label: "Silence a rule",
    path: "/api/silences",
    fields: [
      h("label", { for: "rule" }, "Rule, * for any part"),
      rule,
      hours.element,
      kind.element,
    ],
    body: () => ({
      rule: rule.value.trim(),
      hours: Number(hours.select.value),
      kind: kind.select.value,
    }),
  });
}

function stage(name: string): HTMLElement {
  return badge(RATED[name] ?? "needs_improvement", SIGNS[name] ?? "■", name);
}

function group(values: Record<string, string>): string {
  const words = Object.entries(values).map(([name, value]) => `${name.replace("_", " ")} ${value}`);
  return words.join(", ") || "the whole site";
}

function instant(page: Page, at: string): string {
  return page.clock.full(Date.parse(at) / 1000);
}
