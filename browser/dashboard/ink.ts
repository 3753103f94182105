/** What stands on a plot beside its lines: ratings as shades, limits, and what was changed. */

import type uPlot from "uplot";
import { type Drawing, marked } from "./drawing";
import { colour } from "./palette";

const SHADES = ["--good", "--fair", "--poor"];
const EDGE_PX = 6;

/** Good, needs improvement and poor, behind all. */
export function shade(plot: uPlot, { vital }: Drawing): void {
  if (!vital) return;
  const { ctx, bbox } = plot;
  const top = plot.scales["y"]?.max ?? 0;
  const limits = [0, vital.good, vital.poor, Infinity];
  SHADES.forEach((name, at) => {
    const low = limits[at]!;
    if (low >= top) return;
    const y = plot.valToPos(Math.min(limits[at + 1]!, top), "y", true);
    const bottom = plot.valToPos(low, "y", true);
    ctx.save();
    ctx.globalAlpha = 0.07;
    ctx.fillStyle = colour(name);
    ctx.fillRect(bbox.left, y, bbox.width, bottom - y);
    ctx.restore();
  });
}

export function mark(plot: uPlot, drawing: Drawing): void {
  const { ctx } = plot;
  ctx.save();
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = `${10 * devicePixelRatio}px ${colour("--font")}`;
  ctx.fillStyle = colour("--faint");
  across(plot, drawing);
  ratings(plot, drawing);
  ctx.font = `600 ${ctx.font}`;
  changes(plot, drawing);
  ctx.restore();
}

/** Words that stand out from what is below them, all of them within the plot. */
function write({ ctx, bbox }: uPlot, text: string, x: number, y: number): void {
  const px = devicePixelRatio;
  const last = bbox.left + bbox.width - ctx.measureText(text).width - EDGE_PX * px;
  const left = Math.max(Math.min(x, last), bbox.left + EDGE_PX * px);
  const top = Math.max(y, bbox.top + 11 * px);
  const ink = ctx.fillStyle;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = colour("--panel");
  ctx.fillRect(left - 3 * px, top - 10 * px, ctx.measureText(text).width + 6 * px, 14 * px);
  ctx.globalAlpha = 1;
  ctx.fillStyle = ink;
  ctx.fillText(text, left, top);
}

function line({ ctx }: uPlot, from: [number, number], to: [number, number], dash: number[]): void {
  const px = devicePixelRatio;
  ctx.lineWidth = px;
  ctx.setLineDash(dash.map((each) => each * px));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

function across(plot: uPlot, { signed, limit }: Drawing): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  ctx.strokeStyle = colour("--text");
  if (signed) {
    const y = plot.valToPos(0, "y", true);
    line(plot, [bbox.left, y], [right, y], []);
  }
  if (!limit) return;
  const y = plot.valToPos(limit.value, "y", true);
  line(plot, [bbox.left, y], [right, y], [6, 4]);
  write(plot, limit.words, right, y - 5 * devicePixelRatio);
}

function ratings(plot: uPlot, { vital, limit }: Drawing): void {
  const top = plot.scales["y"]?.max ?? 0;
  for (const [value, words] of [
    [vital?.good, "▲ needs improvement"],
    [vital?.poor, "■ poor"],
  ] as const)
    if (value !== undefined && value < top * 0.94 && value !== limit?.value)
      write(plot, words, 0, plot.valToPos(value, "y", true) - 5 * devicePixelRatio);
}

function changes(plot: uPlot, drawing: Drawing): void {
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  let taken = -Infinity;
  let row = 0;
  for (const each of marked(drawing)) {
    const x = plot.valToPos(Date.parse(each.at) / 1000, "x", true);
    ctx.strokeStyle = ctx.fillStyle = colour(each.kind === "release" ? "--accent" : "--faint");
    line(plot, [x, bbox.top], [x, bbox.top + bbox.height], [3, 3]);
    const wide = ctx.measureText(each.name).width + 8 * px;
    const left = x + wide > bbox.left + bbox.width ? x - wide : x + 4 * px;
    row = left < taken ? row + 1 : 0;
    taken = left + wide;
    write(plot, each.name, left, bbox.top + (11 + 13 * row) * px);
  }
}
