/** One picture as each tier gets it, from the site's own CDN. */

import { path } from "../api";
import { h, put } from "../dom";
import type { Assets, Renditions } from "../findings";
import { change, figure } from "../format";
import { choice } from "../order";
import type { Page } from "../page";
import { Panel, type Part } from "../panel";

const CONTROL = "control";
const UNTOUCHED = 100;
const ANY = { path: path("assets", {}) };

export function pictures(page: Page): Part {
  let chosen = "";
  return new Panel<[Assets]>(
    {
      title: "One picture at each tier",
      note: "What a phone gets; quality in points of SSIMULACRA2: 80 is very good, 50 medium",
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
      const shown = h("div.pictures", { "aria-live": "polite" });
      pick.select.addEventListener("change", () => {
        chosen = pick.select.value;
        void show(page, chosen, shown);
      });
      put(into, h("div.controls", {}, pick.element), shown);
      void show(page, chosen, shown);
    },
  );
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

function qualityOf({ quality, reached, bytes }: Renditions["files"][number]): string {
  if (quality === null) return "the original, untouched";
  if (reached !== null)
    return reached >= UNTOUCHED
      ? "the original: no encoding of it is smaller"
      : `reached ${Math.round(reached)} points of at least ${quality}`;
  return bytes === null
    ? `will be held to ${quality} points at least`
    : `held to ${quality} points at least; what it reached was not noted`;
}

function picture(page: Page, file: Renditions["files"][number], original: number | null) {
  const size = h("b", {}, file.bytes === null ? "not made yet" : figure(file.bytes, "bytes"));
  const less =
    file.bytes !== null && original && file.tier !== CONTROL
      ? ` ${change(file.bytes / original - 1)}`
      : "";
  const quality = qualityOf(file);
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
