/**
 * The window that the peer offers (RFC 9293 section 3.8.6).
 *
 * @module
 */
import { geq, gt } from "../../wire/seq.ts";

/** SND.WND and what tells which segment brought it last. */
export class PeerWindow {
  /** SND.WND, octets. */
  size = 0;
  /** The largest window that was ever offered. */
  largest = 0;
  /** SND.WL1: SEG.SEQ of the last update. */
  private wl1 = 0;
  /** SND.WL2: SEG.ACK of the last update. */
  private wl2 = 0;

  /** `keepsShrunk`: a segment that is no newer than the last may not shrink the window (`deviations.ts`). */
  constructor(private readonly keepsShrunk: boolean) {}

  /** The window of the segment that ended the handshake, or of the SYN. */
  begin(seq: number, ack: number, size: number): void {
    this.wl1 = seq;
    this.wl2 = ack;
    this.size = this.largest = size;
  }

  /** Takes the window of an acceptable ACK, if it is not older than the last one. Whether it differs from that. */
  take(seq: number, ack: number, size: number, sndUna: number): boolean {
    if (!this.isNewer(seq, ack, size, sndUna)) return false;
    this.wl1 = seq;
    this.wl2 = ack;
    const changed = size !== this.size;
    this.size = size;
    if (size > this.largest) this.largest = size;
    return changed;
  }

  /** SND.WL1 < SEG.SEQ, or the same and SND.WL2 =< SEG.ACK. An ACK that acknowledges more counts always. */
  // RFC9293-3.10.7.4-ack-window-update
  private isNewer(seq: number, ack: number, size: number, sndUna: number): boolean {
    if (gt(ack, sndUna) || gt(seq, this.wl1)) return true;
    if (seq !== this.wl1) return false;
    if (this.keepsShrunk) return size > this.size || size === 0;
    return geq(ack, sndUna) && geq(ack, this.wl2);
  }
}
