/** What was delivered: the mix of tiers over time, and what each weighs and feels like. */

import { path, type Row, type Series, type Top } from "../api";
import { Chart } from "../chart";
import { h, put } from "../dom";
import type { Assets, Delivery, Renditions } from "../findings";
import { change, figure, number, ratingOf, share, vitalOf } from "../format";
import { choice, order } from "../order";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { bar, fact, interval, ratingBadge, table } from "../pieces";
import { counted, filtered } from "../state";

const CONTROL = "control";
const TIERS = ["full", "standard", "lite", "minimal", "control"];
const COLOURS: Record<string, string> = {
  full: "--tier1",
  standard: "--tier2",
  lite: "--tier3",
  minimal: "--tier4",
  control: "--tier5",
};

export function delivery(page: Page): { element: HTMLElement; live: Part[] } {
  if (!counted("tier", ...filtered(page.state)))
    return {
      element: h(
        "p.nothing",
        {},
        "Views are not counted by tier together with this filter. Remove the filter to see delivery.",
      ),
      live: [],
    };
  const isWhole = !page.state.filters.length;
  const panels = [
    ...(isWhole ? [sent(page), rates(page)] : []),
    mix(page),
    weights(page),
    weight(page),
    ...(isWhole ? [asset(page)] : []),
  ];
  return {
    element: h(
      "div.grid",
      {},
      panels.map((each) => each.element),
      operate(page),
    ),
    live: panels,
  };
}

/** By CloudFront's logs: they come late, and not all of them. */
function sent(page: Page): Part {
  return new Panel<[Delivery]>(
    {
      title: "Images sent",
      note: "By CloudFront's access logs, whole hours; logs come some minutes late",
      className: "wide",
      empty: "No access log was counted in this time.",
    },
    [{ path: page.ask("delivery") }],
    ([{ data }], into) => {
      const { total } = data;
      const until = data.counted_until ? Date.parse(data.counted_until) / 1000 : null;
      const wanted = total.bytes_sent + total.bytes_saved;
      put(
        into,
        h(
          "dl.facts",
          {},
          fact("Requests", number(total.requests), until ? `up to ${page.clock.full(until)}` : ""),
          fact(
            "Cache hits",
            figure(total.hit_rate.value, "share"),
            interval(total.hit_rate.low, total.hit_rate.high, "share"),
          ),
          fact(
            "Fallbacks",
            total.fallback_rate.value === null ? "–" : share(total.fallback_rate.value, 2),
            "renditions that could not be had",
          ),
          fact("Bytes sent", figure(total.bytes_sent, "bytes")),
          fact(
            "Bytes saved",
            figure(total.bytes_saved, "bytes"),
            wanted ? `${share(total.bytes_saved / wanted)} of the originals'` : "",
          ),
        ),
        table(
          "images by tier",
          ["Tier", "Requests", "Hits", "Fallbacks", "Sent", "Saved", "Formats"],
          data.tiers
            .filter((each) => each.requests)
            .map((each) => [
              each.tier,
              number(each.requests),
              figure(each.hit_rate.value, "share"),
              each.fallback_rate.value === null ? "–" : share(each.fallback_rate.value, 2),
              figure(each.bytes_sent, "bytes"),
              each.bytes_saved ? figure(each.bytes_saved, "bytes") : "–",
              formats(each.formats),
            ]),
        ),
      );
    },
  );
}

function formats(counts: Record<string, number>): string {
  const whole = Object.values(counts).reduce((sum, each) => sum + each, 0) || 1;
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${share(count / whole, 0)}`)
    .join(", ");
}

function rates(page: Page): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[Delivery]>(
    {
      title: "Hit rate and fallbacks",
      hasChart: true,
      note: "Shares of image requests",
      className: "wide",
      empty: "No access log was counted in this time.",
    },
    [{ path: page.ask("delivery") }],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      chart.draw({
        name: "Hit rate and fallbacks",
        at: data.at,
        unit: "share",
        changes: page.changes,
        tracks: [
          { label: "hits", colour: "--line1", values: data.hit_rate },
          { label: "fallbacks", colour: "--line6", dash: [4, 4], values: data.fallback_rate },
        ],
        height: 240,
      });
    },
  );
  return panel;
}

const ANY = { path: path("assets", {}) };

/** One picture as each tier gets it, from the site's own CDN. */
function asset(page: Page): Part {
  let chosen = "";
  const panel: Part = new Panel<[Assets]>(
    {
      title: "One picture at each tier",
      note: "What a phone gets; quality is what the encoder is held to, in points of SSIMULACRA2",
      className: "wide",
      empty: "There are no images below the site's image prefixes yet.",
    },
    [ANY],
    ([{ data }], into) => {
      chosen ||= data.assets[0] ?? "";
      const pick = choice(
        "Picture",
        data.assets.map((each) => [each, each.slice(each.lastIndexOf("/") + 1)] as const),
      );
      pick.select.value = chosen;
      const pictures = h("div.pictures", { "aria-live": "polite" });
      pick.select.addEventListener("change", () => {
        chosen = pick.select.value;
        void show(page, chosen, pictures);
      });
      put(into, h("div.controls", {}, pick.element), pictures);
      void show(page, chosen, pictures);
    },
  );
  return panel;
}

async function show(page: Page, chosen: string, into: HTMLElement): Promise<void> {
  try {
    const { data } = await page.api.ask<Renditions>(path("renditions", { asset: chosen }));
    const { files, kept, kept_bytes } = data;
    const original = files[0]?.bytes ?? null;
    put(
      into,
      files.map((each) => picture(page, each, original)),
      h("p.note", {}, `${kept} renditions of it are kept, ${figure(kept_bytes, "bytes")} in all.`),
    );
  } catch (error) {
    put(into, h("p.failed", { role: "alert" }, error instanceof Error ? error.message : ""));
  }
}

function picture(page: Page, file: Renditions["files"][number], original: number | null) {
  const size = h("b", {}, file.bytes === null ? "not made yet" : figure(file.bytes, "bytes"));
  const less =
    file.bytes !== null && original && file.tier !== CONTROL
      ? ` ${change(file.bytes / original - 1)}`
      : "";
  const quality =
    file.quality === null ? "the original, untouched" : `quality ${file.quality} points`;
  return h(
    "figure",
    {},
    page.images
      ? h("img", {
          src: `${page.images.replace(/\/$/, "")}${file.path}`,
          alt: `${file.tier}: ${quality}`,
          loading: "lazy",
          decoding: "async",
          width: 480,
          height: 320,
        })
      : h("p.nothing", {}, "The site's address is not known here."),
    h(
      "figcaption",
      {},
      h("span", {}, file.tier),
      " ",
      size,
      less,
      h("small", {}, `${quality} · ${file.width ? `${file.width} px · ` : ""}${file.format}`),
    ),
  );
}

const PINS = [
  ["", "as measured: no pin"],
  ["full", "full"],
  ["standard", "standard"],
  ["lite", "lite"],
  ["minimal", "minimal"],
] as const;

/** What operators may do to delivery at once. */
function operate(page: Page): HTMLElement {
  const tier = choice("Tier", PINS);
  const kill = choice("Adaptation", [
    ["kill", "off: untouched originals for everybody"],
    ["on", "on again"],
  ]);
  return h(
    "section.panel.wide",
    { "aria-label": "Operate" },
    h("h2", {}, "Operate"),
    h("p.note", {}, "In force within ten seconds; who and why go to the change log"),
    h(
      "div.orders",
      {},
      order(page, {
        label: "Pin a tier",
        path: "/api/policy/pin",
        fields: [tier.element],
        body: () => ({ tier: tier.select.value || null }),
      }),
      order(page, {
        label: "Kill switch",
        path: "/api/policy/kill",
        fields: [kill.element],
        body: () => ({ kill: kill.select.value === "kill" }),
      }),
    ),
  );
}

function mix(page: Page): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[Series]>(
    {
      title: "Tier mix",
      hasChart: true,
      note: "Share of page views by the tier they were served at",
      className: "wide",
    },
    [
      {
        path: page.ask("series", {
          metric: "views",
          stat: "sum",
          by: ["tier"],
          step: page.calm(64),
        }),
      },
    ],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      const found = TIERS.flatMap((tier) =>
        data.series.filter((each) => each.group["tier"] === tier),
      );
      const whole = data.at.map((_, at) =>
        found.reduce((sum, each) => sum + (each.value[at] ?? 0), 0),
      );
      chart.draw({
        name: "Tier mix",
        at: data.at,
        unit: "share",
        stacked: true,
        changes: page.changes,
        tracks: found.map((each) => ({
          label: each.group["tier"] ?? "",
          colour: COLOURS[each.group["tier"] ?? ""] ?? "--faint",
          values: each.value.map((value, at) => (whole[at] ? (value ?? 0) / whole[at]! : 0)),
        })),
        height: 300,
      });
    },
  );
  return panel;
}

function weights(page: Page): Part {
  return new Panel<[Top, Top, Top]>(
    {
      title: "Each tier",
      note: "What it weighs, and how it feels to those who get it",
      className: "wide",
    },
    [
      { path: page.ask("top", { by: ["tier"], metric: "bytes", stat: "per_view" }) },
      { path: page.ask("top", { by: ["tier"], metric: "lcp_ms", stat: "p75" }) },
      { path: page.ask("top", { by: ["tier"], metric: "inp_ms", stat: "p75" }) },
    ],
    ([bytes, lcp, inp], into) => {
      const of = (rows: Row[], tier: string) => rows.find((each) => each.group["tier"] === tier);
      const control = of(bytes.data.rows, "control")?.value;
      const most = Math.max(...bytes.data.rows.map((each) => each.value ?? 0));
      const limits = vitalOf("lcp_ms")!;
      put(
        into,
        h(
          "div.scroll",
          { tabindex: 0, role: "group", "aria-label": "Tiers: table" },
          h(
            "table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                [
                  "Tier",
                  "Views",
                  "Bytes per view",
                  "against control",
                  "LCP p75",
                  "",
                  "INP p75",
                ].map((each, at) =>
                  h(at ? "th.n" : "th", { scope: "col" }, each || h("span.sr", {}, "Rating")),
                ),
              ),
            ),
            h(
              "tbody",
              {},
              TIERS.map((tier) => {
                const row = of(bytes.data.rows, tier);
                const slow = of(lcp.data.rows, tier)?.value ?? null;
                if (!row) return null;
                return h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, tier, bar((row.value ?? 0) / most)),
                  h("td.n", {}, number(row.views), " ", h("small", {}, share(row.share))),
                  h("td.n", {}, figure(row.value, "bytes")),
                  h(
                    "td.n",
                    {},
                    control && row.value !== null && tier !== "control"
                      ? change(row.value / control - 1)
                      : "–",
                  ),
                  h("td.n", {}, figure(slow, "ms")),
                  h("td", {}, ratingBadge(slow === null ? null : ratingOf(limits, slow))),
                  h("td.n", {}, figure(of(inp.data.rows, tier)?.value, "ms")),
                );
              }),
            ),
          ),
          h(
            "p.note",
            {},
            "Slow visitors get the lower tiers: read across rows against the control, not down a column.",
          ),
        ),
      );
    },
  );
}

function weight(page: Page): Part {
  let chart: Chart | null = null;
  const panel = new Panel<[Series]>(
    {
      title: "Bytes per view",
      note: "Over all tiers, control included",
      className: "wide",
      hasChart: true,
    },
    [{ path: page.ask("series", { metric: "bytes", stat: "per_view", step: page.calm(100) }) }],
    ([{ data }], into) => {
      if (!chart) {
        chart = new Chart({ clock: page.clock, zoom: page.zoom }, panel.actions);
        put(into, chart.element);
      }
      chart.draw({
        name: "Bytes per view",
        at: data.at,
        unit: data.unit,
        changes: page.changes,
        tracks: [
          {
            label: "bytes per view",
            colour: "--line1",
            values: data.series[0]?.value ?? [],
            fill: true,
          },
        ],
        height: 240,
      });
    },
  );
  return panel;
}
