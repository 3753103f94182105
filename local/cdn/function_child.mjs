// The process a CloudFront Function runs in: `node function_child.mjs FOLDER`, where FOLDER has the
// code as `function.js` and what its KeyValueStore holds as `key_values.json`. It reads calls from
// standard input and writes to standard output: `{}` when the code is loaded, then an answer a
// call, each a line of JSON. The function sees the language alone: no require, process or fetch.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import vm from "node:vm";

const folder = process.argv[2];
const source = readFileSync(join(folder, "function.js"), "utf8");
const keyValues = readFileSync(join(folder, "key_values.json"), "utf8");

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-custom-methods.html
const CLOUDFRONT = `(() => {
  const stored = new Map(Object.entries(${keyValues}));
  const get = async (key, options) => {
    if (!stored.has(key)) throw new Error("KeyNotFound: " + key);
    const text = stored.get(key);
    return options && options.format === "json" ? JSON.parse(text) : text;
  };
  const store = { get, exists: async (key) => stored.has(key) };
  return { kvs: () => store };
})()`;

const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
const script = source.replace(
  /^import (\w+) from ["']cloudfront["'];$/m,
  (_, name) => `const ${name} = ${CLOUDFRONT};`,
);
vm.runInContext(`"use strict";${script}\n;globalThis.handler = handler;`, context, {
  filename: "function.js",
});
const run = vm.runInContext("(async (text) => JSON.stringify(await handler(JSON.parse(text))))", context);

process.stdout.write("{}\n");
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer;
  try {
    answer = `{"result":${(await run(JSON.stringify(JSON.parse(line).event))) ?? "null"}}`;
  } catch (error) {
    answer = JSON.stringify({ error: String(error) });
  }
  process.stdout.write(`${answer}\n`);
}
