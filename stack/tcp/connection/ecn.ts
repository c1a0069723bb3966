/**
 * Explicit congestion notification of one connection (RFC 3168).
 *
 * @module
 */
import { CWR, ECE } from "../../wire/tcp.ts";
import type { EcnMarks } from "../send/outbox.ts";

/** ECT(0). */
const CAPABLE = 2;

/** ECN state: off until the SYNs have agreed on it. */
export class Ecn implements EcnMarks {
  /** Both ends use it. */
  on = false;
  /** A CE mark has come and the peer has not said that it reduced its window: every ACK echoes it. */
  private echo = false;
  /** The window was reduced: the next new text says so. */
  private announce = false;
  /** The congestion control wants every CE mark echoed by itself (RFC 8257), and ECT on all packets. */
  precise = false;
  /** A packet with ECT came (`TCPI_OPT_ECN_SEEN`). */
  seen = false;

  outgoingFlags(fresh: boolean): number {
    if (!this.on) return 0;
    let flags = this.echo ? ECE : 0;
    // RFC3168-6.1.2-cwr-new, RFC3168-6.1.2-cwr-not-rexmit: CWR goes with the first new data after the window was reduced.
    if (this.announce && fresh) {
      flags |= CWR;
      this.announce = false;
    }
    return flags;
  }

  // RFC3168-6.1.1-no-ect-before, RFC3168-6.1.1-non-ecn, RFC9293-SHLD-8
  codepoint(textLength: number, fresh: boolean): number {
    if (!this.on) return 0;
    // RFC3168-6.1.4-ack-notect, RFC3168-5.2-pure-ack, RFC3168-6.1.5-rexmit: neither pure ACKs nor retransmissions are ECN-capable.
    return (textLength > 0 && fresh) || this.precise ? CAPABLE : 0;
  }

  /** The window was reduced because of an echo, or a loss: the peer is to be told. */
  reduced(): void {
    this.announce = this.on;
  }

  /** A segment with text came in. Whether an ACK must go at once: the first CE mark. */
  received(codepoint: number, flags: number, hasText: boolean): boolean {
    if (!this.on) return false;
    // RFC3168-6.1.3-echo: CWR ends the echo; a mark on the same packet begins another.
    if ((flags & CWR) !== 0 && hasText) this.echo = false;
    if ((codepoint & 3) !== 0) this.seen = true;
    // RFC3168-6.1.1-process-ce, RFC3168-6.1.3-delack, RFC3168-6.1.3-echo
    if ((codepoint & 3) !== 3) return false;
    const first = !this.echo;
    this.echo = true;
    return first;
  }

  /** DCTCP: the echo is what the last packet was marked with. */
  setEcho(on: boolean): void {
    this.echo = on;
  }
}
