/**
 * Statistics that go with transmit timestamps (`SCM_TIMESTAMPING_OPT_STATS`): netlink attributes.
 *
 * @module
 */
import * as N from "../../abi/tcp_constants.ts";
import { TCP_INFINITE_SSTHRESH } from "./constants.ts";
import { chrono_times } from "./info.ts";
import { tcp_compute_delivery_rate } from "./rate.ts";
import { tcp_min_rtt, type TcpSock } from "./state.ts";

/** Collects attributes: length, type, value, padded to four octets. */
class Attributes {
  private readonly bytes: number[] = [];

  private put(type: number, length: number, value: bigint): void {
    const total = 4 + length;
    this.bytes.push(total & 0xff, total >> 8, type & 0xff, type >> 8);
    for (let i = 0; i < length; i++) this.bytes.push(Number((value >> BigInt(8 * i)) & 0xffn));
    while (this.bytes.length & 3) this.bytes.push(0);
  }

  u64(type: number, value: number): void {
    this.put(type, 8, value === Infinity ? 0xffffffffffffffffn : BigInt(Math.floor(value)));
  }

  u32(type: number, value: number): void {
    this.put(type, 4, BigInt(value >>> 0));
  }

  u8(type: number, value: number): void {
    this.put(type, 1, BigInt(value & 0xff));
  }

  take(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** The attributes, in Linux's order. */
export function tcp_get_timestamping_opt_stats(sk: TcpSock): Uint8Array {
  const out = new Attributes();
  const times = chrono_times(sk);
  out.u64(N.TCP_NLA_BUSY, times.busy);
  out.u64(N.TCP_NLA_RWND_LIMITED, times.rwnd_limited);
  out.u64(N.TCP_NLA_SNDBUF_LIMITED, times.sndbuf_limited);
  out.u64(N.TCP_NLA_DATA_SEGS_OUT, sk.data_segs_out);
  out.u64(N.TCP_NLA_TOTAL_RETRANS, sk.total_retrans);
  out.u64(N.TCP_NLA_PACING_RATE, sk.sk_pacing_rate);
  out.u64(N.TCP_NLA_DELIVERY_RATE, tcp_compute_delivery_rate(sk));
  out.u32(N.TCP_NLA_SND_CWND, sk.snd_cwnd);
  out.u32(N.TCP_NLA_REORDERING, sk.reordering);
  out.u32(N.TCP_NLA_MIN_RTT, tcp_min_rtt(sk));
  out.u8(N.TCP_NLA_RECUR_RETRANS, sk.icsk_retransmits);
  out.u8(N.TCP_NLA_DELIVERY_RATE_APP_LMT, sk.rate_app_limited ? 1 : 0);
  out.u32(N.TCP_NLA_SND_SSTHRESH, Math.min(sk.snd_ssthresh, TCP_INFINITE_SSTHRESH));
  out.u32(N.TCP_NLA_DELIVERED, sk.delivered);
  out.u32(N.TCP_NLA_DELIVERED_CE, sk.delivered_ce);
  out.u32(N.TCP_NLA_SNDQ_SIZE, sk.write_seq - sk.snd_una);
  out.u8(N.TCP_NLA_CA_STATE, sk.icsk_ca_state);
  out.u64(N.TCP_NLA_BYTES_SENT, sk.bytes_sent);
  out.u64(N.TCP_NLA_BYTES_RETRANS, sk.bytes_retrans);
  out.u32(N.TCP_NLA_DSACK_DUPS, sk.dsack_dups);
  out.u32(N.TCP_NLA_REORD_SEEN, sk.reord_seen);
  out.u32(N.TCP_NLA_SRTT, Math.floor(sk.srtt_us / 8));
  out.u32(N.TCP_NLA_TIMEOUT_REHASH, 0);
  out.u32(N.TCP_NLA_BYTES_NOTSENT, Math.max(0, (sk.write_seq - sk.snd_nxt) | 0));
  out.u8(N.TCP_NLA_TTL, 0);
  return out.take();
}
