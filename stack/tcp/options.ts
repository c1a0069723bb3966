/**
 * TCP options as Linux lays them out, and what is read from those received.
 *
 * @module
 */
import { set16, set32 } from "../wire/bytes.ts";
import {
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
} from "../wire/tcp_options.ts";
import type { FastopenCookie } from "./fastopen_cookie.ts";
import type { TcpSock } from "./state.ts";

/** Most octets of options. */
const MAX_TCP_OPTION_SPACE = 40;
/** NOP NOP MD5: 20 octets. */
export const TCPOLEN_MD5SIG_ALIGNED = 20;
/** NOP NOP TS: 12 octets. */
export const TCPOLEN_TSTAMP_ALIGNED = 12;

/** Options of one outgoing segment (`tcp_out_options`); one object is filled again and again. */
export class OutOptions {
  /** Octets in all, a multiple of 4. */
  size = 0;
  md5 = false;
  /** 0 for no MSS option. */
  mss = 0;
  sack_advertise = false;
  ts = false;
  tsval = 0;
  tsecr = 0;
  /** -1 for no window scale option. */
  ws = -1;
  num_sack_blocks = 0;
  cookie: FastopenCookie | undefined = undefined;

  /** No options. */
  reset(): void {
    this.size = 0;
    this.md5 = false;
    this.mss = 0;
    this.sack_advertise = false;
    this.ts = false;
    this.ws = -1;
    this.num_sack_blocks = 0;
    this.cookie = undefined;
  }

  /** Adds the cookie option if there is room, and says so. */
  fastopen(cookie: FastopenCookie | undefined): boolean {
    if (cookie === undefined || cookie.len < 0) return false;
    const need = (cookie.len + (cookie.exp ? 4 : 2) + 3) & ~3;
    if (MAX_TCP_OPTION_SPACE - this.size < need) return false;
    this.size += need;
    this.cookie = cookie;
    return true;
  }
}

/** Octets of options that every segment of the connection has now. */
export function tcp_established_options_size(sk: TcpSock): number {
  let size = sk.rx_opt.tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0;
  if (sk.md5_keys?.find(sk) !== undefined) size += TCPOLEN_MD5SIG_ALIGNED;
  const blocks = sack_blocks(sk, size);
  return blocks === 0 ? size : size + 4 + 8 * blocks;
}

function sack_blocks(sk: TcpSock, size: number): number {
  const effective = sk.rx_opt.num_sacks + (sk.rx_opt.dsack ? 1 : 0);
  if (effective === 0) return 0;
  const remaining = MAX_TCP_OPTION_SPACE - size;
  return remaining < 12 ? 0 : Math.min(effective, (remaining - 4) >> 3);
}

/** Options of a segment of a synchronized connection (`tcp_established_options`). */
export function tcp_established_options(sk: TcpSock, out: OutOptions): void {
  out.reset();
  if (sk.md5_keys?.find(sk) !== undefined) {
    out.md5 = true;
    out.size += TCPOLEN_MD5SIG_ALIGNED;
  }
  if (sk.rx_opt.tstamp_ok) {
    out.ts = true;
    out.tsval = (sk.tcp_time_stamp + sk.tsoffset) >>> 0;
    out.tsecr = sk.rx_opt.ts_recent;
    out.size += TCPOLEN_TSTAMP_ALIGNED;
  }
  out.num_sack_blocks = sack_blocks(sk, out.size);
  if (out.num_sack_blocks > 0) out.size += 4 + 8 * out.num_sack_blocks;
}

/** Writes the options at `bytes[at]` and returns where the MD5 digest goes, -1 for none (`tcp_options_write`). */
export function tcp_options_write(bytes: Uint8Array, at: number, out: OutOptions, sk: TcpSock | undefined): number {
  let p = at;
  let md5_at = -1;
  if (out.md5) {
    set32(bytes, p, (TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) | (TCPOPT_MD5SIG << 8) | 18);
    md5_at = p + 4;
    p += TCPOLEN_MD5SIG_ALIGNED;
  }
  if (out.mss !== 0) {
    set32(bytes, p, (TCPOPT_MSS << 24) | (4 << 16) | out.mss);
    p += 4;
  }
  if (out.ts) {
    const front = out.sack_advertise ? (TCPOPT_SACK_PERM << 24) | (2 << 16) : (TCPOPT_NOP << 24) | (TCPOPT_NOP << 16);
    set32(bytes, p, front | (TCPOPT_TIMESTAMP << 8) | 10);
    set32(bytes, p + 4, out.tsval);
    set32(bytes, p + 8, out.tsecr);
    p += TCPOLEN_TSTAMP_ALIGNED;
  } else if (out.sack_advertise) {
    set32(bytes, p, (TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) | (TCPOPT_SACK_PERM << 8) | 2);
    p += 4;
  }
  if (out.ws >= 0) {
    set32(bytes, p, (TCPOPT_NOP << 24) | (TCPOPT_WINDOW << 16) | (3 << 8) | out.ws);
    p += 4;
  }
  if (out.num_sack_blocks > 0 && sk !== undefined) p = write_sack(bytes, p, out.num_sack_blocks, sk);
  if (out.cookie !== undefined) write_cookie(bytes, p, out.cookie);
  return md5_at;
}

function write_sack(bytes: Uint8Array, at: number, blocks: number, sk: TcpSock): number {
  set32(bytes, at, (TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) | (TCPOPT_SACK << 8) | (2 + 8 * blocks));
  let p = at + 4;
  let left = blocks;
  if (sk.rx_opt.dsack) {
    set32(bytes, p, sk.duplicate_sack[0]!);
    set32(bytes, p + 4, sk.duplicate_sack[1]!);
    p += 8;
    left--;
    // A DSACK is said once.
    sk.rx_opt.dsack = false;
  }
  for (let i = 0; i < left; i++, p += 8) {
    set32(bytes, p, sk.selective_acks[2 * i]!);
    set32(bytes, p + 4, sk.selective_acks[2 * i + 1]!);
  }
  return p;
}

function write_cookie(bytes: Uint8Array, at: number, cookie: FastopenCookie): void {
  let p = at;
  if (cookie.exp) {
    bytes[p] = TCPOPT_EXP;
    bytes[p + 1] = 4 + cookie.len;
    set16(bytes, p + 2, TCPOPT_FASTOPEN_MAGIC);
    p += 4;
  } else {
    bytes[p] = TCPOPT_FASTOPEN;
    bytes[p + 1] = 2 + cookie.len;
    p += 2;
  }
  bytes.set(cookie.bytes.subarray(0, cookie.len), p);
  p += cookie.len;
  while ((p - at) & 3) bytes[p++] = TCPOPT_NOP;
}
