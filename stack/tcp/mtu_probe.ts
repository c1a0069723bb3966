/**
 * Packetization-layer path MTU discovery: RFC 4821.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { TCP_CA_Open } from "../../abi/tcp_constants.ts";
import { TCPHDR_ACK } from "./constants.ts";
import { tcp_current_mss, tcp_mss_to_mtu, tcp_mtu_to_mss, tcp_sync_mss } from "./mss.ts";
import { tcp_event_new_data_sent } from "./output.ts";
import { shift_payload, tcp_set_skb_tso_segs, tcp_skb_can_collapse, tcp_wmem_free_skb } from "./segments.ts";
import { TcpSkb } from "./skb.ts";
import { tcp_packets_in_flight, tcp_wnd_end, type TcpSock } from "./state.ts";
import { tcp_transmit_skb } from "./transmit.ts";

/** Starts another search after `tcp_probe_interval` (`tcp_mtu_check_reprobe`). */
function tcp_mtu_check_reprobe(sk: TcpSock): void {
  const mtup = sk.icsk_mtup;
  if (sk.jiffies - mtup.probe_timestamp < sk.tcp.sysctl.probe_interval.value * 1000) return;
  const mss = tcp_current_mss(sk);
  mtup.probe_size = 0;
  mtup.search_high = sk.rx_opt.mss_clamp + 20 + (sk.wire_family === 4 ? 20 : 40);
  mtup.search_low = tcp_mss_to_mtu(sk, mss);
  mtup.probe_timestamp = sk.jiffies;
}

/**
 * Sends a probe if it is time for one (`tcp_mtu_probe`).
 *
 * @returns 1 sent, 0 wait for more data, -1 nothing to do
 */
export function tcp_mtu_probe(sk: TcpSock): number {
  const mtup = sk.icsk_mtup;
  if (
    !mtup.enabled || mtup.probe_size !== 0 || sk.icsk_ca_state !== TCP_CA_Open || sk.snd_cwnd < 11 ||
    sk.rx_opt.num_sacks > 0 || sk.rx_opt.dsack
  ) return -1;
  const mss = tcp_current_mss(sk);
  const probe_size = tcp_mtu_to_mss(sk, (mtup.search_high + mtup.search_low) >> 1);
  const size_needed = probe_size + (sk.reordering + 1) * sk.mss_cache;
  const interval = mtup.search_high - mtup.search_low;
  if (probe_size > tcp_mtu_to_mss(sk, mtup.search_high) || interval < sk.tcp.sysctl.probe_threshold.value) {
    tcp_mtu_check_reprobe(sk);
    return -1;
  }
  // Enough behind it for a loss to be noticed by duplicate ACKs.
  if (((sk.write_seq - sk.snd_nxt) >>> 0) < size_needed) return -1;
  if (sk.snd_wnd < size_needed) return -1;
  if ((((sk.snd_nxt + size_needed) - tcp_wnd_end(sk)) | 0) > 0) return 0;
  if (tcp_packets_in_flight(sk) + 2 > sk.snd_cwnd) return tcp_packets_in_flight(sk) === 0 ? -1 : 0;
  return send_probe(sk, probe_size, mss);
}

function send_probe(sk: TcpSock, probe_size: number, mss: number): number {
  const mtup = sk.icsk_mtup;
  const head = sk.write_queue.head;
  if (head === undefined) return -1;
  let left = probe_size;
  for (let skb: TcpSkb | undefined = head; skb !== undefined; skb = skb.next) {
    if (left <= skb.len) break;
    if (skb.next === undefined || !tcp_skb_can_collapse(skb, skb.next)) return -1;
    left -= skb.len;
  }
  const probe = new TcpSkb();
  sk.sk_wmem_queued += probe.truesize;
  probe.seq = head.seq;
  probe.end_seq = (head.seq + probe_size) >>> 0;
  probe.tcp_flags = TCPHDR_ACK;
  probe.zerocopy = head.zerocopy;
  if (probe.zerocopy !== undefined) probe.zerocopy.refcount++;
  sk.write_queue.unshift(probe);
  while (probe.len < probe_size) {
    const skb = probe.next!;
    const take = Math.min(skb.len, probe_size - probe.len);
    shift_payload(probe, skb, take);
    if (skb.len === 0) {
      probe.tcp_flags |= skb.tcp_flags;
      probe.eor = skb.eor;
      sk.write_queue.remove(skb);
      tcp_wmem_free_skb(sk, skb);
    } else {
      skb.seq = (skb.seq + take) >>> 0;
      tcp_set_skb_tso_segs(skb, mss);
    }
  }
  tcp_set_skb_tso_segs(probe, probe.len);
  if (tcp_transmit_skb(sk, probe) !== 0) return -1;
  // The probe is extra: should it get lost, that says nothing about congestion.
  sk.snd_cwnd--;
  tcp_event_new_data_sent(sk, probe);
  mtup.probe_size = tcp_mss_to_mtu(sk, probe.len);
  mtup.probe_seq_start = probe.seq;
  mtup.probe_seq_end = probe.end_seq;
  return 1;
}

/** The probe was lost. */
export function tcp_mtup_probe_failed(sk: TcpSock): void {
  sk.icsk_mtup.search_high = sk.icsk_mtup.probe_size - 1;
  sk.icsk_mtup.probe_size = 0;
  sk.net.mib.inc(Counter.TcpExtTCPMTUPFail);
}

/** The probe arrived: segments grow, and the window keeps its octets. */
export function tcp_mtup_probe_success(sk: TcpSock): void {
  const mtup = sk.icsk_mtup;
  const cwnd = Math.floor(sk.snd_cwnd * tcp_mss_to_mtu(sk, sk.mss_cache) / mtup.probe_size);
  sk.snd_cwnd = Math.max(1, cwnd);
  sk.snd_cwnd_cnt = 0;
  sk.snd_cwnd_stamp = sk.jiffies;
  mtup.search_low = mtup.probe_size;
  mtup.probe_size = 0;
  tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
  sk.net.mib.inc(Counter.TcpExtTCPMTUPSuccess);
}

/** Nothing gets through: probing starts, or the MSS is halved (`tcp_mtu_probing`). */
export function tcp_mtu_probing(sk: TcpSock): void {
  const { sysctl } = sk.tcp;
  const mtup = sk.icsk_mtup;
  if (sysctl.mtu_probing.value === 0) return;
  if (!mtup.enabled) {
    mtup.enabled = true;
    mtup.probe_timestamp = sk.jiffies;
  } else {
    let mss = tcp_mtu_to_mss(sk, mtup.search_low) >> 1;
    mss = Math.min(sysctl.base_mss.value, mss);
    mss = Math.max(mss, sysctl.mtu_probe_floor.value, sysctl.min_snd_mss.value);
    mtup.search_low = tcp_mss_to_mtu(sk, mss);
  }
  tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
}
