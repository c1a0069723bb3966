/**
 * How long a thread that is to make a call takes to make it, as it was seen lately: so much before its time it is started.
 *
 * @module
 */

/** A thread that takes longer was held up, µs. */
const MOST = 1000;
/** What a new value counts. */
const SHARE = 0.2;

/** Learns from each thread. */
export class Lead {
  #us = 0;

  /** µs. */
  get us(): number {
    return Math.trunc(this.#us);
  }

  /** A thread took so long, µs. */
  note(took_us: number): void {
    const bounded = Math.min(Math.max(took_us, 0), MOST);
    this.#us = this.#us === 0 ? bounded : (1 - SHARE) * this.#us + SHARE * bounded;
  }
}
