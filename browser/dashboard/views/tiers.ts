/** What was sent by tier, what each weighs, and how it feels to those who get it. */

import type { Row, Top } from "../answers";
import { h, put } from "../dom";
import type { Delivery } from "../findings";
import { change, figure, number, ratingOf, share, vitalOf } from "../format";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";
import { bar, fact, interval, ratingBadge, table } from "../pieces";

export const TIERS = ["full", "standard", "lite", "minimal", "control"];

/** By CloudFront's logs: they come late, and not all of them. */
export function sent(page: Page): Part {
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

export function weights(page: Page): Part {
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
