/** A part of the page with its states: loading, ready, empty, error, stale. */

import { type Answer, ApiError } from "./api";
import { h, put } from "./dom";
import { type Page } from "./page";

export interface Source {
  path: string;
  /** The panel can do without it. */
  isExtra?: boolean;
}

type Answers<Data extends unknown[]> = {
  [Index in keyof Data]: undefined extends Data[Index]
    ? Answer<NonNullable<Data[Index]>> | undefined
    : Answer<Data[Index]>;
};

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
}

/** What stands on the page and is asked for anew in each round. */
export interface Part {
  element: HTMLElement;
  refresh(page: Page): Promise<void>;
  redraw(): void;
}

/** `Data` is what each of its sources answers with. */
export class Panel<Data extends unknown[]> implements Part {
  readonly element: HTMLElement;
  readonly actions = h("div.actions");
  private readonly body = h("div.body");
  private readonly status = h("p.status", { role: "status" });
  private drawn: (Answer<unknown> | undefined)[] | null = null;

  constructor(
    private readonly options: Options,
    private readonly sources: { [Index in keyof Data]: Source },
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
      h("div.skeleton", { "aria-hidden": "true" }, h("span"), h("span"), h("span"), h("span")),
    );
  }

  async refresh(page: Page): Promise<void> {
    try {
      const found = await Promise.all(
        this.sources.map(async (each) => {
          try {
            return await page.api.ask<unknown>(each.path);
          } catch (error) {
            if (each.isExtra && error instanceof ApiError) return undefined;
            throw error;
          }
        }),
      );
      found.forEach((each) => each && page.heard(each));
      if (this.drawn && this.isHeld) return;
      const isSame = this.drawn?.every((each, at) => each === found[at]);
      if (!isSame || this.element.dataset["state"] === "stale") this.show(found);
    } catch (error) {
      this.fail(error, page);
    }
  }

  /** With what is known, when something else is that it shows. */
  redraw(): void {
    const isReady = this.element.dataset["state"] === "ready";
    if (this.options.hasChart && this.drawn && isReady && !this.isHeld) this.show(this.drawn);
  }

  private show(found: (Answer<unknown> | undefined)[]): void {
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
    this.element.setAttribute("aria-busy", "false");
    this.status.textContent = told;
  }
}
