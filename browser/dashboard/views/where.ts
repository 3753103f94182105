/** Where it concentrates: every dimension ranked; a click looks at those views only. */

import { type Top } from "../api";
import { h, put } from "../dom";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { counted, filtered } from "../state";
import { table } from "./overview";

const TITLES = {
  country: "Countries",
  connection: "Connections",
  device: "Devices",
  browser: "Browsers",
  page_group: "Page groups",
  release: "Releases",
};

export function where(page: Page): { element: HTMLElement; live: Part[] } {
  const names = filtered(page.state);
  const panels = Object.entries(TITLES)
    .filter(([dimension]) => counted(dimension, ...names))
    .map(([dimension, title]) => ranked(page, dimension, title));
  return {
    element: h(
      "div.masonry",
      {},
      panels.map((each) => each.element),
    ),
    live: panels,
  };
}

function ranked(page: Page, dimension: string, title: string): Part {
  const query = { by: [dimension], limit: "100" };
  return new Panel<[Top, Top]>(
    { title, note: "By views; choose a row to look at its views only" },
    [
      { path: page.ask("top", { ...query, metric: "lcp_ms", stat: "p75" }) },
      { path: page.ask("top", { ...query, metric: "failing", stat: "per_view" }) },
    ],
    ([lcp, failing], into) => {
      const rows = [...lcp.data.rows].sort((a, b) => b.views - a.views);
      put(into, table(page, dimension, rows, failing.data.rows, rows[0]?.share ?? 1));
    },
  );
}
