/**
 * Not being quicker than packetdrill. Times count from the end of the event before, so what events take adds up, and as
 * the kernel's timers go off at ticks, verdicts depend on it. A run that is quicker waits so much longer.
 *
 * @module
 */

/**
 * What an event takes packetdrill, µs, waking up for it included: watched from outside, ten events of a script took it 0.60
 * to 1.46 ms more than the script says, half of the times 0.80 or less.
 */
const EVENT_US = 80;

/** How far one run in real time is ahead of packetdrill. */
export class Pace {
  #ahead_us = 0;

  /** An event was over so long after it was due, or after the event before if that was later. */
  event(took_us: number): void {
    this.#ahead_us += EVENT_US - took_us;
  }

  /** What comes next does not depend on how long what came before took. */
  restart(): void {
    this.#ahead_us = 0;
  }

  /** How much longer the run has to wait now than the script says, µs. */
  wait(): number {
    const ahead_us = Math.max(0, Math.trunc(this.#ahead_us));
    this.#ahead_us -= ahead_us;
    return ahead_us;
  }
}
