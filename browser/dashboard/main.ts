/** Starts the dashboard: configuration, sign-in, the view, and a round of questions every 5 s. */

import { Api, ApiError } from "./api";
import { Session, type SignIn } from "./auth";
import { h, put } from "./dom";
import { Frame } from "./frame";
import { Page } from "./page";
import type { Part } from "./panel";
import { alerts } from "./views/alerts";
import { delivery } from "./views/delivery";
import { experiments } from "./views/experiments";
import { forecast } from "./views/forecast";
import { overview } from "./views/overview";
import { sessions } from "./views/sessions";
import { vitals } from "./views/vitals";
import { where } from "./views/where";

interface Config {
  site: string;
  sign_in: SignIn | null;
  images?: string;
}

type View = (page: Page) => { element: HTMLElement; live: Part[] };

const VIEWS: Record<string, { title: string; view: View }> = {
  overview: { title: "Overview", view: overview },
  vitals: { title: "Vitals", view: vitals },
  delivery: { title: "Delivery", view: delivery },
  where: { title: "Where", view: where },
  sessions: { title: "Sessions", view: sessions },
  alerts: { title: "Alerts", view: alerts },
  experiments: { title: "Experiments", view: experiments },
  forecast: { title: "Forecast", view: forecast },
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
  let shown = "";

  const page = new Page(api, config.images ?? "", () => show());
  const frame = new Frame(page, {
    site: config.site,
    views: Object.fromEntries(Object.entries(VIEWS).map(([name, { title }]) => [name, title])),
    signOut: session ? () => session.leaveForGood() : null,
    refresh: () => void turn(),
  });
  page.renew = () => void turn();
  put(root, frame.element);

  function show(): void {
    const name = page.state.view in VIEWS ? page.state.view : "overview";
    const { title, view } = VIEWS[name]!;
    const made = view(page);
    live = made.live;
    put(frame.main, h("h1.sr", { tabindex: -1 }, title), made.element);
    document.title = `${title} · ${config.site}`;
    frame.update();
    if (shown && shown !== name) frame.main.querySelector("h1")?.focus();
    shown = name;
    void turn();
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
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  show();
  try {
    await page.loadChanges();
    redraw();
    frame.update();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) session?.forget();
  }
  setTimeout(() => void beat(), EVERY_MS);
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
