/**
 * The one timer of loss recovery: retransmission timeout, tail loss probe or reordering (RFC8985-8-timers).
 *
 * @module
 */
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";

/** What the timer runs for. */
export type TimerPurpose = "timeout" | "probe" | "reordering";

/** The timer of one connection. */
export class RetransmissionTimer {
  /** What it runs for, undefined while it does not. */
  purpose: TimerPurpose | undefined = undefined;
  /** When the retransmission timeout was (re)started, µs (RFC 6298 (5.1), (5.3)). */
  private startedAt = 0;
  private readonly timer: Timer;

  /** `rto` gives the timeout, µs; `latest` the time that it may not go beyond. */
  constructor(
    private readonly net: Net,
    private readonly rto: () => number,
    private readonly latest: () => number,
    fire: (purpose: TimerPurpose) => void,
  ) {
    this.timer = net.timers.create("tcp retransmission", () => {
      const { purpose } = this;
      this.purpose = undefined;
      if (purpose !== undefined) fire(purpose);
    });
  }

  /** When it expires, µs. */
  get expires(): number | undefined {
    return this.timer.expires;
  }

  /** The timeout counts from now on. */
  restart(): void {
    this.startedAt = this.net.now;
  }

  /** Runs for the retransmission timeout, counted from the last {@link restart}. */
  armTimeout(): void {
    this.arm("timeout", Math.max(this.timeoutAt, this.net.now));
  }

  /** Runs for a probe after `delay` µs, or for the timeout when that is earlier or as early (RFC8985-7.2-pto-rto). */
  armProbe(delay: number): void {
    this.arm("probe", Math.max(Math.min(this.net.now + delay, this.timeoutAt), this.net.now));
  }

  /** Runs for the reordering window. */
  armReordering(delay: number): void {
    this.arm("reordering", this.net.now + delay);
  }

  /** Stops. */
  cancel(): void {
    this.purpose = undefined;
    this.timer.cancel();
  }

  private get timeoutAt(): number {
    return Math.min(this.startedAt + this.rto(), this.latest());
  }

  private arm(purpose: TimerPurpose, at: number): void {
    this.purpose = purpose;
    if (this.timer.expires !== at) this.timer.arm(at);
  }
}
