/**
 * Proportional rate reduction (RFC 9937): how much may be sent while the window comes down to `ssthresh`.
 *
 * @module
 */

/** One episode of reduction after the other. */
export class ProportionalRate {
  private delivered = 0;
  private sent = 0;
  /** RecoverFS: what was in flight at the start. */
  private flight = 1;

  /**
   * The window is to come down (RFC9937-6.1-init). `flight` is SND.NXT-SND.UNA in pieces without what was acknowledged selectively earlier,
   * but with what the acknowledgement that starts the episode acknowledges (RFC9937-6.1-recoverfs).
   */
  begin(flight: number): void {
    this.delivered = this.sent = 0;
    this.flight = Math.max(flight, 1);
  }

  /** `pieces` went out (RFC9937-6.3-out). */
  onSent(pieces: number): void {
    this.sent += pieces;
  }

  /**
   * An acknowledgement delivered `delivered` pieces and left `inFlight`; `safe` when it advanced SND.UNA and told of no further loss.
   * Returns the window, pieces; undefined when it stays (RFC9937-6.2-zero).
   */
  onAck(delivered: number, inFlight: number, ssthresh: number, safe: boolean): number | undefined {
    if (delivered <= 0) return undefined;
    this.delivered += delivered;
    return this.window(delivered, inFlight, ssthresh, safe);
  }

  /** The window when a timer, not an acknowledgement, starts the episode: enough for the first retransmission. */
  onTimer(inFlight: number, ssthresh: number): number {
    return this.window(0, inFlight, ssthresh, false);
  }

  private window(delivered: number, inFlight: number, ssthresh: number, safe: boolean): number {
    let count: number;
    if (inFlight > ssthresh) { // RFC9937-6.2-proportional
      count = Math.ceil(this.delivered * ssthresh / this.flight) - this.sent;
    } else {
      count = Math.max(this.delivered - this.sent, delivered); // RFC9937-6.2-crb
      if (safe) count++; // RFC9937-6.2-ssrb
      count = Math.min(count, ssthresh - inFlight);
    }
    const least = this.sent === 0 ? 1 : 0; // RFC9937-6.2-force-rexmit
    // RFC9937-6.2-cwnd. Not nothing when all that was sent again is lost, too: only a timeout would go on.
    return Math.max(inFlight + Math.max(count, least), 1);
  }
}
