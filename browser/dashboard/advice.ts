/** What is recommended about what is to come: accepted, tried or dismissed where it is shown. */

import { path } from "./api";
import { h, put } from "./dom";
import type { Advice, Told } from "./findings";
import { share } from "./format";
import { order } from "./order";
import type { Page } from "./page";
import { Panel, type Part } from "./panel";
import { table } from "./pieces";

const WHERE: Record<string, string> = {
  policy: "In the policy, at once",
  site: "In site.toml, then deploy",
  command: "To be typed",
};
const CAME: Record<string, string> = {
  better: "better than forecast",
  as_forecast: "as was forecast without it",
  worse: "worse than forecast",
  held: "it took the load",
  throttled: "it did not take the load",
  unknown: "nothing that is measured tells",
};

export function recommended(page: Page): Part {
  return new Panel<[{ recommendations: Told[] }]>(
    {
      title: "Recommendations",
      note: "The most useful first: what to change, what it should do, and what it costs",
      className: "wide",
      empty: "Nothing is recommended so far. Forecasts and costs are looked at once an hour.",
    },
    [{ path: path("recommendations", { which: "proposed", limit: "20" }) }],
    ([{ data }], into) =>
      put(
        into,
        h(
          "ul.advice",
          {},
          data.recommendations.map((each) => h("li", {}, proposal(page, each))),
        ),
      ),
  );
}

function proposal(page: Page, { id, advice }: Told): HTMLElement {
  const of = advice.recommendation;
  const { change, effect } = of;
  const range = `${brief(effect.after.expected)} (${brief(effect.after.low)} to ${brief(effect.after.high)})`;
  const to = (action: string) => ({
    path: `/api/recommendations/${action}`,
    of: of.title,
    body: () => ({ id }),
  });
  return h(
    "article",
    {},
    h("h3", {}, of.title),
    h(
      "p",
      {},
      of.probability
        ? `Trouble within a day: ${share(of.probability, 0)}${of.due_at ? `, about ${page.clock.full(Date.parse(of.due_at) / 1000)}` : ""}. `
        : "No trouble: it saves money. ",
      `${effect.measure.replaceAll("_", " ")}: ${brief(effect.before.expected)} → ${range} ${effect.unit}. `,
      cost(of.usd_a_month, of.once),
    ),
    h(
      "ul.evidence",
      {},
      of.evidence.map((each) => h("li", {}, each)),
    ),
    h(
      "details.table",
      {},
      h("summary", {}, `The change: ${WHERE[change.how] ?? change.how}`),
      h("pre", { tabindex: 0 }, change.do),
      h("p.note", {}, "To take it back:"),
      h("pre", { tabindex: 0 }, change.undo),
    ),
    h(
      "div.orders",
      {},
      order(page, { label: "Accept", ...to("accept") }),
      of.experiment ? order(page, { label: "Try on some", ...to("try") }) : null,
      order(page, { label: "Dismiss", ...to("dismiss") }),
    ),
    of.experiment || !of.unsplit_because
      ? null
      : h("p.note", {}, `Cannot be tried on some sessions: ${of.unsplit_because}.`),
  );
}

export function decided(page: Page): Part {
  return new Panel<[{ recommendations: Told[] }]>(
    {
      title: "What came of recommendations",
      note: "What was accepted is held against what was forecast without it",
      className: "wide",
      empty: "None was decided yet.",
    },
    [{ path: path("recommendations", { which: "decided", limit: "50" }) }],
    ([{ data }], into) =>
      put(
        into,
        table(
          "what came of recommendations",
          ["What", "State", "Who and why", "When", "What came of it"],
          data.recommendations.map(({ advice }) => [
            advice.recommendation.title,
            advice.state,
            advice.who ? `${advice.who}: ${advice.why}` : "–",
            advice.decided_at ? page.clock.full(Date.parse(advice.decided_at) / 1000) : "–",
            outcome(advice),
          ]),
        ),
      ),
  );
}

function outcome({ state, outcome: found }: Advice): string {
  if (!found) return state === "accepted" ? "being measured" : "–";
  const words = CAME[found.verdict] ?? found.verdict;
  if (found.measured === null || !found.forecast) return words;
  return `${words}: ${brief(found.measured)}, forecast ${brief(found.forecast.expected)}`;
}

function cost(dollars: number, once: boolean): string {
  if (!dollars) return "It costs nothing.";
  const amount = `$${Math.abs(dollars).toFixed(2)} ${once ? "once" : "a month"}`;
  return dollars > 0 ? `It costs ${amount}.` : `It saves ${amount}.`;
}

function brief(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(value);
}
