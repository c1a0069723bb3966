/**
 * RFC 7323 timestamps: what to echo, and protection against wrapped sequence numbers (PAWS).
 *
 * @module
 */
import { after, before } from "../wire/seq.ts";
import type { TcpOptionsReceived } from "../wire/tcp_options.ts";
import { TCP_PAWS_24DAYS, TCP_PAWS_MSL } from "./constants.ts";
import type { RxOptions, TcpSock } from "./state.ts";

/** Remembers the segment's timestamp. */
export function tcp_store_ts_recent(sk: TcpSock): void {
  sk.rx_opt.ts_recent = sk.rx_opt.rcv_tsval;
  sk.rx_opt.ts_recent_stamp = sk.seconds;
}

/** Whether a timestamp is not older than the one remembered, by more than `window` ticks. `seconds`: stack time. */
export function tcp_paws_check(
  opt: Pick<RxOptions, "ts_recent" | "ts_recent_stamp" | "rcv_tsval">,
  window: number,
  seconds: number,
): boolean {
  if (((opt.ts_recent - opt.rcv_tsval) | 0) <= window) return true;
  if (seconds >= opt.ts_recent_stamp + TCP_PAWS_24DAYS) return true;
  // Some peers send 0 in their SYN.
  return opt.ts_recent === 0;
}

/** Whether a segment is refused for its timestamp; a RST only for a minute. */
export function tcp_paws_reject(
  opt: Pick<RxOptions, "ts_recent" | "ts_recent_stamp" | "rcv_tsval">,
  rst: boolean,
  seconds: number,
): boolean {
  if (tcp_paws_check(opt, 0, seconds)) return false;
  return !(rst && seconds >= opt.ts_recent_stamp + TCP_PAWS_MSL);
}

/** Remembers the timestamp of a segment that covers what was acknowledged last (RFC 7323 section 4.3). */
export function tcp_replace_ts_recent(sk: TcpSock, seq: number): void {
  if (!sk.rx_opt.saw_tstamp || after(seq, sk.rcv_wup)) return;
  if (tcp_paws_check(sk.rx_opt, 0, sk.seconds)) tcp_store_ts_recent(sk);
}

/** Takes a segment's timestamps, our offset taken off, if timestamps are in use (`tcp_fast_parse_options`). */
export function tcp_take_timestamps(sk: TcpSock, parsed: TcpOptionsReceived): boolean {
  const opt = sk.rx_opt;
  opt.saw_tstamp = parsed.saw_tstamp && opt.tstamp_ok;
  if (!opt.saw_tstamp) return false;
  opt.rcv_tsval = parsed.rcv_tsval;
  opt.rcv_tsecr = parsed.rcv_tsecr === 0 ? 0 : (parsed.rcv_tsecr - sk.tsoffset) >>> 0;
  return true;
}

/** Whether `echo` is older than `when`. */
export function ecr_before(echo: number, when: number): boolean {
  return echo !== 0 && before(echo, when);
}
