/** Groups by their views, with how they feel; each is a filter. */

import type { Overview, Top } from "./answers";
import { h, put } from "./dom";
import { figure, named, number, ratingOf, share, vitalOf } from "./format";
import type { Page } from "./page";
import { Panel, type Part } from "./panel";
import { bar, ratingBadge } from "./pieces";

interface Ranked {
  value: string;
  views: number;
  share: number;
  lcp: number | null;
  failing: number | null;
}

/** At a glance: so many that nobody has to scroll. */
const SHORT = 8;
const GLANCED = {
  page_group: "page_groups",
  country: "countries",
  device: "devices",
  connection: "connections",
} as const;

/** The first of a dimension, from what the page asks for anyway if it can be. */
export function ranked(
  page: Page,
  dimension: keyof typeof GLANCED,
  title: string,
  note: string,
): Part {
  if (!page.isGlance) return ranking(page, dimension, { title, note }, SHORT);
  return new Panel<[Overview]>({ title, note }, [{ path: page.glance }], ([{ data }], into) => {
    const rows = data[GLANCED[dimension]].map((each) => ({
      value: each.group[dimension] ?? "",
      views: each.views,
      share: each.share,
      lcp: each.lcp_p75.value,
      failing: each.failing.value,
    }));
    put(into, table(page, dimension, rows.slice(0, SHORT)));
  });
}

/** All of a dimension, or as many as wanted. */
export function ranking(
  page: Page,
  dimension: string,
  told: { title: string; note: string },
  most = Infinity,
): Part {
  const query = { by: [dimension], limit: "100" };
  return new Panel<[Top, Top]>(
    told,
    [
      { path: page.ask("top", { ...query, metric: "lcp_ms", stat: "p75" }) },
      { path: page.ask("top", { ...query, metric: "failing", stat: "per_view" }) },
    ],
    ([lcp, failing], into) => {
      const wrong = new Map(
        failing.data.rows.map((each) => [each.group[dimension] ?? "", each.value]),
      );
      const rows = lcp.data.rows
        .map(({ group, views, share: part, value: slow }) => {
          const value = group[dimension] ?? "";
          return { value, views, share: part, lcp: slow, failing: wrong.get(value) ?? null };
        })
        .sort((a, b) => b.views - a.views);
      put(into, table(page, dimension, rows.slice(0, most)));
    },
  );
}

function table(page: Page, dimension: string, rows: Ranked[]): HTMLElement {
  const limits = vitalOf("lcp_ms")!;
  const most = rows[0]?.share ?? 1;
  return h(
    "div.scroll",
    { tabindex: 0, role: "group", "aria-label": `${dimension.replace("_", " ")}: table` },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, dimension.replace("_", " ")),
          h("th.n", { scope: "col" }, "Views"),
          h("th.n", { scope: "col" }, "LCP p75"),
          h("th", { scope: "col" }, h("span.word", {}, "Rating")),
          h("th.n", { scope: "col" }, "Errors"),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => {
          const { value } = row;
          return h(
            "tr",
            {},
            h(
              "th",
              { scope: "row" },
              h(
                "button.link",
                {
                  type: "button",
                  title: "Look at these views only",
                  click: () => page.filter(dimension, value),
                },
                named(dimension, value),
              ),
              bar(row.share / most),
            ),
            h("td.n", {}, number(row.views), " ", h("small", {}, share(row.share))),
            h("td.n", {}, figure(row.lcp, "ms")),
            h("td", {}, ratingBadge(row.lcp === null ? null : ratingOf(limits, row.lcp))),
            h("td.n", {}, figure(row.failing, "share")),
          );
        }),
      ),
    ),
  );
}
