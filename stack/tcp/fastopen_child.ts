/**
 * Data that came with a SYN or SYN+ACK.
 *
 * @module
 */
import { tcp_fin } from "./data.ts";
import { rx_truesize } from "./rcvbuf.ts";
import type { Segment } from "./segment.ts";
import { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** Queues the data of a segment with SYN (`tcp_fastopen_add_skb`). */
export function fastopen_add_segment(sk: TcpSock, seg: Segment): void {
  if (seg.end_seq === sk.rcv_nxt) return;
  const skb = new TcpSkb();
  skb.seq = (seg.seq + 1) >>> 0;
  skb.end_seq = seg.end_seq;
  skb.fin = seg.fin;
  skb.tcp_flags = seg.flags & ~2;
  skb.skb_mstamp = seg.packet.timestamp_us;
  skb.truesize = rx_truesize(seg.packet.tail - Math.max(seg.packet.network_header, 0));
  if (seg.len > 0) skb.append(seg.packet.bytes.subarray(seg.payload, seg.payload + seg.len));
  sk.rcv_nxt = seg.end_seq;
  sk.receive_queue.push(skb);
  sk.sk_rmem_alloc += skb.truesize;
  sk.syn_data_acked = true;
  sk.bytes_received = seg.len;
  sk.data_segs_in++;
  if (seg.fin) tcp_fin(sk);
}
