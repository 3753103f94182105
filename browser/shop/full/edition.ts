import uPlot from "uplot";
import { editionSteps, euros, printOf } from "../prints";

/** The edition's price by number, to be explored with the pointer, in place of the drawn one. */
export function openChart(box: HTMLElement) {
  const print = printOf(box.dataset.edition!);
  const steps = editionSteps(print);
  const numbers = Array.from({ length: print.edition }, (_, index) => index + 1);
  const prices = numbers.map((number) => steps.findLast(([from]) => from <= number)![1]);
  const style = getComputedStyle(box);
  const axis = { stroke: style.color, grid: { stroke: style.getPropertyValue("--line") } };
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: box.clientHeight,
      legend: { show: false },
      scales: { x: { time: false }, y: { range: (_, __, top) => [0, top * 1.15] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => `No. ${tick}`) },
        { ...axis, values: (_, ticks) => ticks.map(euros) },
      ],
      series: [
        {},
        {
          stroke: style.getPropertyValue("--accent"),
          width: 2.5,
          paths: uPlot.paths.stepped!({ align: 1 }),
          points: { show: false },
        },
      ],
    },
    [numbers, prices],
    (self, init) => {
      box.replaceChildren(self.root);
      init();
    },
  );
  new ResizeObserver(() => {
    chart.setSize({ width: box.clientWidth, height: box.clientHeight });
  }).observe(box);
}
