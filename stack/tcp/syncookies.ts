/**
 * SYN cookies: when the queue of half-open connections is full, the SYN+ACK's sequence number says all that must be
 * remembered, and the timestamp the rest (RFC 4987 section 3.6).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import type { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import type { RequestSock } from "./request_sock.ts";
import type { Segment } from "./segment.ts";
import { randomSipKey, siphash, type SipKey } from "./siphash.ts";
import type { TcpSock } from "./state.ts";

/** MSS values a cookie can name, per family. */
const MSS_TABLE = { 4: [536, 1300, 1440, 1460], 6: [1220, 1340, 1440, 1480] } as const;
/** Periods, of one minute, that a cookie is good for. */
const MAX_SYNCOOKIE_AGE = 2;
const TCP_SYNCOOKIE_PERIOD = 60e6;
const COOKIEBITS = 24;
const COOKIEMASK = (1 << COOKIEBITS) - 1;
/** Timestamp bits with options: window scale, SACK, ECN. */
const TS_OPT_WSCALE_MASK = 0xf;
const TS_OPT_SACK = 0x10;
const TS_OPT_ECN = 0x20;
const TSBITS = 6;
const TSMASK = (1 << TSBITS) - 1;

/** The secrets that cookies are made with. */
export class Syncookies {
  private readonly keys: readonly [SipKey, SipKey];

  /** Secrets from a source of random 32-bit numbers. */
  constructor(random: () => number, private readonly now: () => number) {
    this.keys = [randomSipKey(random), randomSipKey(random)];
  }

  /** The period now. */
  private get count(): number {
    return Math.floor(this.now() / TCP_SYNCOOKIE_PERIOD);
  }

  private hash(req: RequestSock | Tuple, count: number, which: 0 | 1): number {
    const input = concatBytes(
      req.daddr.bytes,
      req.rcv_saddr.bytes,
      Uint8Array.of(req.dport >> 8, req.dport, req.num >> 8, req.num, count >>> 24, count >>> 16, count >>> 8, count),
    );
    return Number(siphash(input, this.keys[which]) & 0xffffffffn);
  }

  /** A sequence number that names `data`, an index of MSS. */
  make(req: RequestSock, data: number): number {
    const count = this.count;
    const base = (this.hash(req, 0, 0) + req.rcv_isn + count * 2 ** COOKIEBITS) >>> 0;
    return (base + ((this.hash(req, count, 1) + data) & COOKIEMASK)) >>> 0;
  }

  /** What a returned sequence number names, -1 when it was not made here lately. */
  check(tuple: Tuple, cookie: number, sseq: number): number {
    const count = this.count;
    const rest = (cookie - this.hash(tuple, 0, 0) - sseq) >>> 0;
    const diff = (count - (rest >>> COOKIEBITS)) & (0xffffffff >>> COOKIEBITS);
    if (diff >= MAX_SYNCOOKIE_AGE) return -1;
    return (rest - this.hash(tuple, count - diff, 1)) & COOKIEMASK;
  }

  /** Offset that makes the timestamp's low bits name the options (`cookie_init_timestamp`). */
  timestamp_offset(req: RequestSock): number {
    const now = req.listener.tcp.time_stamp;
    const options = (req.wscale_ok ? req.snd_wscale : TS_OPT_WSCALE_MASK) | (req.sack_ok ? TS_OPT_SACK : 0) |
      (req.ecn_ok ? TS_OPT_ECN : 0);
    let ts = (Math.floor(now / (TSMASK + 1)) * (TSMASK + 1) + options) >>> 0;
    if (ts > now) ts -= TSMASK + 1;
    return (ts - now) >>> 0;
  }
}

/** Four-tuple as a packet gives it. */
interface Tuple {
  readonly daddr: IpAddress;
  readonly rcv_saddr: IpAddress;
  readonly dport: number;
  readonly num: number;
}

/** The sequence number of a SYN+ACK that is not remembered; the request's MSS becomes the one it can name. */
export function cookie_init_sequence(req: RequestSock): number {
  const table = MSS_TABLE[req.daddr.family];
  let index = table.length - 1;
  while (index > 0 && req.mss < table[index]!) index--;
  req.mss = table[index]!;
  return req.listener.tcp.cookies.make(req, index);
}

/** The request that an ACK completes, if its numbers are a cookie's. */
export function cookie_check(
  listener: TcpSock,
  seg: Segment,
  init: (listener: TcpSock, seg: Segment) => RequestSock,
): RequestSock | undefined {
  const { tcp } = listener;
  const sysctl = tcp.sysctl;
  if (sysctl.syncookies.value === 0 || !seg.ack || seg.rst) return undefined;
  // Only while a queue overflowed lately can there be cookies out.
  if (tcp.last_synq_overflow < 0 || tcp.net.now - tcp.last_synq_overflow > MAX_SYNCOOKIE_AGE * TCP_SYNCOOKIE_PERIOD) {
    return undefined;
  }
  const req = init(listener, seg);
  const cookie = (seg.ack_seq - 1) >>> 0;
  const table = MSS_TABLE[req.daddr.family];
  const mss = table[tcp.cookies.check(req, cookie, (seg.seq - 1) >>> 0)];
  if (mss === undefined) {
    tcp.net.mib.inc(Counter.TcpExtSyncookiesFailed);
    return undefined;
  }
  tcp.net.mib.inc(Counter.TcpExtSyncookiesRecv);
  req.rcv_isn = (seg.seq - 1) >>> 0;
  req.rcv_nxt = seg.seq;
  req.snt_isn = cookie;
  req.mss = mss;
  req.sack_ok = req.wscale_ok = false;
  req.snd_wscale = 0;
  if (req.tstamp_ok && seg.opt.rcv_tsecr !== 0) {
    const options = seg.opt.rcv_tsecr & TSMASK;
    req.sack_ok = (options & TS_OPT_SACK) !== 0 && sysctl.sack.value !== 0;
    req.ecn_ok = (options & TS_OPT_ECN) !== 0 && sysctl.ecn.value !== 0;
    if ((options & TS_OPT_WSCALE_MASK) !== TS_OPT_WSCALE_MASK && sysctl.window_scaling.value !== 0) {
      req.wscale_ok = true;
      req.snd_wscale = options & TS_OPT_WSCALE_MASK;
    }
  }
  return req;
}
