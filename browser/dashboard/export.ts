/** What a chart shows, to take along. */

import type { Drawing } from "./drawing";
import { h } from "./dom";

function cell(text: string): string {
  // A spreadsheet would run what begins like a formula.
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Instants in RFC 3339, figures as they came, in the unit that the head names. */
export function csv(drawing: Drawing): Blob {
  const head = ["time", ...drawing.tracks.map((each) => `${each.label} (${drawing.unit})`)];
  const rows = drawing.at.map((at, row) => [
    new Date(at * 1000).toISOString(),
    ...drawing.tracks.map((each) => String(each.values[row] ?? "")),
  ]);
  const lines = [head, ...rows].map((row) => row.map(cell).join(","));
  return new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" });
}

export function picture(canvas: HTMLCanvasElement, background: string): Promise<Blob> {
  const copy = h("canvas", { width: canvas.width, height: canvas.height });
  const ctx = copy.getContext("2d");
  if (ctx) {
    ctx.fillStyle = background;
    ctx.fillRect(0, 0, copy.width, copy.height);
    ctx.drawImage(canvas, 0, 0);
  }
  return new Promise((done, failed) =>
    copy.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"),
  );
}

export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
