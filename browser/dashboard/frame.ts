/** What stands around every view: where we are, which time, which visitors, how fresh. */

import { h, put } from "./dom";
import { ago, named } from "./format";
import { type Page } from "./page";
import { RANGES, type State, write } from "./state";

interface Options {
  site: string;
  views: Record<string, string>;
  signOut: (() => void) | null;
  refresh: () => void;
}

const STALE_AFTER_S = 600;
const WORDS: Record<string, string> = {
  "1h": "1 hour",
  "3h": "3 hours",
  "24h": "24 hours",
  "7d": "7 days",
  "14d": "14 days",
};

export class Frame {
  readonly main = h("main", { id: "main" });
  readonly element: HTMLElement;
  isPaused = false;
  private readonly nav = h("nav", { "aria-label": "Views" });
  private readonly times = h("div.times", { role: "group", "aria-label": "Time range" });
  private readonly live = h("div.live");
  private readonly chips = h("div.chips", { "aria-label": "Filters", role: "group" });
  private readonly banner = h("p.banner", { role: "status" });
  private readonly age = h("small");
  private drawn: string | null = null;

  constructor(
    private readonly page: Page,
    private readonly options: Options,
  ) {
    this.element = h(
      "div.frame",
      {},
      h("a.skip", { href: "#main" }, "Skip to the figures"),
      h(
        "header.top",
        {},
        h("div.brand", {}, h("span.mark", { "aria-hidden": "true" }), h("b", {}, options.site)),
        this.nav,
        this.times,
        this.live,
      ),
      h("section", { "aria-label": "Filters and notices" }, this.chips, this.banner),
      this.main,
    );
  }

  /** Rebuilds only what changed: a button must not go between press and release. */
  update(): void {
    this.freshness();
    const key = write(this.page.state);
    if (key === this.drawn) return;
    this.drawn = key;
    const { page, options } = this;
    const { state } = page;
    const held = document.activeElement?.getAttribute("data-key");
    put(
      this.nav,
      Object.entries(options.views).map(([name, title]) =>
        this.button(
          title,
          state.view === name,
          () => page.go({ view: name }),
          `view-${name}`,
          "page",
        ),
      ),
    );
    put(
      this.times,
      state.from !== null && state.to !== null
        ? h(
            "span.span",
            {},
            `${page.clock.full(state.from)} – ${page.clock.full(state.to)}`,
            this.button(
              "×",
              null,
              () => page.go({ from: null, to: null }),
              "unzoom",
              "the whole range",
            ),
          )
        : null,
      RANGES.map((each) =>
        this.button(
          each,
          state.from === null && state.range === each,
          () => page.go({ range: each, from: null, to: null }),
          `range-${each}`,
          WORDS[each],
        ),
      ),
      this.button(
        state.utc ? "UTC" : "Local",
        state.utc,
        () => page.go({ utc: !state.utc }),
        "utc",
        state.utc ? "Times in UTC: switch to local time" : "Times in local time: switch to UTC",
      ),
    );
    this.filters(state);
    if (held) this.element.querySelector<HTMLElement>(`[data-key="${held}"]`)?.focus();
  }

  private freshness(): void {
    const { page } = this;
    const age = page.freshAt === null ? null : Date.now() / 1000 - page.freshAt;
    const isStale = page.heardAt !== null && (age === null || age > STALE_AFTER_S);
    const state = !page.isLive ? "still" : this.isPaused ? "paused" : isStale ? "stale" : "live";
    const words = { still: "A past span", paused: "Paused", stale: "No new views", live: "Live" };
    this.age.textContent = age === null ? "" : `counted ${ago(age)}`;
    this.banner.textContent = this.notice(state);
    this.banner.dataset["state"] = state === "stale" ? "stale" : "note";
    if (this.live.dataset["state"] === state) return;
    this.live.dataset["state"] = state;
    put(
      this.live,
      page.isLive
        ? this.button(
            words[state],
            !this.isPaused,
            () => {
              this.isPaused = !this.isPaused;
              this.update();
              if (!this.isPaused) this.options.refresh();
            },
            "live",
            this.isPaused ? "Go on with live figures" : "Hold the figures",
          )
        : h("span", {}, words[state]),
      this.age,
      this.options.signOut
        ? this.button("Sign out", null, this.options.signOut, "sign-out", "Sign out")
        : null,
    );
  }

  private notice(state: string): string {
    if (state === "stale")
      return "No page views were counted in the last ten minutes: either nobody came, or beacons do not arrive.";
    return this.page.isSimulated
      ? "Demo: these visitors are simulated, fitted to 64 million real page loads. Yours are counted among them."
      : "";
  }

  private filters(state: State): void {
    put(
      this.chips,
      state.filters.map((each) => {
        const [dimension = "", value = ""] = each.split(":");
        const words = `${dimension.replace("_", " ")}: ${named(dimension, value)}`;
        return h(
          "button.chip",
          {
            type: "button",
            "data-key": `chip-${each}`,
            "aria-label": `Remove the filter ${words}`,
            click: () => this.page.go({ filters: state.filters.filter((other) => other !== each) }),
          },
          words,
          h("span", { "aria-hidden": "true" }, " ×"),
        );
      }),
    );
  }

  private button(
    text: string,
    pressed: boolean | null,
    click: () => void,
    key: string,
    label?: string,
  ): HTMLElement {
    return h(
      "button",
      {
        type: "button",
        "data-key": key,
        ...(label === "page"
          ? { "aria-current": pressed ? "page" : null }
          : { "aria-pressed": pressed === null ? null : String(pressed), title: label }),
        click,
      },
      text,
    );
  }
}
