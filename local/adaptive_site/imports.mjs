// Standard input: a JSON list of scripts and style sheets. Standard output, as JSON: for each of
// them what it imports, {file: [{specifier, kind}]}, as esbuild's parser reads it.
// https://esbuild.github.io/plugins/#on-resolve-arguments lists the kinds.

import { text } from "node:stream/consumers";
import { build } from "esbuild";

const files = JSON.parse(await text(process.stdin));
const imports = Object.fromEntries(files.map((file) => [file, []]));

const listen = {
  name: "listen",
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
      if (kind === "entry-point") {
        return { path };
      }
      imports[importer].push({ specifier: path, kind });
      return { path, external: true };
    });
  },
};

try {
  await build({
    entryPoints: files,
    bundle: true,
    write: false,
    outdir: "/",
    format: "esm",
    target: "esnext",
    treeShaking: false,
    logLevel: "silent",
    plugins: [listen],
  });
  console.log(JSON.stringify(imports));
} catch (error) {
  const [first] = error.errors ?? [];
  const where = first?.location ? `${first.location.file}:${first.location.line}: ` : "";
  console.error(where + (first?.text ?? error.message));
  process.exitCode = 1;
}
