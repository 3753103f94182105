/** Where it concentrates: every dimension ranked; a click looks at those views only. */

import { h } from "../dom";
import type { Page } from "../page";
import { elementOf, type View } from "../panel";
import { ranking } from "../ranking";
import { counted, filtered } from "../state";

const TITLES = {
  country: "Countries",
  connection: "Connections",
  device: "Devices",
  browser: "Browsers",
  page_group: "Page groups",
  release: "Releases",
};
const NOTE = "By views; choose a row to look at its views only";

export function where(page: Page): View {
  const names = filtered(page.state);
  const live = Object.entries(TITLES)
    .filter(([dimension]) => counted(dimension, ...names))
    .map(([dimension, title]) => ranking(page, dimension, { title, note: NOTE }));
  return { element: h("div.masonry", {}, live.map(elementOf)), live };
}
