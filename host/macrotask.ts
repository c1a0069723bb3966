/**
 * The cheapest way to let the runtime's event loop turn once: about 1 µs, against 7 µs through a MessageChannel and
 * over 1 ms through `setTimeout(0)` (measured in `bench/host_bench.ts`).
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Resolves after all microtasks and one turn of the runtime's event loop. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
