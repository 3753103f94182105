/** Work in slices, so that a tap in between is answered at once. */

/** Of a frame, what drawing may take before the next waits for another. */
const SLICE_MS = 8;

let queue: Promise<unknown> = Promise.resolve();
let began = 0;

/** After the browser has shown what was done so far. */
export function painted(): Promise<void> {
  return new Promise((done) => {
    if (document.hidden) setTimeout(done);
    else requestAnimationFrame(() => setTimeout(done));
  });
}

/** When it is its turn, in the order in which they asked. */
export function inTurn(work: () => void): Promise<void> {
  const mine = queue.then(work);
  queue = mine.catch(() => undefined).then(rest);
  return mine;
}

async function rest(): Promise<void> {
  if (performance.now() - began < SLICE_MS) return;
  await painted();
  began = performance.now();
}
