/** What stands around every view: where we are, which time, which visitors, how fresh. */

import { h, put, s } from "./dom";
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
  private readonly zoomed = h("span");
  private readonly utc: HTMLElement;
  private readonly live = h("div.live");
  private readonly chips = h("div.chips", { "aria-label": "Filters", role: "group" });
  private readonly banner = h("p.banner", { role: "status" });
  private readonly age = h("small");
  private drawn: string | null = null;

  constructor(
    private readonly page: Page,
    private readonly options: Options,
  ) {
    const utc = () => page.go({ utc: !page.state.utc });
    this.utc = this.button("Local", false, utc, "utc");
    put(
      this.nav,
      Object.entries(options.views).map(([view, title]) =>
        this.button(title, null, () => page.go({ view }), `view-${view}`),
      ),
    );
    put(
      this.times,
      this.zoomed,
      RANGES.map((range) =>
        this.button(
          range,
          false,
          () => page.go({ range, from: null, to: null }),
          `range-${range}`,
          WORDS[range],
        ),
      ),
      this.utc,
    );
    this.element = h(
      "div.frame",
      {},
      h("a.skip", { href: "#main" }, "Skip to the figures"),
      h(
        "header.top",
        {},
        h("div.brand", {}, sign(), h("b", {}, options.site)),
        this.nav,
        this.times,
        this.live,
      ),
      h("section", { "aria-label": "Filters and notices" }, this.chips, this.banner),
      this.main,
    );
  }

  /** Changes only what is another: a button must not go between press and release. */
  update(): void {
    this.freshness();
    const { state } = this.page;
    const key = write(state);
    if (key === this.drawn) return;
    this.drawn = key;
    for (const button of this.nav.children)
      mark(
        button,
        "aria-current",
        button.getAttribute("data-key") === `view-${state.view}`,
        "page",
      );
    for (const button of this.times.querySelectorAll("[data-key^=range-]")) {
      const isChosen = button.getAttribute("data-key") === `range-${state.range}`;
      button.setAttribute("aria-pressed", String(state.from === null && isChosen));
    }
    this.span(state);
    this.zone(state.utc);
    this.filters(state);
  }

  private span({ from, to }: State): void {
    const { page } = this;
    const words =
      from !== null && to !== null ? `${page.clock.full(from)} – ${page.clock.full(to)}` : "";
    if (words === this.zoomed.dataset["words"]) return;
    this.zoomed.dataset["words"] = words;
    const whole = () => page.go({ from: null, to: null });
    put(
      this.zoomed,
      words
        ? h("span.span", {}, words, this.button("×", null, whole, "unzoom", "the whole range"))
        : null,
    );
  }

  private zone(utc: boolean): void {
    this.utc.textContent = utc ? "UTC" : "Local";
    this.utc.setAttribute("aria-pressed", String(utc));
    this.utc.title = utc
      ? "Times in UTC: switch to local time"
      : "Times in local time: switch to UTC";
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
    const key = state.filters.join();
    if (key === this.chips.dataset["of"]) return;
    this.chips.dataset["of"] = key;
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
        "aria-pressed": pressed === null ? null : String(pressed),
        title: label,
        click,
      },
      text,
    );
  }
}

/** As icon.svg, which as a picture would be laid out as a page of its own. */
function sign(): SVGElement {
  return s(
    "svg.mark",
    { viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("rect", { width: 32, height: 32, rx: 8 }),
    s("path", { d: "M6 22c5 0 5-12 10-12s5 8 10 8" }),
  );
}

function mark(element: Element, name: string, isSo: boolean, value: string): void {
  if (isSo) element.setAttribute(name, value);
  else element.removeAttribute(name);
}
