// The process a CloudFront Function runs in: `node function_child.mjs FOLDER`. It reads calls from
// standard input and writes to standard output: `{}` when the code is loaded, then an answer a
// call, each a line of JSON.
import { createInterface } from "node:readline";
import { load, within } from "./function_runtime.mjs";

const answering = "(async (text) => JSON.stringify(await handler(JSON.parse(text))))";
const run = within(load(process.argv[2]), answering);

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
