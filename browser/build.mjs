#!/usr/bin/env node
// Builds the demo shop and the agent into build/site/, the dashboard into build/dashboard/. `--help` says more.

import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const help = `usage: node browser/build.mjs [--agent] [--help]

Builds build/site/: the demo shop's three pages, css/shop.css, img/ (photographs copied from
node_modules) and js/ (rum.js, the agent; shop.js and shop.lite.js, the shop's two bundles).
Builds browser/rum/dist/, too: the agent as an npm package. Prints each file with its size, plain and
gzipped, and the agent's integrity hash. Writes build/bundles.json, which says what each
bundle was built from: ./adaptive-site check --manifest build/bundles.json. --agent: only the package; --dashboard: only build/dashboard/,
which is built along with the site. Needs \`npm ci\` once before.`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const browser = join(root, "browser");
const site = join(root, "build", "site");

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

/**
 * Names that no other code sees, web-vitals' own among them: every visitor downloads this.
 * @type {import("esbuild").BuildOptions}
 */
const forVisitors = {
  ...forBrowsers,
  // What runs web-vitals runs both: Safari from 14.1, Chrome from 85, Firefox from 79.
  target: "es2021",
  supported: { "class-field": true },
  // Nearly every function runs in every view. Chromium compiles them all as the script arrives, on
  // another thread, not each at its first call, where the page waits.
  banner: { js: "//# allFunctionsCalledOnLoad" },
  mangleProps:
    /^_|^(restart|candidate|loaded|identity|isOver|reported|start_ms|on(Candidate|SoftNavigation)|schedule|resume|current|post|read|send|leave|fault|reportAllChanges|reportSoftNavs|onHidden|firstHiddenTime|rating|delta|navigationURL|navigationInteractionId|navigationType|navigationStartTime|entries|items|beacons|failed|run)$/,
};

/** @param {string} into */
async function buildScripts(into) {
  const built = await Promise.all([
    build({
      ...forBrowsers,
      entryPoints: {
        "js/shop": join(browser, "shop/full/main.tsx"),
        "js/shop.lite": join(browser, "shop/lite/main.ts"),
        "css/shop": join(browser, "shop/shop.css"),
      },
      jsx: "automatic",
      outdir: into,
      metafile: true,
      absWorkingDir: root,
    }),
    build({
      ...forVisitors,
      entryPoints: { "js/rum": join(browser, "rum/index.ts") },
      outdir: into,
      metafile: true,
      absWorkingDir: root,
    }),
  ]);
  return built.map(({ metafile }) => metafile.outputs);
}

/** @param {string} path */
const remove = (path) => rm(path, { recursive: true, force: true });

/** The npm package: the script for a tag, the same as a module, types, and what it is licensed by. */
async function buildPackage() {
  const rum = join(browser, "rum");
  const dist = join(rum, "dist");
  // Whoever reads the old package meanwhile finds each of its files, old or new.
  const into = `${dist}.${process.pid}`;
  await Promise.all([
    build({
      ...forVisitors,
      entryPoints: { rum: join(rum, "index.ts") },
      outdir: into,
    }),
    build({
      ...forVisitors,
      format: "esm",
      entryPoints: { index: join(rum, "module.ts") },
      outdir: into,
    }),
  ]);
  await copyFile(join(rum, "api.d.ts"), join(into, "index.d.ts"));
  await copyFile(join(root, "LICENSE"), join(into, "LICENSE"));
  await copyFile(join(root, "node_modules/web-vitals/LICENSE"), join(into, "LICENSE.web-vitals"));
  const script = await readFile(join(into, "rum.js"));
  await mkdir(dist, { recursive: true });
  const [fresh, old] = await Promise.all([readdir(into), readdir(dist)]);
  await Promise.all(fresh.map((name) => rename(join(into, name), join(dist, name))));
  const gone = old.filter((name) => !fresh.includes(name));
  await Promise.all([into, ...gone.map((name) => join(dist, name))].map(remove));
  return `sha384-${createHash("sha384").update(script).digest("base64")}`;
}

/** The dashboard, in build/dashboard/: its page, what every view needs, and a file for each other. */
async function buildDashboard() {
  const own = join(browser, "dashboard");
  const into = join(root, "build", "dashboard");
  await remove(into);
  const { metafile } = await build({
    ...forBrowsers,
    entryPoints: [
      { in: join(own, "main.ts"), out: "dashboard" },
      { in: join(own, "dashboard.css"), out: "dashboard" },
    ],
    inject: [join(own, "shared.ts")],
    format: "esm",
    splitting: true,
    // An open page goes on with the files that it was built with.
    chunkNames: "[name]-[hash]",
    target: "es2022",
    outdir: into,
    metafile: true,
  });
  const page = await readFile(join(own, "index.html"), "utf8");
  await writeFile(join(into, "index.html"), preloading(page, metafile));
  await copyFile(join(own, "icon.svg"), join(into, "icon.svg"));
  return Promise.all((await readdir(into)).map((name) => sizeLine(name, into)));
}

/**
 * What the entry imports is fetched along with it, not after it.
 * @param {string} page
 * @param {import("esbuild").Metafile} metafile
 */
function preloading(page, { outputs }) {
  const entry = Object.entries(outputs).find(([name]) => name.endsWith("/dashboard.js"));
  const links = (entry?.[1].imports ?? [])
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `<link rel="modulepreload" href="${basename(path)}" />`);
  return page.replace("<!-- preloads -->", links.join("\n    "));
}

/** @type {(content: Buffer) => Buffer} */
const sha256 = (content) => createHash("sha256").update(content).digest();

/**
 * What each bundle was built from, in the shape of infra/bundles.py; for packages the lock speaks.
 * @param {import("esbuild").Metafile["outputs"][]} built
 * @param {string} into
 */
async function writeManifest(built, into) {
  const outputs = built.flatMap(Object.entries).map(async ([output, { inputs }]) => {
    const own = Object.keys(inputs).filter((input) => !input.includes("node_modules/"));
    const files = [...own, "package-lock.json"].sort();
    const each = await Promise.all(files.map(async (file) => readFile(join(root, file))));
    const digest = sha256(Buffer.concat(each.map(sha256))).toString("hex");
    return [`/${relative(into, join(root, output))}`, { files, sha256: digest }];
  });
  const twins = { "/js/shop.js": { lite: "/js/shop.lite.js", minimal: "/js/shop.lite.js" } };
  const manifest = { bundles: twins, built_from: Object.fromEntries(await Promise.all(outputs)) };
  await writeFile(join(root, "build", "bundles.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * The pages are React components: written here once, hydrated in the browser by shop.js.
 * @param {string} into
 */
async function buildPages(into) {
  // Beside the site, so that it finds node_modules; a name of its own, so that it is imported anew.
  const pages = `${into}.mjs`;
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
  const written = await import(pathToFileURL(pages).href);
  await Promise.all(
    Object.entries(/** @type {Record<string, string>} */ (written.site)).map(([name, html]) =>
      writeFile(join(into, name), html),
    ),
  );
  await rm(pages);
}

/** @param {string} into */
async function copyPhotographs(into) {
  /** @type {{ id: string, package: string, path: string }[]} */
  const photographs = JSON.parse(await readFile(join(browser, "shop/photographs.json"), "utf8"));
  await Promise.all(
    photographs.map((photograph) =>
      copyFile(
        join(root, "node_modules", photograph.package, photograph.path),
        join(into, "img", `${photograph.id}.jpg`),
      ),
    ),
  );
  return photographs.map(({ id }) => `img/${id}.jpg`);
}

/** @param {string} into */
async function buildInto(into) {
  await mkdir(join(into, "img"), { recursive: true });
  const [photographs, built] = await Promise.all([
    copyPhotographs(into),
    buildScripts(into),
    buildPages(into),
  ]);
  await writeManifest(built, into);
  const text = ["index.html", "category.html", "product.html", "css/shop.css"];
  return [...text, "js/rum.js", "js/shop.js", "js/shop.lite.js", ...photographs];
}

/** @param {string} name @param {string} folder */
async function sizeLine(name, folder = site) {
  const content = await readFile(join(folder, name));
  const gzip = name.startsWith("img/") ? "" : `${gzipSync(content, { level: 9 }).length}`;
  return (
    join(relative(root, folder), name).padEnd(36) +
    String(content.length).padStart(9) +
    " B" +
    (gzip && `${gzip.padStart(9)} B gzip`)
  );
}

async function buildSite() {
  // Whoever serves the old site goes on doing so until the new one is complete.
  const fresh = `${site}.${process.pid}`;
  try {
    const names = await buildInto(fresh);
    await remove(site);
    await rename(fresh, site);
    console.log((await Promise.all(names.map((name) => sizeLine(name)))).join("\n"));
  } finally {
    await remove(fresh);
  }
}

const [option] = process.argv.slice(2);
if (option === "--help") {
  console.log(help);
} else if (option && option !== "--agent" && option !== "--dashboard") {
  console.error(`build.mjs takes no ${option}; see --help`);
  process.exitCode = 2;
} else if (option === "--dashboard") {
  console.log((await buildDashboard()).join("\n"));
} else {
  if (!option) {
    await buildSite();
    console.log((await buildDashboard()).join("\n"));
  }
  const integrity = await buildPackage();
  console.log(`\n<script src="/js/rum.js" integrity="${integrity}" defer></script>`);
}
