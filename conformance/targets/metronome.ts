/**
 * Keeps the kernel's own timers on time while scripts run. A processor that sleeps has no tick, and the timers that TCP
 * armed there are left to another processor; when that one is busy with the scripts' commands, they go off a tick or
 * more late. A thread that wakes up a thousand times a second on it keeps that from happening.
 *
 * @module
 */

/** The thread. */
export class Metronome {
  readonly #worker: Worker;

  /** Starts it on one of `processors`; on whichever it gets where that is undefined. */
  constructor(processors: readonly number[] | undefined) {
    this.#worker = new Worker(new URL("./metronome_worker.ts", import.meta.url), { type: "module", name: "metronome" });
    // Without it timers are later, which is no reason to end.
    this.#worker.onerror = (event) => event.preventDefault();
    this.#worker.postMessage(processors?.slice(0, 1));
  }

  /** Ends the thread. */
  close(): void {
    this.#worker.terminate();
  }
}
