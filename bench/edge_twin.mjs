// `node edge_twin.mjs FOLDER ROUNDS`: times the CloudFront Function in FOLDER on the events on
// standard input, and prints [p50, p99] in microseconds.
import { readFileSync } from "node:fs";
import { load } from "../local/cdn/function_runtime.mjs";

const [folder, rounds] = process.argv.slice(2);
const { handler } = load(folder);
const texts = JSON.parse(readFileSync(0, "utf8")).map((event) => JSON.stringify(event));

async function timed(passes) {
  const took = [];
  for (let pass = 0; pass < passes; pass++) {
    const events = texts.map((text) => JSON.parse(text)); // the function changes what it is given
    for (const event of events) {
      const begin = process.hrtime.bigint();
      await handler(event);
      took.push(Number(process.hrtime.bigint() - begin) / 1e3);
    }
  }
  took.sort((one, other) => one - other);
  return [took[Math.floor(took.length / 2)], took[Math.floor((took.length * 99) / 100)]];
}

await timed(Math.ceil(rounds / 10));
console.log(JSON.stringify(await timed(Number(rounds))));
