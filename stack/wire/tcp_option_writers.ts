/**
 * TCP options written as everybody sends them: each padded in front to a multiple of 4 octets, so that its values are
 * aligned. Every function gives where the next one goes.
 *
 * @module
 */
import { set16, set32 } from "./bytes.ts";
import {
  TCPOLEN_EXP_FASTOPEN_BASE,
  TCPOLEN_FASTOPEN_BASE,
  TCPOLEN_MD5SIG,
  TCPOLEN_MSS,
  TCPOLEN_SACK_BASE,
  TCPOLEN_SACK_PERBLOCK,
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
} from "./tcp_options.ts";

/** Octets of padding and head before the values of an aligned option. */
const ALIGNED_HEAD = 4;

/** Two octets of padding, kind and length. */
function putHead(bytes: Uint8Array, at: number, kind: number, length: number): number {
  bytes[at] = TCPOPT_NOP;
  bytes[at + 1] = TCPOPT_NOP;
  bytes[at + 2] = kind;
  bytes[at + 3] = length;
  return at + ALIGNED_HEAD;
}

/** Maximum segment size: RFC 9293 section 3.7.1. */
export function putMss(bytes: Uint8Array, at: number, mss: number): number {
  bytes[at] = TCPOPT_MSS;
  bytes[at + 1] = TCPOLEN_MSS;
  set16(bytes, at + 2, mss);
  return at + TCPOLEN_MSS;
}

/** SACK-permitted: RFC 2018 section 2. */
export function putSackPermitted(bytes: Uint8Array, at: number): number {
  return putHead(bytes, at, TCPOPT_SACK_PERM, TCPOLEN_SACK_PERM);
}

/** Timestamps: RFC 7323 section 3.2. A SACK-permitted takes the place of the padding. */
export function putTimestamps(
  bytes: Uint8Array,
  at: number,
  value: number,
  echo: number,
  sackPermitted: boolean,
): number {
  const values = putHead(bytes, at, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP);
  if (sackPermitted) {
    bytes[at] = TCPOPT_SACK_PERM;
    bytes[at + 1] = TCPOLEN_SACK_PERM;
  }
  set32(bytes, values, value);
  set32(bytes, values + 4, echo);
  return values + 8;
}

/** Window scale: RFC 7323 section 2.2. */
export function putWindowScale(bytes: Uint8Array, at: number, shift: number): number {
  bytes[at] = TCPOPT_NOP;
  bytes[at + 1] = TCPOPT_WINDOW;
  bytes[at + 2] = TCPOLEN_WINDOW;
  bytes[at + 3] = shift;
  return at + 4;
}

/** SACK: RFC 2018 section 3; `count` blocks with these edges. */
export function putSack(
  bytes: Uint8Array,
  start: number,
  count: number,
  left: Uint32Array,
  right: Uint32Array,
): number {
  let at = putHead(bytes, start, TCPOPT_SACK, TCPOLEN_SACK_BASE + TCPOLEN_SACK_PERBLOCK * count);
  for (let i = 0; i < count; i++, at += TCPOLEN_SACK_PERBLOCK) {
    set32(bytes, at, left[i]!);
    set32(bytes, at + 4, right[i]!);
  }
  return at;
}

/** Room for an MD5 signature, which ends where the next option goes: RFC 2385. */
export function putSignatureRoom(bytes: Uint8Array, at: number): number {
  return putHead(bytes, at, TCPOPT_MD5SIG, TCPOLEN_MD5SIG) + TCPOLEN_MD5SIG - 2;
}

/** Octets of a Fast Open option without what pads it. */
export function fastOpenLength(cookie: Uint8Array, experimental: boolean): number {
  return cookie.length + (experimental ? TCPOLEN_EXP_FASTOPEN_BASE : TCPOLEN_FASTOPEN_BASE);
}

/** Fast Open: RFC 7413 section 4.1.1, or in the experimental option of RFC 6994. Padded behind. */
export function putFastOpen(bytes: Uint8Array, at: number, cookie: Uint8Array, experimental: boolean): number {
  const length = fastOpenLength(cookie, experimental);
  const end = at + ((length + 3) & ~3);
  bytes[at] = experimental ? TCPOPT_EXP : TCPOPT_FASTOPEN;
  bytes[at + 1] = length;
  if (experimental) set16(bytes, at + 2, TCPOPT_FASTOPEN_MAGIC);
  bytes.set(cookie, at + length - cookie.length);
  bytes.fill(TCPOPT_NOP, at + length, end);
  return end;
}
