/** Starts the dashboard: configuration, sign-in, the view, and a round of questions every 5 s. */

import { Api, ApiError } from "./api";
import { Session, type SignIn } from "./auth";
import { h, put } from "./dom";
import { Frame } from "./frame";
import { Page } from "./page";
import { onScheme } from "./palette";
import type { Part, View } from "./panel";
import { painted } from "./turns";
import { overview } from "./views/overview";

interface Config {
  site: string;
  sign_in: SignIn | null;
  images?: string;
}

type Make = (page: Page) => View;

/** All but the first come when they are wanted. */
const VIEWS: Record<string, { title: string; load: () => Promise<Make> | Make }> = {
  overview: { title: "Overview", load: () => overview },
  vitals: { title: "Vitals", load: async () => (await import("./views/vitals")).vitals },
  delivery: { title: "Delivery", load: async () => (await import("./views/delivery")).delivery },
  where: { title: "Where", load: async () => (await import("./views/where")).where },
  sessions: { title: "Sessions", load: async () => (await import("./views/sessions")).sessions },
  alerts: { title: "Alerts", load: async () => (await import("./views/alerts")).alerts },
  experiments: {
    title: "Experiments",
    load: async () => (await import("./views/experiments")).experiments,
  },
  forecast: { title: "Forecast", load: async () => (await import("./views/forecast")).forecast },
};
const EVERY_MS = 5_000;

async function start(): Promise<void> {
  const root = document.getElementById("root")!;
  const config = (await (await fetch("config.json", { cache: "no-store" })).json()) as Config;
  const session = config.sign_in ? new Session(config.sign_in) : null;
  await session?.arrive();
  const api = new Api(session?.token ?? (async () => null));
  let live: Part[] = [];
  let round = 0;
  let wanted = 0;
  let shown = "";

  const page = new Page(api, config.images ?? "", () => void show());
  const frame = new Frame(page, {
    site: config.site,
    views: Object.fromEntries(Object.entries(VIEWS).map(([name, { title }]) => [name, title])),
    signOut: session ? () => session.leaveForGood() : null,
    refresh: () => void turn(),
  });
  page.renew = () => void turn();
  await asked(page);
  put(root, frame.element);

  /** The frame at once, so that a tap is answered; what was there stays until the view comes. */
  async function show(): Promise<void> {
    const mine = ++wanted;
    const name = page.state.view in VIEWS ? page.state.view : "overview";
    const { title, load } = VIEWS[name]!;
    frame.update();
    frame.main.lastElementChild?.setAttribute("aria-busy", "true");
    if (shown) await painted();
    let make: Make;
    try {
      make = await load();
    } catch {
      if (mine !== wanted) return;
      live = [];
      put(frame.main, missing(title));
      return;
    }
    if (mine !== wanted) return;
    const made = make(page);
    live = made.live;
    put(frame.main, h("h1.sr", { tabindex: -1 }, title), made.element);
    document.title = `${title} · ${config.site}`;
    if (shown && shown !== name) frame.main.querySelector("h1")?.focus();
    shown = name;
    void turn();
  }

  function missing(title: string): HTMLElement {
    return h(
      "div.failed",
      { role: "alert" },
      h("p", {}, `${title} cannot be loaded: the server does not answer, or has a newer page.`),
      h("button", { type: "button", click: () => location.reload() }, "Load the page again"),
    );
  }

  /** All panels at once; a round that was overtaken by another view leaves its panels alone. */
  async function turn(): Promise<void> {
    const mine = ++round;
    const panels = live;
    await Promise.all(panels.map((each) => each.refresh(page)));
    if (mine === round) frame.update();
  }

  async function beat(): Promise<void> {
    if (!document.hidden && page.isLive && !frame.isPaused) {
      if (await page.loadChanges().catch(() => false)) redraw();
      await turn();
    }
    frame.update();
    setTimeout(() => void beat(), EVERY_MS);
  }

  function redraw(): void {
    live.forEach((each) => each.redraw());
  }

  document.addEventListener("visibilitychange", () => !document.hidden && void turn());
  onScheme(redraw);
  await show();
  setTimeout(() => void beat(), EVERY_MS);
  try {
    await page.loadChanges();
    redraw();
    frame.update();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) session?.forget();
  }
}

/** The question that tells the most goes out before anything is built. */
async function asked(page: Page): Promise<void> {
  if (page.state.view !== "overview" || !page.isGlance) return;
  page.api.ask(page.glance).catch(() => undefined);
  await new Promise((done) => setTimeout(done));
}

start().catch((error: unknown) => {
  put(
    document.getElementById("root")!,
    h(
      "main.failed",
      { role: "alert" },
      h("h1", {}, "The dashboard cannot start"),
      h("p", {}, error instanceof Error ? error.message : String(error)),
      h("button", { type: "button", click: () => location.assign(".") }, "Start again"),
    ),
  );
});
