/**
 * What happens once a connection is synchronized: congestion control, buffers, metrics.
 *
 * @module
 */
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { SOCK_SNDBUF_LOCK } from "./constants.ts";
import { tcp_init_metrics } from "./metrics.ts";
import { tcp_mtup_init } from "./mss.ts";
import { tcp_init_rcv_buffer } from "./rcvbuf.ts";
import { tcp_sndbuf_expand } from "./space.ts";
import { tcp_init_cwnd, type TcpSock } from "./state.ts";
import { tcp_set_state } from "./tcp_state.ts";
import { tcp_keepalive_time_when, tcp_reset_keepalive_timer } from "./timers.ts";
import { ecr_before } from "./timestamps.ts";

/** Initial windows and buffers (`tcp_init_transfer`). */
export function tcp_init_transfer(sk: TcpSock): void {
  tcp_mtup_init(sk);
  sk.route();
  tcp_init_metrics(sk);
  // RFC 5681 section 3.1: a SYN lost more than once starts with one segment.
  sk.snd_cwnd = sk.total_retrans > 1 && sk.undo_marker !== 0 ? 1 : tcp_init_cwnd(sk);
  sk.snd_cwnd_stamp = sk.jiffies;
  if (!sk.icsk_ca_initialized) {
    sk.prior_ssthresh = 0;
    sk.icsk_ca!.init(sk);
    sk.icsk_ca_initialized = true;
  }
  if (!(sk.sk_userlocks & SOCK_SNDBUF_LOCK)) tcp_sndbuf_expand(sk);
  tcp_init_rcv_buffer(sk);
}

/** The three-way handshake of `connect` is complete (`tcp_finish_connect`). */
export function tcp_finish_connect(sk: TcpSock): void {
  tcp_set_state(sk, TCP_ESTABLISHED);
  sk.icsk_ack.lrcvtime = sk.jiffies;
  tcp_init_transfer(sk);
  sk.lsndtime = sk.jiffies;
  if (sk.so.keepalive) tcp_reset_keepalive_timer(sk, tcp_keepalive_time_when(sk));
}

/** The SYN's retransmission was not needed: its loss is not held against the path (`tcp_try_undo_spurious_syn`). */
export function tcp_try_undo_spurious_syn(sk: TcpSock): void {
  if (sk.undo_marker !== 0 && sk.rx_opt.saw_tstamp && ecr_before(sk.rx_opt.rcv_tsecr, sk.retrans_stamp)) {
    sk.undo_marker = 0;
  }
}
