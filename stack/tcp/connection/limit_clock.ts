/**
 * How long a connection had something to send, and what held it back (`tcpi_busy_time` and its kin).
 *
 * @module
 */

/** Why no more is being sent: nothing is left, the path is at work, the peer's window, or the send buffer. */
export type Limit = "none" | "busy" | "window" | "buffer";

/** Adds up times, µs. */
export class LimitClock {
  private current: Limit = "none";
  private since = 0;
  private totals = { busy: 0, window: 0, buffer: 0 };

  /** Nothing has been sent. */
  constructor(private readonly net: { readonly now: number }) {}

  /** From now on it is `limit`. */
  enter(limit: Limit): void {
    if (limit === this.current) return;
    this.settle();
    this.current = limit;
  }

  private settle(): void {
    const { now } = this.net;
    if (this.current !== "none") this.totals[this.current] += now - this.since;
    this.since = now;
  }

  private total(limit: "busy" | "window" | "buffer"): number {
    return Math.floor(this.totals[limit] + (this.current === limit ? this.net.now - this.since : 0));
  }

  /** Time with something to send. */
  get busy(): number {
    return this.total("busy") + this.total("window") + this.total("buffer");
  }

  /** Of that, held back by the peer's window. */
  get windowLimited(): number {
    return this.total("window");
  }

  /** Of that, held back by the send buffer. */
  get bufferLimited(): number {
    return this.total("buffer");
  }
}
