/**
 * The least value of a sliding window of time, in constant space (RFC 8985 section 6.2 step 1: min_RTT).
 *
 * The window is cut into slots; the least of each slot is kept, and slots fall out whole. So a value is remembered for the window's
 * length and at most one slot longer.
 *
 * @module
 */

const SLOTS = 8;

/** A minimum over the last {@link length} µs. */
export class WindowedMinimum {
  private readonly least: number[] = new Array(SLOTS).fill(Infinity);
  private slot = 0;
  private slotEnd = -Infinity;
  /** The least of the window; `Infinity` when there was nothing. */
  value = Infinity;

  /** `length` of the window, µs, may change. */
  constructor(private readonly length: () => number) {}

  /** `value` was seen at `now`. */
  add(value: number, now: number): void {
    if (now >= this.slotEnd) this.turn(now);
    if (value < this.least[this.slot]!) this.least[this.slot] = value;
    if (value < this.value) this.value = value;
  }

  /** Goes on to the slot of `now`. */
  private turn(now: number): void {
    const slot = Math.max(this.length() / SLOTS, 1);
    const passed = this.slotEnd === -Infinity
      ? SLOTS
      : Math.min(Math.floor((now - this.slotEnd) / slot) + 1, SLOTS + 1);
    for (let i = 0; i < Math.min(passed, SLOTS); i++) {
      this.slot = (this.slot + 1) % SLOTS;
      this.least[this.slot] = Infinity;
    }
    this.slotEnd = passed > SLOTS || this.slotEnd === -Infinity ? now + slot : this.slotEnd + passed * slot;
    this.value = Math.min(...this.least);
  }
}
