#!/usr/bin/env node
// Builds the demo shop and the agent into build/site/. `--help` says more.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const help = `usage: node browser/build.mjs [--help]

Builds build/site/: the demo shop's three pages, css/shop.css, img/ (photographs copied from
node_modules) and js/ (rum.js, the agent; shop.js and shop.lite.js, the shop's two bundles).
Prints each file with its size, plain and gzipped. Needs \`npm ci\` once before.`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const browser = join(root, "browser");
const site = join(root, "build", "site");
const pages = join(root, "build", "pages.mjs");

/** @type {import("esbuild").BuildOptions} */
const forBrowsers = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
};

const buildScripts = () =>
  build({
    ...forBrowsers,
    entryPoints: {
      "js/rum": join(browser, "rum/index.ts"),
      "js/shop": join(browser, "shop/full/main.tsx"),
      "js/shop.lite": join(browser, "shop/lite/main.ts"),
      "css/shop": join(browser, "shop/shop.css"),
    },
    jsx: "automatic",
    outdir: site,
  });

/** The pages are React components: written here once, hydrated in the browser by shop.js. */
async function buildPages() {
  await build({
    entryPoints: [join(browser, "shop/pages/site.tsx")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    outfile: pages,
    logLevel: "warning",
  });
  // The address changes at each build, so that a second build in one process is not the first.
  const written = await import(`${pathToFileURL(pages).href}?${Date.now()}`);
  await Promise.all(
    Object.entries(/** @type {Record<string, string>} */ (written.site)).map(([name, html]) =>
      writeFile(join(site, name), html),
    ),
  );
  await rm(pages);
}

async function copyPhotographs() {
  /** @type {{ id: string, package: string, path: string }[]} */
  const photographs = JSON.parse(await readFile(join(browser, "shop/photographs.json"), "utf8"));
  await Promise.all(
    photographs.map((photograph) =>
      copyFile(
        join(root, "node_modules", photograph.package, photograph.path),
        join(site, "img", `${photograph.id}.jpg`),
      ),
    ),
  );
  return photographs.map(({ id }) => `img/${id}.jpg`);
}

async function main() {
  await rm(site, { recursive: true, force: true });
  await mkdir(join(site, "img"), { recursive: true });
  const [photographs] = await Promise.all([copyPhotographs(), buildScripts(), buildPages()]);
  const text = ["index.html", "category.html", "product.html", "css/shop.css"];
  const scripts = ["js/rum.js", "js/shop.js", "js/shop.lite.js"];
  for (const name of [...text, ...scripts, ...photographs]) {
    const content = await readFile(join(site, name));
    const gzip = name.startsWith("img/") ? "" : `${gzipSync(content, { level: 9 }).length}`;
    console.log(
      join(relative(root, site), name).padEnd(36) +
        String(content.length).padStart(9) +
        " B" +
        (gzip && `${gzip.padStart(9)} B gzip`),
    );
  }
}

if (process.argv.includes("--help")) {
  console.log(help);
} else if (process.argv.length > 2) {
  console.error(`build.mjs takes no ${process.argv[2]}; see --help`);
  process.exitCode = 2;
} else {
  await main();
}
