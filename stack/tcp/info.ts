/**
 * `TCP_INFO`: the connection as programs see it, octet for octet as Linux 6.18 lays it out.
 *
 * @module
 */
import {
  TCP_CLOSE,
  TCP_LISTEN,
  TCPI_OPT_ECN,
  TCPI_OPT_ECN_SEEN,
  TCPI_OPT_SACK,
  TCPI_OPT_SYN_DATA,
  TCPI_OPT_TFO_CHILD,
  TCPI_OPT_TIMESTAMPS,
  TCPI_OPT_WSCALE,
} from "../../abi/tcp_constants.ts";
import {
  TCP_CHRONO_BUSY,
  TCP_CHRONO_RWND_LIMITED,
  TCP_CHRONO_SNDBUF_LIMITED,
  TCP_ECN_OK,
  TCP_ECN_SEEN,
} from "./constants.ts";
import { tcp_compute_delivery_rate } from "./rate.ts";
import { tcp_min_rtt, type TcpSock } from "./state.ts";
import { tcp_delack_max } from "./delack_max.ts";

/** Octets of `struct tcp_info`. */
export const TCP_INFO_SIZE = 280;

/** Times that sending was limited, µs: what is in force counts up to now. */
export function chrono_times(sk: TcpSock): { busy: number; rwnd_limited: number; sndbuf_limited: number } {
  const { chrono } = sk;
  const stat = (type: number) => chrono.stat[type - 1]! + (chrono.type === type ? sk.net.now - chrono.start : 0);
  const rwnd_limited = stat(TCP_CHRONO_RWND_LIMITED);
  const sndbuf_limited = stat(TCP_CHRONO_SNDBUF_LIMITED);
  return { busy: stat(TCP_CHRONO_BUSY) + rwnd_limited + sndbuf_limited, rwnd_limited, sndbuf_limited };
}

function options_of(sk: TcpSock): number {
  let options = 0;
  if (sk.rx_opt.tstamp_ok) options |= TCPI_OPT_TIMESTAMPS;
  if (sk.rx_opt.sack_ok) options |= TCPI_OPT_SACK;
  if (sk.rx_opt.wscale_ok) options |= TCPI_OPT_WSCALE;
  if (sk.ecn_flags & TCP_ECN_OK) options |= TCPI_OPT_ECN;
  if (sk.ecn_flags & TCP_ECN_SEEN) options |= TCPI_OPT_ECN_SEEN;
  if (sk.syn_data_acked) options |= TCPI_OPT_SYN_DATA;
  if (sk.tfo_child) options |= TCPI_OPT_TFO_CHILD;
  return options;
}

/** The octets of `struct tcp_info` (`tcp_get_info`). */
export function tcp_get_info(sk: TcpSock): Uint8Array {
  const bytes = new Uint8Array(TCP_INFO_SIZE);
  const view = new DataView(bytes.buffer);
  let at = 8;
  const u32 = (value: number): void => {
    view.setUint32(at, value >>> 0, true);
    at += 4;
  };
  const u64 = (value: number): void => {
    view.setBigUint64(at, value === Infinity ? 0xffffffffffffffffn : BigInt(Math.max(0, Math.floor(value))), true);
    at += 8;
  };
  const u16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  bytes[0] = sk.sk_state;
  const now = sk.jiffies;
  if (sk.sk_state === TCP_LISTEN) {
    // For a listener these count connections.
    view.setUint32(24, sk.accept_queue.length, true);
    view.setUint32(28, sk.sk_max_ack_backlog, true);
    return bytes;
  }
  bytes[1] = sk.icsk_ca_state;
  bytes[2] = sk.icsk_retransmits;
  bytes[3] = sk.icsk_probes_out;
  bytes[4] = sk.icsk_backoff;
  bytes[5] = options_of(sk);
  if (sk.rx_opt.wscale_ok) bytes[6] = (sk.rx_opt.snd_wscale & 0xf) | (sk.rx_opt.rcv_wscale << 4);
  bytes[7] = (sk.rate_app_limited ? 1 : 0) | ((sk.fastopen_client_fail & 3) << 1);
  u32(sk.icsk_rto);
  u32(Math.min(sk.icsk_ack.ato, tcp_delack_max(sk)));
  u32(sk.mss_cache);
  u32(sk.icsk_ack.rcv_mss);
  u32(sk.packets_out);
  u32(sk.sacked_out);
  u32(sk.lost_out);
  u32(sk.retrans_out);
  u32(0); // tcpi_fackets
  u32(now - sk.lsndtime);
  u32(0); // tcpi_last_ack_sent
  u32(now - sk.icsk_ack.lrcvtime);
  u32(now - sk.rcv_tstamp);
  u32(sk.icsk_pmtu_cookie);
  u32(sk.rcv_ssthresh);
  u32(Math.floor(sk.srtt_us / 8));
  u32(Math.floor(sk.mdev_us / 4));
  u32(sk.snd_ssthresh);
  u32(sk.snd_cwnd);
  u32(sk.advmss);
  u32(sk.reordering);
  u32(Math.floor(sk.rcv_rtt_est_rtt_us / 8));
  u32(sk.rcvq_space.space);
  u32(sk.total_retrans);
  u64(sk.sk_pacing_rate);
  u64(sk.sk_max_pacing_rate);
  u64(sk.bytes_acked);
  u64(sk.bytes_received);
  u32(sk.segs_out);
  u32(sk.segs_in);
  u32(Math.max(0, (sk.write_seq - sk.snd_nxt) | 0));
  u32(tcp_min_rtt(sk));
  u32(sk.data_segs_in);
  u32(sk.data_segs_out);
  u64(tcp_compute_delivery_rate(sk));
  const times = chrono_times(sk);
  u64(times.busy);
  u64(times.rwnd_limited);
  u64(times.sndbuf_limited);
  u32(sk.delivered);
  u32(sk.delivered_ce);
  u64(sk.bytes_sent);
  u64(sk.bytes_retrans);
  u32(sk.dsack_dups);
  u32(sk.reord_seen);
  u32(sk.rcv_ooopack);
  u32(sk.sk_state === TCP_CLOSE ? 0 : sk.snd_wnd);
  u32(sk.rcv_wnd);
  u32(sk.rehash);
  u16(sk.total_rto);
  u16(sk.total_rto_recoveries);
  u32(sk.total_rto_time + (sk.rto_stamp !== 0 ? sk.tcp_time_stamp - sk.rto_stamp : 0));
  // The rest, the counters of accurate ECN, stays 0: it is never negotiated.
  return bytes;
}
