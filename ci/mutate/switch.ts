/**
 * The switch of mutants, in the copy of the tree that has them all: which one is on, and which were asked for.
 *
 * @module
 */

/** A mutant that is on may be asked for so often in one run; more is a loop without an end. */
export const MOST_ASKED = 3_000_000;

/** What is said of one that was asked for more often. */
export const IN_A_CIRCLE = "the mutant runs in a circle";

/** State of a process that runs mutants. */
export class MutantSwitch {
  /** The mutant that is on; 0 is none. */
  on = 0;
  #asked = 0;
  #reached = new Set<number>();

  /** Turns `mutant` on, and forgets what was reached. */
  turn(mutant: number): void {
    this.on = mutant;
    this.#asked = 0;
    this.#reached = new Set();
  }

  /** Whether the mutant is on. */
  isOn(mutant: number): boolean {
    if (this.on === 0) {
      this.#reached.add(mutant);
      return false;
    }
    if (mutant !== this.on) return false;
    if (++this.#asked > MOST_ASKED) throw new Error(IN_A_CIRCLE);
    return true;
  }

  /** Mutants whose code was reached since the last turn, while none was on. */
  get reached(): readonly number[] {
    return [...this.#reached];
  }
}

/** The process's switch: the copies of the sources have no other way to it. */
export const mutantSwitch = new MutantSwitch();

/** Whether the mutant is on. */
export function isOn(mutant: number): boolean {
  return mutantSwitch.isOn(mutant);
}
