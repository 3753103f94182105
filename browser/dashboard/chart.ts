/** A chart that can be read without seeing or pointing: legend, marks, keys, table, export. */

import { h, put } from "./dom";
import { type Drawing, marked, stepOf } from "./drawing";
import { csv, download, picture } from "./export";
import { type Clock, figure } from "./format";
import { steps, swatch } from "./key";
import { colour, scheme } from "./palette";
import type { Plot } from "./plot";
import { inTurn } from "./turns";

export interface Around {
  clock: Clock;
  /** Called with the span that was selected, in seconds since the epoch. */
  zoom: (from: number, to: number) => void;
}

/** What is selected is widened to multiples of it, in seconds. */
const ZOOM_STEP = 300;
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
  private plot: Plot | null = null;
  private isLoading = false;
  private drawing: Drawing | null = null;
  private next: Drawing | null = null;
  private explained = "";
  private values: HTMLElement[] = [];
  private isDragged = false;
  /** In seconds since the epoch: what is read by keyboard, and where a selection by it began. */
  private read: number | null = null;
  private anchor: number | null = null;

  constructor(private readonly around: Around) {
    const details = h("details.table", {}, h("summary", {}, "Table"), this.rows);
    details.addEventListener("toggle", () => details.open && this.table());
    this.element = h(
      "div.chart",
      { "aria-busy": "true" },
      ...[this.legend, this.canvas, this.marks, details, this.spoken],
    );
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("mousedown", (event) => event.button === 0 && this.hold());
    this.canvas.addEventListener("mousemove", (event) => {
      // Browsers tell of a mouse that rests, too, when the page moved under it.
      if (event.movementX || event.movementY) this.read = null;
    });
  }

  /** To take along what it shows. */
  exports(): HTMLElement[] {
    return [
      h("button.quiet", { type: "button", click: () => this.saveTable() }, "CSV"),
      h("button.quiet", { type: "button", click: () => this.savePicture() }, "PNG"),
    ];
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

  private redraw(drawing: Drawing): void {
    this.drawing = drawing;
    this.canvas.style.minHeight = `${drawing.height}px`;
    this.canvas.setAttribute("aria-label", this.summary(drawing));
    this.rows.setAttribute("aria-label", `${drawing.name}, as a table`);
    this.explain(drawing);
    if (this.plot) this.plot.draw(drawing);
    else void this.load();
    this.point(this.plot?.at ?? null);
    queueMicrotask(() => this.place()); // uPlot scales its axes in one, too
    if (this.element.querySelector("details")?.open) this.table();
  }

  /** The plot's code comes with the first chart, and is no hurry: all else stands already. */
  private async load(): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      const { Plot } = await import("./plot");
      await inTurn(() => {
        if (!this.drawing || !this.element.isConnected) return;
        put(this.canvas);
        this.plot = new Plot(this.canvas, this.around.clock, {
          point: (at) => this.point(at),
          select: (from, to) => this.zoom(from, to),
        });
        this.plot.draw(this.drawing);
        queueMicrotask(() => this.place());
      });
    } catch (error) {
      console.error(error);
      put(this.canvas, h("p.nothing", {}, "The picture does not come: its table has the figures."));
    } finally {
      this.isLoading = false;
      this.element.setAttribute("aria-busy", "false");
    }
  }

  private explain(drawing: Drawing): void {
    const looks = drawing.tracks.map((each) => [each.label, each.colour, each.dash]);
    const shown = marked(drawing);
    const explained = JSON.stringify([looks, drawing.stacked, shown, scheme()]);
    if (explained === this.explained) return;
    this.explained = explained;
    this.values = drawing.tracks.map(() => h("b"));
    put(
      this.legend,
      drawing.tracks.map((track, at) =>
        h("li", {}, swatch(track, drawing.stacked), track.label, this.values[at]),
      ),
    );
    put(
      this.marks,
      shown.map((each) =>
        h(
          "li",
          { "data-kind": each.kind },
          h("b", {}, `${KINDS[each.kind] ?? each.kind} ${each.name}`),
          ` ${this.around.clock.full(Date.parse(each.at) / 1000)}: ${each.why}`,
        ),
      ),
    );
  }

  private point(at: number | null): void {
    const { drawing } = this;
    if (!drawing) return;
    drawing.tracks.forEach((track, number) => {
      const last = track.values.findLastIndex((each) => each !== null);
      const cell = this.values[number];
      if (cell) cell.textContent = figure(track.values[at ?? last], drawing.unit);
    });
    this.legend.dataset["at"] = at === null ? "" : this.around.clock.full(drawing.at[at] ?? 0);
  }

  private zoom(from: number, to: number): void {
    this.around.zoom(
      Math.floor(from / ZOOM_STEP) * ZOOM_STEP,
      Math.ceil(to / ZOOM_STEP) * ZOOM_STEP,
    );
  }

  /** Arrows read the line out, with shift they select, Enter looks closer. */
  private key(event: KeyboardEvent): void {
    const { drawing } = this;
    if (!drawing?.at.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = drawing.at.length - 1;
    const now = this.read === null ? (this.plot?.at ?? last) : stepOf(drawing, this.read);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const at = Math.min(Math.max(to, 0), last);
      if (event.shiftKey) this.anchor ??= drawing.at[now] ?? null;
      else this.unselect();
      this.read = drawing.at[at] ?? null;
      this.point(at);
      this.place();
      this.tell(drawing, at);
      event.preventDefault();
    } else if (event.key === "Enter" && this.anchor !== null && this.anchor !== drawing.at[now]) {
      const [from, until] = [this.anchor, drawing.at[now] ?? 0].sort((a, b) => a - b);
      this.unselect();
      this.zoom(from!, until!);
    } else if (event.key === "Escape") this.unselect();
  }

  private unselect(): void {
    this.anchor = null;
    this.plot?.unselect();
  }

  /** Cursor and selection of the keyboard, where their instants now are. */
  private place(): void {
    if (this.read !== null) this.plot?.place(this.read, this.anchor);
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

  private table(): void {
    if (!this.drawing) return;
    const { scrollTop } = this.rows;
    put(this.rows, steps(this.drawing, this.around.clock));
    this.rows.scrollTop = scrollTop;
  }

  private get file(): string {
    return this.drawing?.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") ?? "chart";
  }

  private saveTable(): void {
    if (this.drawing) download(`${this.file}.csv`, csv(this.drawing));
  }

  private savePicture(): void {
    const canvas = this.plot?.canvas;
    if (!canvas) return;
    void picture(canvas, colour("--panel")).then((blob) => download(`${this.file}.png`, blob));
  }
}
