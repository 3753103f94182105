/** Lines over time: uPlot, with what makes a chart readable without seeing or pointing. */

import uPlot from "uplot";
import { type Change } from "./api";
import { csv, download, picture } from "./export";
import { h, put } from "./dom";
import { Clock, figure, tick, type Vital } from "./format";

export interface Track {
  label: string;
  /** A CSS variable, and dashes so that colour is not all that tells lines apart. */
  colour: string;
  dash?: number[];
  values: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
  fill?: boolean;
}

export interface Drawing {
  name: string;
  at: number[];
  unit: string;
  tracks: Track[];
  /** Good and poor are shaded by its limits. */
  vital?: Vital;
  changes?: Change[];
  /** Values below zero are shown, and zero as a line. */
  signed?: boolean;
  /** A line across, with words. */
  limit?: { value: number; words: string };
  /** 0 to 1, one on the other. */
  stacked?: boolean;
  height?: number;
}

export interface Around {
  clock: Clock;
  /** Called with the span that was selected, in seconds since the epoch. */
  zoom: (from: number, to: number) => void;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const colours = new Map<string, string>();

/** Of the style sheet, which is asked once for each scheme: an answer costs a layout. */
function variable(name: string): string {
  const key = `${name} ${dark.matches}`;
  const known = colours.get(key);
  if (known !== undefined) return known;
  const found = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  colours.set(key, found);
  return found;
}

/** What a plot is made for; all else it asks of the drawing each time. */
function shapeOf({ at, tracks, stacked, height }: Drawing): string {
  const lines = tracks.map((each) => [
    each.label,
    each.colour,
    each.dash,
    each.fill,
    Boolean(each.low && each.high),
  ]);
  return JSON.stringify([lines, stacked, height, at.length < FEW, dark.matches]);
}

function stack(tracks: Track[]): (number | null)[][] {
  const sums: number[] = [];
  return tracks.map((track) =>
    track.values.map((value, at) => (sums[at] = (sums[at] ?? 0) + (value ?? 0))),
  );
}

/** Of so few steps each is a point. */
const FEW = 30;
const KINDS: Record<string, string> = {
  release: "Release",
  policy: "Policy",
  experiment: "Experiment",
  maintenance: "Maintenance",
  alert: "Alert",
  silence: "Silence",
};

export class Chart {
  readonly element: HTMLElement;
  private readonly canvas = h("div.canvas", { tabindex: 0, role: "application" });
  private readonly legend = h("ul.legend");
  private readonly spoken = h("p.sr", { "aria-live": "polite" });
  private readonly rows = h("div.scroll", { tabindex: 0, role: "group" });
  private readonly marks = h("ol.marks");
  private plot: uPlot | null = null;
  private drawing: Drawing | null = null;
  private next: Drawing | null = null;
  private shape = "";
  private values: HTMLElement[] = [];
  private isDragged = false;
  /** In seconds since the epoch: what is read by keyboard, and where a selection by it began. */
  private read: number | null = null;
  private anchor: number | null = null;

  constructor(
    private readonly around: Around,
    actions: HTMLElement,
  ) {
    const details = h("details.table", {}, h("summary", {}, "Table"), this.rows);
    details.addEventListener("toggle", () => details.open && this.table());
    this.element = h("div.chart", {}, this.legend, this.canvas, this.marks, details, this.spoken);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("mousedown", (event) => event.button === 0 && this.hold());
    this.canvas.addEventListener("mousemove", (event) => {
      // Browsers tell of a mouse that rests, too, when the page moved under it.
      if (event.movementX || event.movementY) this.read = null;
    });
    put(
      actions,
      h("button.quiet", { type: "button", click: () => this.save("csv") }, "CSV"),
      h("button.quiet", { type: "button", click: () => this.save("png") }, "PNG"),
    );
    new ResizeObserver(() => this.fit()).observe(this.canvas);
  }

  /** Where somebody is dragging, it waits until they let go. */
  draw(drawing: Drawing): void {
    this.next = drawing;
    if (!this.isDragged) this.redraw(drawing);
  }

  private hold(): void {
    this.isDragged = true;
    const release = () => {
      this.isDragged = false;
      if (this.next && this.next !== this.drawing) this.redraw(this.next);
    };
    document.addEventListener("mouseup", release, { once: true });
  }

  /** With the plot that there is, if it was made for the like: cursor and selection stay. */
  private redraw(drawing: Drawing): void {
    const shape = shapeOf(drawing);
    const isNew = !this.plot || shape !== this.shape;
    this.drawing = drawing;
    this.shape = shape;
    if (isNew) this.replot(drawing);
    else this.plot?.setData(this.data(drawing));
    this.canvas.setAttribute("aria-label", this.summary(drawing));
    this.point(this.plot?.cursor.idx ?? null);
    queueMicrotask(() => this.place()); // uPlot scales its axes in one, too
    put(
      this.marks,
      this.shown(drawing).map((each) =>
        h(
          "li",
          { "data-kind": each.kind },
          h("b", {}, `${KINDS[each.kind] ?? each.kind} ${each.name}`),
          ` ${this.around.clock.full(Date.parse(each.at) / 1000)}: ${each.why}`,
        ),
      ),
    );
    if (this.element.querySelector("details")?.open) this.table();
  }

  private replot(drawing: Drawing): void {
    this.plot?.destroy();
    this.plot = new uPlot(this.options(drawing), this.data(drawing), this.canvas);
    this.rows.setAttribute("aria-label", `${drawing.name}, as a table`);
    this.values = drawing.tracks.map(() => h("b"));
    put(
      this.legend,
      drawing.tracks.map((track, at) =>
        h("li", {}, swatch(track, drawing.stacked), track.label, this.values[at]),
      ),
    );
  }

  private shown(drawing: Drawing): Change[] {
    const first = drawing.at[0] ?? 0;
    const last = drawing.at.at(-1) ?? 0;
    return (drawing.changes ?? []).filter((each) => {
      const at = Date.parse(each.at) / 1000;
      return first < at && at <= last;
    });
  }

  private data(drawing: Drawing): uPlot.AlignedData {
    const lines = drawing.stacked
      ? stack(drawing.tracks).reverse()
      : drawing.tracks.flatMap((each) =>
          each.low && each.high ? [each.values, each.low, each.high] : [each.values],
        );
    return [drawing.at, ...lines] as uPlot.AlignedData;
  }

  private options(drawing: Drawing): uPlot.Options {
    const { clock } = this.around;
    const grid = { stroke: variable("--line"), width: 1 };
    const font = `11px ${variable("--font")}`;
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    const spline = uPlot.paths.spline?.();
    const tracks = drawing.stacked ? [...drawing.tracks].reverse() : drawing.tracks;
    for (const track of tracks) {
      const stroke = variable(track.colour);
      series.push({
        label: track.label,
        stroke: drawing.stacked ? variable("--panel") : stroke,
        width: drawing.stacked ? 1 : 2,
        ...(track.dash && !drawing.stacked ? { dash: track.dash } : {}),
        ...(drawing.stacked ? { fill: stroke } : track.fill ? { fill: `${stroke}1f` } : {}),
        ...(spline && !drawing.stacked ? { paths: spline } : {}),
        points: { show: drawing.at.length < FEW && !drawing.stacked, size: 5, fill: stroke },
        spanGaps: false,
      });
      if (!drawing.stacked && track.low && track.high) {
        const at = series.length;
        const edge = { stroke: "transparent", points: { show: false }, width: 0 };
        series.push({ ...edge, label: "low" }, { ...edge, label: "high" });
        bands.push({ series: [at + 1, at], fill: `${stroke}26` });
      }
    }
    return {
      width: Math.max(this.canvas.clientWidth, 240),
      height: drawing.height ?? 260,
      tzDate: (at) => clock.zoned(at),
      legend: { show: false },
      cursor: { points: { size: 7 }, drag: { x: true, y: false, setScale: false } },
      scales: { y: { range: (_, low, high) => this.range(low, high) } },
      axes: [
        {
          stroke: variable("--faint"),
          grid: { show: false },
          ticks: { ...grid, size: 4 },
          font,
          space: 64,
          size: 32,
          values: (_, ticks, __, ___, apart) => ticks.map((each) => clock.tick(each, apart)),
        },
        {
          stroke: variable("--faint"),
          grid,
          ticks: { show: false },
          font,
          size: 58,
          values: (_, ticks) => ticks.map((each) => tick(each, this.drawing!.unit)),
        },
      ],
      series,
      bands,
      hooks: {
        drawClear: [(plot) => this.shade(plot, this.drawing!)],
        draw: [(plot) => this.mark(plot, this.drawing!)],
        setCursor: [(plot) => this.point(plot.cursor.idx ?? null)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  private range(low: number, high: number): [number, number] {
    const drawing = this.drawing!;
    if (drawing.stacked) return [0, 1];
    if (drawing.signed) {
      const reach = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0)) * 0.1 || 0.01;
      return [Math.min(low ?? 0, 0) - reach, Math.max(high ?? 0, 0) + reach];
    }
    const most = Math.max(high ?? 0, (drawing.vital?.good ?? drawing.limit?.value ?? 0) * 1.15);
    return [0, (most || 1) * 1.08];
  }

  /** Good, needs improvement and poor, behind all. */
  private shade(plot: uPlot, { vital }: Drawing): void {
    if (!vital) return;
    const { ctx, bbox } = plot;
    const top = plot.scales["y"]?.max ?? 0;
    const limits = [0, vital.good, vital.poor, Infinity];
    ["--good", "--fair", "--poor"].forEach((colour, at) => {
      const low = limits[at]!;
      if (low >= top) return;
      const y = plot.valToPos(Math.min(limits[at + 1]!, top), "y", true);
      const bottom = plot.valToPos(low, "y", true);
      ctx.save();
      ctx.globalAlpha = 0.07;
      ctx.fillStyle = variable(colour);
      ctx.fillRect(bbox.left, y, bbox.width, bottom - y);
      ctx.restore();
    });
  }

  private mark(plot: uPlot, drawing: Drawing): void {
    const { ctx, bbox } = plot;
    const px = devicePixelRatio;
    const words = (text: string, x: number, y: number) => {
      ctx.lineWidth = 3 * px;
      ctx.lineJoin = "round";
      ctx.setLineDash([]);
      ctx.strokeStyle = variable("--panel");
      ctx.strokeText(text, x, y);
      ctx.fillText(text, x, y);
    };
    ctx.save();
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.font = `${10 * px}px ${variable("--font")}`;
    ctx.fillStyle = variable("--faint");
    const { vital, limit: across } = drawing;
    const top = plot.scales["y"]?.max ?? 0;
    const lines: [number, string][] = drawing.signed ? [[0, ""]] : [];
    if (across) lines.push([across.value, across.words]);
    for (const [value, text] of lines) {
      const y = plot.valToPos(value, "y", true);
      ctx.strokeStyle = variable("--text");
      ctx.lineWidth = px;
      ctx.setLineDash(text ? [6 * px, 4 * px] : []);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      words(text, bbox.left + bbox.width - ctx.measureText(text).width - 6 * px, y - 5 * px);
    }
    for (const [limit, text] of [
      [vital?.good, "▲ needs improvement"],
      [vital?.poor, "■ poor"],
    ] as const)
      if (limit !== undefined && limit < top * 0.94 && limit !== across?.value)
        words(text, bbox.left + 6 * px, plot.valToPos(limit, "y", true) - 5 * px);
    ctx.font = `600 ${10 * px}px ${variable("--font")}`;
    let taken = -Infinity;
    let row = 0;
    for (const each of this.shown(drawing)) {
      const x = plot.valToPos(Date.parse(each.at) / 1000, "x", true);
      const colour = variable(each.kind === "release" ? "--accent" : "--faint");
      ctx.strokeStyle = colour;
      ctx.lineWidth = px;
      ctx.setLineDash([3 * px, 3 * px]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const wide = ctx.measureText(each.name).width + 8 * px;
      const left = x + wide > bbox.left + bbox.width ? x - wide : x + 4 * px;
      row = left < taken ? row + 1 : 0;
      taken = left + wide;
      ctx.fillStyle = colour;
      words(each.name, left, bbox.top + (11 + 13 * row) * px);
    }
    ctx.restore();
  }

  private point(at: number | null): void {
    const drawing = this.drawing;
    if (!drawing) return;
    drawing.tracks.forEach((track, number) => {
      const last = track.values.findLastIndex((each) => each !== null);
      const value = track.values[at ?? last];
      const cell = this.values[number];
      if (cell) cell.textContent = figure(value, drawing.unit);
    });
    this.legend.dataset["at"] = at === null ? "" : this.around.clock.full(drawing.at[at] ?? 0);
  }

  private selected(plot: uPlot): void {
    if (plot.select.width < 8) return;
    const from = plot.posToVal(plot.select.left, "x");
    const to = plot.posToVal(plot.select.left + plot.select.width, "x");
    this.zoom(from, to);
  }

  private zoom(from: number, to: number): void {
    const step = 300;
    this.around.zoom(Math.floor(from / step) * step, Math.ceil(to / step) * step);
  }

  /** Arrows read the line out, with shift they select, Enter looks closer. */
  private key(event: KeyboardEvent): void {
    const { plot, drawing } = this;
    if (!plot || !drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = drawing.at.length - 1;
    const now = this.read === null ? (plot.cursor.idx ?? last) : plot.valToIdx(this.read);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const at = Math.min(Math.max(to, 0), last);
      if (event.shiftKey) this.anchor ??= drawing.at[now] ?? null;
      else this.unselect(plot);
      this.read = drawing.at[at] ?? null;
      this.place();
      this.tell(drawing, at);
      event.preventDefault();
    } else if (event.key === "Enter" && this.anchor !== null && this.anchor !== drawing.at[now]) {
      const [from, until] = [this.anchor, drawing.at[now] ?? 0].sort((a, b) => a - b);
      this.unselect(plot);
      this.zoom(from!, until!);
    } else if (event.key === "Escape") this.unselect(plot);
  }

  private unselect(plot: uPlot): void {
    this.anchor = null;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  /** Cursor and selection of the keyboard, where their instants now are. */
  private place(): void {
    const { plot, read, anchor } = this;
    if (!plot || read === null) return;
    const { clientWidth, clientHeight: height } = plot.over;
    const at = (instant: number) => Math.min(Math.max(plot.valToPos(instant, "x"), 0), clientWidth);
    plot.setCursor({ left: at(read), top: 10 });
    if (anchor === null) return;
    const [left, right] = [Math.min(anchor, read), Math.max(anchor, read)].map(at);
    plot.setSelect({ left: left!, width: right! - left!, top: 0, height }, false);
  }

  private tell(drawing: Drawing, at: number): void {
    const values = drawing.tracks.map(
      (each) => `${each.label} ${figure(each.values[at], drawing.unit)}`,
    );
    this.spoken.textContent = `${this.around.clock.full(drawing.at[at] ?? 0)}: ${values.join(", ")}`;
  }

  private summary(drawing: Drawing): string {
    const told = drawing.tracks.map((track) => {
      const values = track.values.filter((each) => each !== null);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      if (!values.length) return `${track.label}: nothing`;
      const span = `${figure(low, drawing.unit)} to ${figure(high, drawing.unit)}`;
      return `${track.label}: ${span}, last ${figure(values.at(-1), drawing.unit)}`;
    });
    return `${drawing.name}. ${told.join("; ")}. Arrow keys read values, Shift and arrows select, Enter zooms.`;
  }

  private fit(): void {
    const { plot } = this;
    const width = this.canvas.clientWidth;
    if (plot && width > 0 && plot.width !== width) plot.setSize({ width, height: plot.height });
  }

  private table(): void {
    const { drawing } = this;
    if (!drawing) return;
    const { clock } = this.around;
    const { scrollTop } = this.rows;
    put(
      this.rows,
      h(
        "table",
        {},
        h("caption.sr", {}, drawing.name),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, clock.utc ? "Time (UTC)" : "Time"),
            drawing.tracks.map((each) => h("th.n", { scope: "col" }, each.label)),
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
      ),
    );
    this.rows.scrollTop = scrollTop;
  }

  private save(how: "csv" | "png"): void {
    const { drawing, plot } = this;
    if (!drawing || !plot) return;
    const name = drawing.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    if (how === "csv") download(`${name}.csv`, csv(drawing));
    else
      void picture(plot.ctx.canvas, variable("--panel")).then((blob) =>
        download(`${name}.png`, blob),
      );
  }
}

function swatch(track: Track, stacked = false): HTMLElement {
  const canvas = h("canvas.swatch", { width: 36, height: 20, "aria-hidden": "true" });
  const ctx = canvas.getContext("2d");
  if (ctx) {
    ctx.strokeStyle = ctx.fillStyle = variable(track.colour);
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
