/**
 * Has the timed parts of several runs go on together and with nothing else: none begins before all worlds are set up, and
 * none is taken down before all are over. Setting up and taking down keeps processors and the kernel's locks busy, and
 * the timers of scripts under way then go off late.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

/** Timed parts begin one after the other at this distance, lest the same moments of all come at once, ms. */
const BEGIN_SPACING_MS = 6;
/** And worlds are taken down at this. */
const END_SPACING_MS = 2;

/** One run's passage. */
export interface Passage {
  /** Resolves when the run's time may begin. */
  ready(): Promise<void>;
  /** The run's time is over, or never began; may be told again. Resolves when all others' is over, too. */
  over(): Promise<void>;
}

/** A gate for a fixed number of runs. Each has to go through it once. */
export class Gate {
  #settingUp: number;
  #running: number;
  #begun = 0;
  #ended = 0;
  readonly #open = Promise.withResolvers<void>();
  readonly #empty = Promise.withResolvers<void>();

  /** For so many runs. `quiet` resolves when nothing else goes on that would disturb them. */
  constructor(runs: number, private readonly quiet: () => Promise<void>) {
    this.#settingUp = this.#running = runs;
  }

  /** To be called once for each run. */
  enter(): Passage {
    let [isReady, isOver] = [false, false];
    const ready = () => {
      if (!isReady && --this.#settingUp === 0) this.quiet().then(this.#open.resolve);
      isReady = true;
    };
    return {
      ready: async () => {
        ready();
        await this.#open.promise;
        await delay(this.#begun++ * BEGIN_SPACING_MS);
      },
      over: async () => {
        ready();
        if (!isOver && --this.#running === 0) this.#empty.resolve();
        isOver = true;
        await this.#empty.promise;
        await delay(this.#ended++ * END_SPACING_MS);
      },
    };
  }
}
