/**
 * Windowed minimum of RTT samples (Kathleen Nichols' algorithm): three best samples of successively later parts of the
 * window.
 *
 * @module
 */

/** A windowed minimum; times in any unit, the same throughout. */
export class MinMax {
  private readonly t: [number, number, number] = [0, 0, 0];
  private readonly v: [number, number, number] = [0xffffffff, 0xffffffff, 0xffffffff];

  /** The minimum, 0xffffffff before any sample. */
  get(): number {
    return this.v[0];
  }

  /** Forgets everything but one sample. */
  reset(time: number, value: number): number {
    this.t.fill(time);
    this.v.fill(value);
    return value;
  }

  /** Adds a sample; samples older than `window` are forgotten. */
  runningMin(window: number, time: number, value: number): number {
    if (value <= this.v[0] || time - this.t[2] > window) return this.reset(time, value);
    if (value <= this.v[1]) {
      this.v[2] = this.v[1] = value;
      this.t[2] = this.t[1] = time;
    } else if (value <= this.v[2]) {
      this.v[2] = value;
      this.t[2] = time;
    }
    return this.subwinUpdate(window, time, value);
  }

  private subwinUpdate(window: number, time: number, value: number): number {
    const age = time - this.t[0];
    if (age > window) {
      this.shift(time, value);
      if (time - this.t[0] > window) this.shift(time, value);
    } else if (this.t[1] === this.t[0] && age > window / 4) {
      this.v[2] = this.v[1] = value;
      this.t[2] = this.t[1] = time;
    } else if (this.t[2] === this.t[1] && age > window / 2) {
      this.v[2] = value;
      this.t[2] = time;
    }
    return this.v[0];
  }

  private shift(time: number, value: number): void {
    this.v[0] = this.v[1];
    this.t[0] = this.t[1];
    this.v[1] = this.v[2];
    this.t[1] = this.t[2];
    this.v[2] = value;
    this.t[2] = time;
  }
}
