/** What makes a chart readable beside its picture: samples of its lines, and its figures. */

import { h } from "./dom";
import type { Drawing, Track } from "./drawing";
import { type Clock, figure } from "./format";
import { colour } from "./palette";

/** Every step as a row. */
export function steps(drawing: Drawing, clock: Clock): HTMLElement {
  const head = [clock.utc ? "Time (UTC)" : "Time", ...drawing.tracks.map((each) => each.label)];
  return h(
    "table",
    {},
    h("caption.sr", {}, drawing.name),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head.map((each, at) => h(at ? "th.n" : "th", { scope: "col" }, each)),
      ),
    ),
    h(
      "tbody",
      {},
      drawing.at.map((at, row) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, clock.full(at)),
          drawing.tracks.map((each) => h("td.n", {}, figure(each.values[row], drawing.unit))),
        ),
      ),
    ),
  );
}

export function swatch(track: Track, stacked = false): HTMLElement {
  const canvas = h("canvas.swatch", { width: 36, height: 20, "aria-hidden": "true" });
  const ctx = canvas.getContext("2d");
  if (ctx) {
    ctx.strokeStyle = ctx.fillStyle = colour(track.colour);
    ctx.lineWidth = 4;
    if (stacked) ctx.fillRect(8, 2, 20, 16);
    else {
      ctx.setLineDash(track.dash?.map((each) => each * 1.5) ?? []);
      ctx.beginPath();
      ctx.moveTo(0, 10);
      ctx.lineTo(36, 10);
      ctx.stroke();
    }
  }
  return canvas;
}
