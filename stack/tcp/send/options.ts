/**
 * The options of an outgoing segment: what is to be said, how long it is, and how it is laid out.
 *
 * @module
 */
import { set16, set32 } from "../../wire/bytes.ts";
import {
  MAX_LENGTH,
  MAX_SACK_BLOCKS,
  TCPOLEN_MD5SIG,
  TCPOLEN_MSS,
  TCPOLEN_SACK_PERM,
  TCPOLEN_TIMESTAMP,
  TCPOLEN_WINDOW,
  TCPOPT_EXP,
  TCPOPT_FASTOPEN,
  TCPOPT_FASTOPEN_MAGIC,
  TCPOPT_MD5SIG,
  TCPOPT_MSS,
  TCPOPT_NOP,
  TCPOPT_SACK,
  TCPOPT_SACK_PERM,
  TCPOPT_TIMESTAMP,
  TCPOPT_WINDOW,
} from "../../wire/tcp_options.ts";

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
    if (this.cookie !== undefined) length += (this.cookieLength(this.cookie) + 3) & ~3;
    return length;
  }

  private cookieLength(cookie: Uint8Array): number {
    return cookie.length + (this.cookieExperimental ? 4 : 2);
  }

  /**
   * Writes them at `at`, each padded in front to a multiple of 4 octets so that its values are aligned; a SACK-permitted takes
   * the place of the timestamps' padding.
   */
  write(bytes: Uint8Array, start: number): void {
    let at = start;
    this.signatureAt = -1;
    if (this.signature) at = this.writeSignature(bytes, at);
    // RFC9293-MUST-14
    if (this.mss > 0) {
      bytes[at] = TCPOPT_MSS;
      bytes[at + 1] = TCPOLEN_MSS;
      set16(bytes, at + 2, this.mss);
      at += 4;
    }
    if (this.timestamps || this.sackPermitted) {
      bytes[at] = this.sackPermitted && this.timestamps ? TCPOPT_SACK_PERM : TCPOPT_NOP;
      bytes[at + 1] = this.sackPermitted && this.timestamps ? TCPOLEN_SACK_PERM : TCPOPT_NOP;
      bytes[at + 2] = this.timestamps ? TCPOPT_TIMESTAMP : TCPOPT_SACK_PERM;
      bytes[at + 3] = this.timestamps ? TCPOLEN_TIMESTAMP : TCPOLEN_SACK_PERM;
      at += 4;
    }
    if (this.timestamps) {
      // RFC7323-3.2-echo
      set32(bytes, at, this.tsval);
      set32(bytes, at + 4, this.tsecr);
      at += 8;
    }
    // RFC7323-2.2-send, RFC7323-2.3-shift-value
    if (this.windowScale >= 0) {
      bytes[at] = TCPOPT_NOP;
      bytes[at + 1] = TCPOPT_WINDOW;
      bytes[at + 2] = TCPOLEN_WINDOW;
      bytes[at + 3] = this.windowScale;
      at += 4;
    }
    if (this.sackBlocks > 0) at = this.writeBlocks(bytes, at);
    if (this.cookie !== undefined) this.writeCookie(bytes, at, this.cookie);
  }

  private writeSignature(bytes: Uint8Array, at: number): number {
    bytes[at] = bytes[at + 1] = TCPOPT_NOP;
    bytes[at + 2] = TCPOPT_MD5SIG;
    bytes[at + 3] = TCPOLEN_MD5SIG;
    this.signatureAt = at + 4;
    return at + 20;
  }

  private writeBlocks(bytes: Uint8Array, at: number): number {
    bytes[at] = bytes[at + 1] = TCPOPT_NOP;
    bytes[at + 2] = TCPOPT_SACK;
    bytes[at + 3] = 2 + 8 * this.sackBlocks;
    for (let i = 0; i < this.sackBlocks; i++) {
      set32(bytes, at + 4 + 8 * i, this.left[i]!);
      set32(bytes, at + 8 + 8 * i, this.right[i]!);
    }
    return at + 4 + 8 * this.sackBlocks;
  }

  private writeCookie(bytes: Uint8Array, at: number, cookie: Uint8Array): void {
    const length = this.cookieLength(cookie);
    bytes[at] = this.cookieExperimental ? TCPOPT_EXP : TCPOPT_FASTOPEN;
    bytes[at + 1] = length;
    if (this.cookieExperimental) set16(bytes, at + 2, TCPOPT_FASTOPEN_MAGIC);
    bytes.set(cookie, at + length - cookie.length);
    bytes.fill(TCPOPT_NOP, at + length, at + ((length + 3) & ~3));
  }
}
