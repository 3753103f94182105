// Writes the agent and its peers, each bundled and minified the same way, into the folder named.
// Each is set up as its own documentation shows, and reports to this page's own origin.

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const into = process.argv[2];
if (!into) throw new Error("usage: node bench/agents.mjs FOLDER");

const peers = {
  "aws-rum-web": `import { AwsRum } from "aws-rum-web";
    new AwsRum("11111111-2222-3333-4444-555555555555", "1.0.0", "us-east-1", {
      sessionSampleRate: 1, endpoint: location.origin + "/aws", signing: false, allowCookies: true,
      telemetries: ["performance", "errors", "http", "interaction"] });`,
  faro: `import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
    initializeFaro({ url: location.origin + "/faro", app: { name: "shop", version: "1" },
      instrumentations: getWebInstrumentations() });`,
  datadog: `import { datadogRum } from "@datadog/browser-rum";
    datadogRum.init({ applicationId: "11111111-2222-3333-4444-555555555555", clientToken: "pub1",
      site: "datadoghq.com", proxy: location.origin + "/datadog", sessionSampleRate: 100,
      trackUserInteractions: true, trackResources: true, trackLongTasks: true });`,
};

// The least that tells of the vitals at all, as web-vitals' own documentation has it.
peers["web-vitals"] = `import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
    const queue = new Set();
    for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on((metric) => queue.add(metric));
    addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && queue.size)
        navigator.sendBeacon("/vitals", JSON.stringify([...queue]));
    });`;

// The least that any report costs: one of 1,000 bytes, and nothing measured.
peers["one-fetch"] = `addEventListener("load", () => setTimeout(() => fetch("/one", {
    method: "POST", keepalive: true, body: "x".repeat(1000) }), 600));`;

await mkdir(into, { recursive: true });
await copyFile(join(root, "browser/rum/dist/rum.js"), join(into, "adaptive-edge.js"));
await writeFile(join(into, "none.js"), "");
for (const [name, contents] of Object.entries(peers)) {
  await build({
    stdin: { contents, resolveDir: root },
    outfile: join(into, `${name}.js`),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
}
