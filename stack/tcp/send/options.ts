/**
 * The options of an outgoing segment: what is to be said, how long it is, and how it is laid out.
 *
 * @module
 */
import {
  fastOpenLength,
  putFastOpen,
  putMss,
  putSack,
  putSackPermitted,
  putSignatureRoom,
  putTimestamps,
  putWindowScale,
} from "../../wire/tcp_option_writers.ts";
import {
  MAX_LENGTH,
  MAX_SACK_BLOCKS,
  TCPOLEN_MD5SIG,
  TCPOLEN_MSS,
  TCPOLEN_SACK_PERM,
  TCPOLEN_TIMESTAMP,
  TCPOLEN_WINDOW,
} from "../../wire/tcp_options.ts";

/** Octets of a signature. */
const SIGNATURE_LENGTH = TCPOLEN_MD5SIG - 2;

/** Options on their way out. One object is used again and again: {@link reset}, fill in, {@link length}, {@link write}. */
export class OutgoingOptions {
  /** MSS to announce, 0 for none. */
  mss = 0;
  sackPermitted = false;
  /** Window scale to announce, -1 for none. */
  windowScale = -1;
  timestamps = false;
  tsval = 0;
  tsecr = 0;
  /** How many blocks of {@link left} and {@link right} to send. */
  sackBlocks = 0;
  readonly left: Uint32Array = new Uint32Array(MAX_SACK_BLOCKS);
  readonly right: Uint32Array = new Uint32Array(MAX_SACK_BLOCKS);
  /** Fast Open cookie; empty asks for one. */
  cookie: Uint8Array | undefined = undefined;
  /** The cookie goes in the experimental option (RFC 6994). */
  cookieExperimental = false;
  /** Leave room for an MD5 signature (RFC 2385). */
  signature = false;
  /** Where {@link write} left room for the signature, -1 for nowhere. */
  signatureAt = -1;

  /** No options. */
  reset(): void {
    this.mss = 0;
    this.sackPermitted = false;
    this.windowScale = -1;
    this.timestamps = false;
    this.sackBlocks = 0;
    this.cookie = undefined;
    this.cookieExperimental = false;
    this.signature = false;
  }

  /** How many SACK blocks still fit beside everything else (RFC 2018: 4, 3 with timestamps). */
  get roomForBlocks(): number {
    return Math.max(Math.floor((MAX_LENGTH - this.lengthWithoutBlocks() - 4) / 8), 0);
  }

  /** Octets they take, a multiple of 4. */
  get length(): number {
    return this.lengthWithoutBlocks() + (this.sackBlocks > 0 ? 4 + 8 * this.sackBlocks : 0);
  }

  private lengthWithoutBlocks(): number {
    let length = 0;
    if (this.signature) length += 2 + TCPOLEN_MD5SIG;
    if (this.mss > 0) length += TCPOLEN_MSS;
    if (this.timestamps) length += 2 + TCPOLEN_TIMESTAMP;
    else if (this.sackPermitted) length += 2 + TCPOLEN_SACK_PERM;
    if (this.windowScale >= 0) length += 1 + TCPOLEN_WINDOW;
    if (this.cookie !== undefined) length += (fastOpenLength(this.cookie, this.cookieExperimental) + 3) & ~3;
    return length;
  }

  /** Writes them at `start`. */
  write(bytes: Uint8Array, start: number): void {
    let at = start;
    this.signatureAt = -1;
    if (this.signature) {
      at = putSignatureRoom(bytes, at);
      this.signatureAt = at - SIGNATURE_LENGTH;
    }
    // RFC9293-MUST-14
    if (this.mss > 0) at = putMss(bytes, at, this.mss);
    // RFC7323-3.2-echo
    if (this.timestamps) at = putTimestamps(bytes, at, this.tsval, this.tsecr, this.sackPermitted);
    else if (this.sackPermitted) at = putSackPermitted(bytes, at);
    // RFC7323-2.2-send, RFC7323-2.3-shift-value
    if (this.windowScale >= 0) at = putWindowScale(bytes, at, this.windowScale);
    // RFC2018-3-block-edges
    if (this.sackBlocks > 0) at = putSack(bytes, at, this.sackBlocks, this.left, this.right);
    if (this.cookie !== undefined) putFastOpen(bytes, at, this.cookie, this.cookieExperimental);
  }
}
