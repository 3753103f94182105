/** The picture of a chart: uPlot, loaded when the first is to be drawn. */

import uPlot from "uplot";
import type { Drawing, Track } from "./drawing";
import { type Clock, tick } from "./format";
import { mark, shade } from "./ink";
import { colour, scheme } from "./palette";

/** Of so few steps each is a point. */
const FEW = 30;
const LEAST_WIDTH = 240;

interface Hears {
  point: (at: number | null) => void;
  /** Both in seconds since the epoch. */
  select: (from: number, to: number) => void;
}

export class Plot {
  private made: uPlot | null = null;
  private drawing: Drawing | null = null;
  private shape = "";

  constructor(
    private readonly into: HTMLElement,
    private readonly clock: Clock,
    private readonly hears: Hears,
  ) {
    new ResizeObserver(() => this.fit()).observe(into);
  }

  /** With what there is, if it was made for the like: cursor and selection stay. */
  draw(drawing: Drawing): void {
    const shape = shapeOf(drawing);
    this.drawing = drawing;
    if (this.made && shape === this.shape) this.made.setData(lines(drawing));
    else {
      this.made?.destroy();
      this.made = new uPlot(this.options(drawing), lines(drawing), this.into);
      this.shape = shape;
    }
  }

  /** The step that is pointed at. */
  get at(): number | null {
    return this.made?.cursor.idx ?? null;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.made?.ctx.canvas;
  }

  /** The cursor at an instant, and what is selected from `anchor` up to it. */
  place(read: number, anchor: number | null): void {
    const { made } = this;
    if (!made) return;
    const { clientWidth, clientHeight: height } = made.over;
    const at = (instant: number) => Math.min(Math.max(made.valToPos(instant, "x"), 0), clientWidth);
    made.setCursor({ left: at(read), top: 10 });
    if (anchor === null) return;
    const [left, right] = [Math.min(anchor, read), Math.max(anchor, read)].map(at);
    made.setSelect({ left: left!, width: right! - left!, top: 0, height }, false);
  }

  unselect(): void {
    this.made?.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private fit(): void {
    const { made } = this;
    const width = this.into.clientWidth;
    if (made && width > 0 && made.width !== width) made.setSize({ width, height: made.height });
  }

  private options(drawing: Drawing): uPlot.Options {
    const now = () => this.drawing ?? drawing;
    return {
      width: Math.max(this.into.clientWidth, LEAST_WIDTH),
      height: drawing.height,
      tzDate: (at) => this.clock.zoned(at),
      legend: { show: false },
      cursor: { points: { size: 7 }, drag: { x: true, y: false, setScale: false } },
      scales: { y: { range: (_, low, high) => range(now(), low, high) } },
      axes: this.axes(now),
      ...looks(drawing),
      hooks: {
        drawClear: [(plot) => shade(plot, now())],
        draw: [(plot) => mark(plot, now())],
        setCursor: [(plot) => this.hears.point(plot.cursor.idx ?? null)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  private axes(now: () => Drawing): uPlot.Axis[] {
    const grid = { stroke: colour("--line"), width: 1 };
    const both = { stroke: colour("--faint"), font: `11px ${colour("--font")}` };
    return [
      {
        ...both,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        space: 64,
        size: 32,
        values: (_, ticks, __, ___, apart) => ticks.map((each) => this.clock.tick(each, apart)),
      },
      {
        ...both,
        grid,
        ticks: { show: false },
        size: 58,
        values: (_, ticks) => ticks.map((each) => tick(each, now().unit)),
      },
    ];
  }

  private selected({ select, posToVal }: uPlot): void {
    if (select.width < 8) return;
    this.hears.select(posToVal(select.left, "x"), posToVal(select.left + select.width, "x"));
  }
}

/** What uPlot is told once; all else it asks of the drawing each time. */
function shapeOf({ at, tracks, stacked, height }: Drawing): string {
  const told = tracks.map((each) => [
    each.label,
    each.colour,
    each.dash,
    each.fill,
    isBanded(each),
  ]);
  return JSON.stringify([told, stacked, height, at.length < FEW, scheme()]);
}

function isBanded({ low, high }: Track): boolean {
  return Boolean(low && high);
}

function looks({ at, tracks, stacked }: Drawing): Pick<uPlot.Options, "series" | "bands"> {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const spline = uPlot.paths.spline?.();
  for (const track of stacked ? [...tracks].reverse() : tracks) {
    const stroke = colour(track.colour);
    series.push({
      label: track.label,
      stroke: stacked ? colour("--panel") : stroke,
      width: stacked ? 1 : 2,
      ...(track.dash && !stacked ? { dash: track.dash } : {}),
      ...(stacked ? { fill: stroke } : track.fill ? { fill: `${stroke}1f` } : {}),
      ...(spline && !stacked ? { paths: spline } : {}),
      points: { show: at.length < FEW && !stacked, size: 5, fill: stroke },
      spanGaps: false,
    });
    if (stacked || !isBanded(track)) continue;
    const line = series.length;
    const edge = { stroke: "transparent", points: { show: false }, width: 0 };
    series.push({ ...edge, label: "low" }, { ...edge, label: "high" });
    bands.push({ series: [line + 1, line], fill: `${stroke}26` });
  }
  return { series, bands };
}

function lines({ at, tracks, stacked }: Drawing): uPlot.AlignedData {
  const values = stacked
    ? stack(tracks).reverse()
    : tracks.flatMap(({ values, low, high }) => (low && high ? [values, low, high] : [values]));
  return [at, ...values] as uPlot.AlignedData;
}

function stack(tracks: Track[]): number[][] {
  const sums: number[] = [];
  return tracks.map((track) =>
    track.values.map((value, at) => (sums[at] = (sums[at] ?? 0) + (value ?? 0))),
  );
}

function range(drawing: Drawing, low: number, high: number): [number, number] {
  if (drawing.stacked) return [0, 1];
  if (drawing.signed) {
    const reach = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0)) * 0.1 || 0.01;
    return [Math.min(low ?? 0, 0) - reach, Math.max(high ?? 0, 0) + reach];
  }
  const most = Math.max(high ?? 0, (drawing.vital?.good ?? drawing.limit?.value ?? 0) * 1.15);
  return [0, (most || 1) * 1.08];
}
