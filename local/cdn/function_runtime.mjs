// A CloudFront Function on this machine: the language alone, no require, process or fetch.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-custom-methods.html
const cloudfront = (keyValues) => `(() => {
  const stored = new Map(Object.entries(${keyValues}));
  const get = async (key, options) => {
    if (!stored.has(key)) throw new Error("KeyNotFound: " + key);
    const text = stored.get(key);
    return options && options.format === "json" ? JSON.parse(text) : text;
  };
  const store = { get, exists: async (key) => stored.has(key) };
  return { kvs: () => store };
})()`;

// The context of `function.js` in the folder, `key_values.json` being what its store holds.
export function load(folder) {
  const source = readFileSync(join(folder, "function.js"), "utf8");
  const keyValues = readFileSync(join(folder, "key_values.json"), "utf8");
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  const script = source.replace(
    /^import (\w+) from ["']cloudfront["'];$/m,
    (_, name) => `const ${name} = ${cloudfront(keyValues)};`,
  );
  vm.runInContext(`"use strict";${script}\n;globalThis.handler = handler;`, context, {
    filename: "function.js",
  });
  return context;
}

// An expression of the context's own language, evaluated there.
export const within = (context, expression) => vm.runInContext(expression, context);
