/** A panel whose body is a chart. */

import { Chart } from "./chart";
import { h, put } from "./dom";
import type { Drawing } from "./drawing";
import type { Page } from "./page";
import { type Answers, type Options, Panel, type Part, type Sources } from "./panel";

/** `above` puts something over the chart; `drawn` answers words where there is nothing to draw. */
export function charted<Data extends unknown[]>(
  page: Page,
  options: Options,
  sources: Sources<Data>,
  drawn: (answers: Answers<Data>) => Drawing | string,
  above?: (answers: Answers<Data>, into: HTMLElement) => void,
): Part {
  const chart = new Chart({ clock: page.clock, zoom: page.zoom });
  const over = h("div.over");
  const panel = new Panel<Data>({ ...options, hasChart: true }, sources, (answers, into) => {
    const drawing = drawn(answers);
    above?.(answers, over);
    if (typeof drawing === "string") {
      put(panel.actions);
      put(into, over, h("p.nothing", {}, drawing));
      return;
    }
    if (!into.contains(chart.element)) {
      put(panel.actions, chart.exports());
      put(into, over, chart.element);
    }
    chart.draw(drawing);
  });
  return panel;
}
