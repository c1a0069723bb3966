/**
 * The persist timer: probes a window that the peer has shut (RFC 9293 section 3.8.6.1), and sends at last what waits for more.
 *
 * @module
 */
import { Counter } from "../../mib.ts";
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";

/** A probe that the device did not take is tried again soon, without counting as unanswered. */
const LOCAL_RETRY = 500_000;

/** Whose window is probed. */
export interface Prober {
  readonly rtoMax: number;
  readonly recovery: { readonly rto: number };
  /** Sends a probe: whether it left this host. */
  probe(): boolean;
  /** Something is in flight that the retransmission timer looks after. */
  readonly inFlight: boolean;
  /** Whether the connection goes on; `since`: when the first unanswered probe went. */
  mayProbe(probes: number, since: number): boolean;
}

/** One connection's persist timer. */
export class PersistTimer {
  private readonly timer: Timer;
  /** Probes since the peer last answered. */
  probes = 0;
  /** Doublings of the interval. */
  backoff = 0;
  private since = 0;

  /** A timer that is not running. */
  constructor(private readonly net: Net, private readonly prober: Prober) {
    this.timer = net.timers.create("tcp-persist", () => this.fire());
  }

  /** Something waits and nothing is in flight: starts unless it runs. */
  start(): void {
    // RFC9293-MUST-35, RFC9293-SHLD-29, RFC9293-3.8.6.2.1-override-timeout
    if (this.timer.pending) return;
    this.timer.arm(this.net.now + this.interval());
  }

  /** The peer has acknowledged something. `idle`: there is something to send and nothing in flight; `open`: the window takes it. */
  answered(idle: boolean, open: boolean): void {
    this.probes = 0;
    if (!idle || open) {
      this.backoff = 0;
      this.timer.cancel();
    } else {
      // RFC9293-MUST-37: the connection stays open as long as the peer answers.
      this.timer.arm(this.net.now + this.interval());
    }
  }

  /** No more probes. */
  stop(): void {
    this.timer.cancel();
  }

  /** RFC9293-SHLD-30: the interval grows exponentially. */
  private interval(): number {
    return Math.min(this.prober.recovery.rto * 2 ** this.backoff, this.prober.rtoMax);
  }

  private fire(): void {
    if (this.probes === 0) this.since = this.net.now;
    if (!this.prober.mayProbe(this.probes, this.since)) return;
    this.net.mib.inc(Counter.TcpExtTCPWinProbe);
    const left = this.prober.probe();
    this.probes++;
    // The probe was text that the window takes: it is sent again as any text is.
    if (left && this.prober.inFlight) return;
    if (left) this.backoff = Math.min(this.backoff + 1, 20);
    this.timer.arm(this.net.now + (left ? this.interval() : LOCAL_RETRY));
  }
}
