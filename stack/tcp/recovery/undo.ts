/**
 * What is needed to take a reduction of the window back when it was without cause (RFC 3522, RFC 4015, RFC 2883 and 3708).
 *
 * @module
 */
import { before } from "../../wire/seq.ts";
import type { RecoveryHost } from "./interface.ts";
import type { SentSegment } from "./sent_segment.ts";

/** The memory of one reduction. */
export class Undo {
  /** The window before. */
  priorCwnd = 0;
  /** The threshold before. */
  priorSsthresh = 0;
  /** SND.UNA when the reduction began; undefined when there is nothing to undo. */
  private from: number | undefined = undefined;
  /** Our timestamp when something was first sent again. */
  private firstTimestamp = 0;
  /** Pieces sent again that no DSACK has told of yet. */
  private unaccounted = 0;
  private resent = false;

  constructor(private readonly host: RecoveryHost) {}

  /** Whether there is a reduction that may be taken back. */
  get possible(): boolean {
    return this.from !== undefined;
  }

  /** A reduction begins with this window and threshold, everything before `sndUna` acknowledged. */
  begin(cwnd: number, ssthresh: number, sndUna: number): void {
    this.priorCwnd = cwnd;
    this.priorSsthresh = ssthresh;
    this.from = sndUna;
    this.unaccounted = 0;
    this.resent = false;
  }

  /** Nothing is to be undone any more. */
  forget(): void {
    this.from = undefined;
  }

  /** `segment` was sent again. */
  onSentAgain(segment: SentSegment): void {
    if (this.from === undefined) return;
    if (!this.resent) this.firstTimestamp = this.host.timestampNow();
    this.resent = true;
    this.unaccounted += segment.pieces;
  }

  /** A DSACK says that `pieces` from `left` on arrived twice. */
  onDsack(left: number, pieces: number): void {
    if (this.from !== undefined && !before(left, this.from)) this.unaccounted -= pieces;
  }

  /** Whether DSACKs say that everything that was sent again arrived twice: nothing had been lost. */
  get allArrivedTwice(): boolean {
    return this.from !== undefined && this.resent && this.unaccounted <= 0;
  }

  /** Whether an acknowledgement that advanced and echoes `timestamp` was for the originals (Eifel detection, RFC 3522 section 3.2). */
  wasForOriginal(timestamp: number | undefined): boolean {
    if (this.from === undefined) return false;
    if (!this.resent) return true; // nothing was sent again, and yet it arrived
    return this.host.timestamps && timestamp !== undefined && before(timestamp, this.firstTimestamp);
  }
}
