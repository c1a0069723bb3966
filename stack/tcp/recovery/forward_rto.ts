/**
 * F-RTO: was a retransmission timeout spurious? (RFC 5682, with and without SACK)
 *
 * @module
 */

/** What an acknowledgement after a timeout says. */
export type TimeoutVerdict =
  /** Not known yet: new data goes out, nothing is sent again. */
  | "undecided"
  /** Segments were really lost. */
  | "genuine"
  /** They were only late. */
  | "spurious";

/** What an acknowledgement said, as far as it matters here. */
export interface TimeoutEvidence {
  /** It advanced SND.UNA. */
  readonly advanced: boolean;
  /** It acknowledged everything that was sent when the timer expired. */
  readonly complete: boolean;
  /** It acknowledged, cumulatively or selectively, something sent before the timeout and never again. */
  readonly original: boolean;
  /** There is new data, and the peer's window takes it. */
  readonly canSendNew: boolean;
  /** SACK is in use. */
  readonly sack: boolean;
}

/** The detection of one connection. */
export class ForwardRto {
  private step: "idle" | "first" | "second" = "idle";

  /** Whether it is at work. */
  get active(): boolean {
    return this.step !== "idle";
  }

  /** Whether only new data is to be sent for now. */
  get holdsRetransmissions(): boolean {
    return this.step === "second";
  }

  /** The timer expired and the oldest segment was sent again (RFC5682-2.1-s1). */
  start(): void {
    this.step = "first";
  }

  /** Stops. */
  stop(): void {
    this.step = "idle";
  }

  /** An acknowledgement came. */
  onAck(evidence: TimeoutEvidence): TimeoutVerdict {
    if (this.step === "idle") return "genuine";
    if (evidence.sack && evidence.original) return this.finish("spurious"); // RFC5682-3.1-sack
    if (evidence.complete) return this.finish("genuine"); // RFC5682-2.1-s2a
    if (this.step === "first") return this.onFirst(evidence);
    return this.onSecond(evidence);
  }

  private onFirst(evidence: TimeoutEvidence): TimeoutVerdict {
    if (!evidence.advanced) return evidence.sack ? "undecided" : this.finish("genuine");
    if (!evidence.canSendNew) return this.finish("genuine"); // RFC5682-2.1-nodata
    this.step = "second"; // RFC5682-2.1-s2b
    return "undecided";
  }

  private onSecond(evidence: TimeoutEvidence): TimeoutVerdict {
    if (!evidence.advanced) return this.finish("genuine"); // RFC5682-2.1-s3a
    return this.finish(evidence.sack ? "genuine" : "spurious"); // RFC5682-2.1-s3b
  }

  private finish(verdict: TimeoutVerdict): TimeoutVerdict {
    this.step = "idle";
    return verdict;
  }
}
