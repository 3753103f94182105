/** A part of the page with its states: loading, ready, empty, error, stale. */

import type { Answer } from "./answers";
import { ApiError } from "./api";
import { h, put } from "./dom";
import { type Page } from "./page";
import { inTurn } from "./turns";

export interface Source {
  path: string;
  /** The panel can do without it, and is drawn before it comes. */
  isExtra?: boolean;
}

export type Answers<Data extends unknown[]> = {
  [Index in keyof Data]: undefined extends Data[Index]
    ? Answer<NonNullable<Data[Index]>> | undefined
    : Answer<Data[Index]>;
};

export type Sources<Data extends unknown[]> = { [Index in keyof Data]: Source };

export interface Options {
  title: string;
  note?: string;
  empty?: string;
  className?: string;
  hidesTitle?: boolean;
  /** It has something to show without samples, too. */
  drawsEmpty?: boolean;
  /** It shows more than its answers: what was changed, and colours that no style sheet sets. */
  hasChart?: boolean;
  /** What stands there until it comes. */
  waiting?: () => HTMLElement[];
}

/** What stands on the page and is asked for anew in each round. */
export interface Part {
  element: HTMLElement;
  refresh(page: Page): Promise<void>;
  redraw(): void;
}

/** What a view is: its element, and what of it is live. */
export interface View {
  element: HTMLElement;
  live: Part[];
}

/** A view of panels, with what else stands before and after them. */
export function grid(
  panels: Part[],
  before: HTMLElement | null = null,
  after: HTMLElement | null = null,
): View {
  return { element: h("div.grid", {}, before, panels.map(elementOf), after), live: panels };
}

export function elementOf(part: Part): HTMLElement {
  return part.element;
}

const BARS = ["span", "span", "span", "span"];

type Found = (Answer<unknown> | undefined)[];

/** `Data` is what each of its sources answers with. */
export class Panel<Data extends unknown[]> implements Part {
  readonly element: HTMLElement;
  readonly actions = h("div.actions");
  private readonly body = h("div.body");
  private readonly status = h("p.status", { role: "status" });
  private drawn: Found | null = null;

  constructor(
    private readonly options: Options,
    private readonly sources: Sources<Data>,
    private readonly draw: (answers: Answers<Data>, into: HTMLElement) => void,
  ) {
    const id = `panel-${options.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
    const heading = h(options.hidesTitle ? "h2.sr" : "h2", { id }, options.title);
    this.element = h(
      `section.panel${options.className ? `.${options.className}` : ""}`,
      { "aria-labelledby": id, "data-state": "loading", "aria-busy": "true" },
      h(
        "header",
        {},
        h("div", {}, heading, options.note ? h("p.note", {}, options.note) : null),
        this.actions,
      ),
      this.body,
      this.status,
    );
    put(
      this.body,
      h(
        "div.skeleton",
        { "aria-hidden": "true" },
        options.waiting?.() ?? BARS.map((each) => h(each)),
      ),
    );
  }

  async refresh(page: Page): Promise<void> {
    const came: Found = this.sources.map(() => undefined);
    const asked = this.sources.map(async ({ path, isExtra }, at) => {
      try {
        came[at] = await page.api.ask<unknown>(path);
        page.heard(came[at]);
      } catch (error) {
        if (!isExtra || !(error instanceof ApiError)) throw error;
      }
    });
    try {
      if (!this.drawn) {
        await Promise.all(asked.filter((_, at) => !this.sources[at]!.isExtra));
        await inTurn(() => this.update(came));
      }
      await Promise.all(asked);
      await inTurn(() => this.update(came));
    } catch (error) {
      this.fail(error, page);
    }
    this.element.setAttribute("aria-busy", "false");
  }

  /** With what is known, when something else is that it shows. */
  redraw(): void {
    const isReady = this.element.dataset["state"] === "ready";
    if (this.options.hasChart && this.drawn && isReady && !this.isHeld) this.show(this.drawn);
  }

  private update(came: Found): void {
    if (this.drawn && this.isHeld) return;
    const isSame = this.drawn?.every((each, at) => each === came[at]);
    if (!isSame || this.element.dataset["state"] === "stale") this.show([...came]);
  }

  private show(found: Found): void {
    const isEmpty =
      !this.options.drawsEmpty &&
      this.sources.every((each, at) => each.isExtra || !found[at]?.samples);
    this.state(isEmpty ? "empty" : "ready");
    if (isEmpty)
      put(
        this.body,
        h(
          "p.nothing",
          {},
          this.options.empty ?? "No page views here yet. Try a longer range or fewer filters.",
        ),
      );
    else this.draw(found as Answers<Data>, this.body);
    this.drawn = found;
  }

  /** Somebody is about to do something here: nothing moves under their hands. */
  private get isHeld(): boolean {
    return this.element.querySelector("details.order[open]") !== null;
  }

  private fail(error: unknown, page: Page): void {
    const told = error instanceof Error ? error.message : String(error);
    if (!(error instanceof ApiError)) console.error(error);
    if (this.drawn && error instanceof ApiError && error.again) {
      this.state("stale", `${told} Shown is what was known before.`);
    } else {
      this.state("error");
      put(
        this.body,
        h(
          "div.failed",
          { role: "alert" },
          h("p", {}, told),
          h("button", { type: "button", click: () => void this.refresh(page) }, "Try again"),
        ),
      );
      this.drawn = null;
    }
  }

  private state(name: string, told = ""): void {
    this.element.dataset["state"] = name;
    this.status.textContent = told;
  }
}
