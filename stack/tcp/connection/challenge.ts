/**
 * ACKs that anybody could provoke, and how often they are sent (RFC 5961).
 *
 * @module
 */
import { Counter } from "../../mib.ts";
import type { TcpContext } from "../context.ts";

/** Limits a connection's answers to segments that are not acceptable. */
export class AnswerLimit {
  private last = -Infinity;

  /** Counts in `context`. */
  constructor(private readonly context: TcpContext) {}

  /** Whether a segment out of the window may be answered now (`net.ipv4.tcp_invalid_ratelimit`); `counter` counts those that may not. */
  allow(counter: number): boolean {
    const { now } = this.context.net;
    const interval = this.context.config.invalid_ratelimit.value * 1000;
    if (now - this.last < interval) {
      this.context.net.mib.inc(counter);
      return false;
    }
    this.last = now;
    return true;
  }

  /** Whether a challenge ACK may be sent now. */
  // RFC5961-7-throttle
  challenge(): boolean {
    if (!this.allow(Counter.TcpExtTCPACKSkippedChallenge)) return false;
    if (!this.context.challenges.spend(this.context.net.now, this.context.config.challenge_ack_limit.value)) {
      return false;
    }
    this.context.net.mib.inc(Counter.TcpExtTCPChallengeACK);
    return true;
  }
}
