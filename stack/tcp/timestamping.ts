/**
 * Transmit timestamps (`SO_TIMESTAMPING`): scheduled, sent, acknowledged, each reported on the error queue.
 *
 * @module
 */
import {
  SCM_TSTAMP_ACK,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_STATS,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_ACK,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
} from "../../abi/socket_constants.ts";
import { before } from "../wire/seq.ts";
import { tcp_get_timestamping_opt_stats } from "./opt_stats.ts";
import type { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** `tx_flags`: report when the segment is queued at the device. */
const SKBTX_SCHED = 1;
/** `tx_flags`: report when the device took it. */
const SKBTX_SW = 2;

/** Asks for timestamps of the last octet written (`tcp_tx_timestamp`). `flags` are `SOF_TIMESTAMPING_TX_*`. */
export function tcp_tx_timestamp(sk: TcpSock, flags: number): void {
  const skb = sk.write_queue.tail;
  if (flags === 0 || skb === undefined) return;
  if (flags & SOF_TIMESTAMPING_TX_SCHED) skb.tx_flags |= SKBTX_SCHED;
  if (flags & SOF_TIMESTAMPING_TX_SOFTWARE) skb.tx_flags |= SKBTX_SW;
  if (flags & SOF_TIMESTAMPING_TX_ACK) skb.txstamp_ack = true;
  if (skb.tx_flags !== 0 || skb.txstamp_ack) skb.tskey = (skb.end_seq - 1) >>> 0;
}

/** Queues one report. */
function report(sk: TcpSock, kind: number, skb: TcpSkb): void {
  const wanted = sk.so.timestamping;
  if (!(wanted & SOF_TIMESTAMPING_SOFTWARE)) return;
  const key = wanted & SOF_TIMESTAMPING_OPT_ID ? (skb.tskey - sk.sk_tskey) >>> 0 : 0;
  const stats = kind === SCM_TSTAMP_ACK && wanted & SOF_TIMESTAMPING_OPT_STATS
    ? { opt_stats: tcp_get_timestamping_opt_stats(sk) }
    : {};
  const payload = new Uint8Array(wanted & SOF_TIMESTAMPING_OPT_TSONLY ? 0 : skb.len);
  if (payload.length > 0) skb.copyTo(payload, 0, 0, payload.length);
  sk.error_queue.queueTimestamp(kind, key, sk.realtime(sk.net.now), { payload, ...stats });
}

/** The segment leaves: once queued, once taken. */
export function tcp_tx_timestamp_sent(sk: TcpSock, skb: TcpSkb): void {
  if (skb.tx_flags & SKBTX_SCHED) report(sk, SCM_TSTAMP_SCHED, skb);
  if (skb.tx_flags & SKBTX_SW) report(sk, SCM_TSTAMP_SND, skb);
}

/** The octet a timestamp was asked for is acknowledged. */
export function tcp_ack_tstamp(sk: TcpSock, skb: TcpSkb, prior_snd_una: number): void {
  if (!skb.txstamp_ack) return;
  if (before(skb.tskey, prior_snd_una) || !before(skb.tskey, sk.snd_una)) return;
  skb.txstamp_ack = false;
  report(sk, SCM_TSTAMP_ACK, skb);
}
