/**
 * Tail loss probes (RFC 8985 section 7): when acknowledgements stop coming, one segment asks for one before the timeout does.
 *
 * @module
 */
import { after, before } from "../../wire/seq.ts";

/** Time after which a probe goes when nothing was measured, µs. */
const PROBE_TIME_UNMEASURED = 1_000_000; // RFC8985-7.2-pto-2srtt
/** How long a receiver may keep back the acknowledgement of a single segment, µs. */
const WORST_DELAYED_ACK = 200_000; // RFC8985-7.2-pto-one

/** What the acknowledgement of a probe means. */
export type ProbeVerdict =
  /** Nothing, or no probe was under way. */
  | "none"
  /** Everything had arrived without the probe. */
  | "no loss"
  /** The probe itself repaired a loss. */
  | "loss repaired";

/** The probe of one connection. */
export class TailLossProbe {
  /** What was sent up to when the probe went out (TLP.end_seq). */
  private end: number | undefined = undefined;
  private isRetransmission = false;

  /** Whether a probe is unanswered. */
  get outstanding(): boolean {
    return this.end !== undefined;
  }

  /** Time from now to the probe, µs; `inFlight` pieces are under way. */
  static delay(srtt: number, inFlight: number): number {
    if (srtt === 0) return PROBE_TIME_UNMEASURED;
    return 2 * srtt + (inFlight === 1 ? WORST_DELAYED_ACK : 0);
  }

  /** A probe went out. */
  onSent(sndNxt: number, isRetransmission: boolean): void {
    this.end = sndNxt;
    this.isRetransmission = isRetransmission;
  }

  /** Forgets a probe: a recovery begins (RFC8985-7.1-init). */
  reset(): void {
    this.end = undefined;
  }

  /** An acknowledgement came; `dsackEnd` is the right edge of its DSACK, `duplicate` whether it is one without SACK blocks. */
  onAck(ack: number, dsackEnd: number | undefined, duplicate: boolean): ProbeVerdict {
    if (this.end === undefined || before(ack, this.end)) return "none";
    if (!this.isRetransmission || dsackEnd === this.end) return this.finish("no loss"); // RFC8985-7.4.2-dsack
    if (after(ack, this.end)) return this.finish("loss repaired"); // RFC8985-7.4.2-assume
    return duplicate ? this.finish("no loss") : "none";
  }

  private finish(verdict: ProbeVerdict): ProbeVerdict {
    this.end = undefined;
    return verdict;
  }
}
