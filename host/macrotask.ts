/**
 * Letting the runtime's event loop turn once. `setImmediate` runs after one poll of the loop and costs a few
 * microseconds; `setTimeout(0)` is a timer of its own that comes a millisecond or more late when the loop is idle
 * (`bench/host_bench.ts`, `bench/lateness.ts`).
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
