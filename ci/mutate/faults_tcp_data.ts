/**
 * Faults of TCP's data transfer: windows, acknowledgments, retransmission, congestion.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

const ACK = "stack/tcp/ack.ts";
const DATA = "stack/tcp/data.ts";
const DELACK = "stack/tcp/delack.ts";
const INPUT = "stack/tcp/input.ts";
const OFO = "stack/tcp/ofo.ts";
const OPTIONS = "stack/tcp/options.ts";
const OUTPUT = "stack/tcp/output.ts";
const RECOVERY = "stack/tcp/recovery.ts";
const RETRANSMIT = "stack/tcp/retransmit.ts";
const RTT = "stack/tcp/rtt.ts";
const TIMERS = "stack/tcp/timers.ts";
const TIMESTAMPS = "stack/tcp/timestamps.ts";
const WINDOW = "stack/tcp/window.ts";
const XMIT_TIMER = "stack/tcp/xmit_timer.ts";

/** What an established connection gets wrong. */
export const TCP_DATA_FAULTS: readonly Fault[] = [
  {
    name: "rto-not-restarted",
    about: "the timer is not started again after a retransmission (RFC 6298 section 5.6)",
    file: TIMERS,
    find: "  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, tcp_clamp_rto_to_user_timeout(sk));\n",
    replace: "",
  },
  {
    name: "rto-no-backoff",
    about: "the RTO is not doubled (RFC 6298 section 5.5)",
    file: TIMERS,
    find: "sk.icsk_rto = Math.min(sk.icsk_rto * 2, sk.icsk_rto_max);",
    replace: "sk.icsk_rto = Math.min(sk.icsk_rto, sk.icsk_rto_max);",
  },
  {
    name: "rto-ack-does-not-stop",
    about: "the timer runs on after everything was acknowledged (RFC 6298 section 5.2)",
    file: XMIT_TIMER,
    find: `  if (sk.packets_out === 0) {
    tcp_clear_xmit_timer(sk);
    return;
  }
  let rto`,
    replace: "  let rto",
  },
  {
    name: "rto-minimum-zero",
    about: "the RTO may be as short as the RTT (RFC 6298 section 2.4)",
    file: RTT,
    find: "    sk.rttvar_us = Math.max(sk.mdev_us, tcp_rto_min(sk));",
    replace: "    sk.rttvar_us = sk.mdev_us;",
  },
  {
    name: "karn-ignored",
    about: "RTTs are measured on retransmitted segments (RFC 6298 section 3)",
    file: ACK,
    find:
      "    if (sacked & TCPCB_RETRANS) {\n      if (sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= acked_pcount;\n      flag |= FLAG_RETRANS_DATA_ACKED;\n    } else if",
    replace: "    if (sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= acked_pcount;\n    if",
  },
  {
    name: "retries-endless",
    about: "a connection whose peer never answers is never given up (RFC 9293 MUST-20)",
    file: TIMERS,
    find: "  if (!expired) expired = retransmits_timed_out(sk, retry_until, sk.icsk_user_timeout);",
    replace: "",
  },
  {
    name: "user-timeout-ignored",
    about: "TCP_USER_TIMEOUT has no effect (RFC 5482)",
    file: TIMERS,
    find: "expired = retransmits_timed_out(sk, retry_until, sk.icsk_user_timeout);",
    replace: "expired = retransmits_timed_out(sk, retry_until, 0);",
  },
  {
    name: "zero-window-probe-lost",
    about: "a closed window is not probed, and the connection hangs (RFC 9293 MUST-36)",
    file: XMIT_TIMER,
    find: "if (sk.packets_out === 0 && sk.icsk_pending === 0) tcp_reset_xmit_timer",
    replace: "if (false) tcp_reset_xmit_timer",
  },
  {
    name: "zero-window-probe-no-backoff",
    about: "probes of a closed window go out at a fixed pace (RFC 9293 SHLD-30)",
    file: TIMERS,
    find: "if (sk.icsk_backoff < sk.tcp.sysctl.retries2.value) sk.icsk_backoff++;",
    replace: "",
  },
  {
    name: "zero-window-probe-new-data",
    about: "a probe has the next sequence number, so the peer need not answer (RFC 9293 section 3.8.6.1)",
    file: TIMERS,
    find: "(sk.snd_una - (urgent ? 0 : 1)) >>> 0",
    replace: "(sk.snd_una - 0 * Number(urgent)) >>> 0",
  },
  {
    name: "keepalive-deaf",
    about: "keep-alive goes on though the peer does not answer (RFC 9293 MUST-26)",
    file: TIMERS,
    find: "      if (dead) {\n",
    replace: "      if (dead && false) {\n",
  },
  {
    name: "keepalive-not-inherited",
    about: "SO_KEEPALIVE of a listener does not hold for its connections (socket(7), RFC 9293 MUST-24)",
    file: "stack/tcp/request.ts",
    find: "if (child.so.keepalive) tcp_reset_keepalive_timer(child, tcp_keepalive_time_when(child));",
    replace: "",
  },
  {
    name: "delayed-ack-never",
    about: "every segment is acknowledged at once (RFC 9293 SHLD-18)",
    file: DELACK,
    find: "    tcp_send_delayed_ack(sk);\n    return;\n",
    replace: "    tcp_send_ack(sk);\n    return;\n",
  },
  {
    name: "delayed-ack-lost",
    about: "a delayed ACK is never sent (RFC 9293 MUST-40)",
    file: DELACK,
    find: "  sk.delack_timer.arm(timeout);\n",
    replace: "",
  },
  {
    name: "delayed-ack-half-second",
    about: "an ACK is delayed for more than 0.5 seconds (RFC 9293 MUST-40)",
    file: DELACK,
    find: "  ato = Math.min(ato, tcp_delack_max(sk));\n  let timeout = now + ato;",
    replace: "  ato = Math.min(ato, tcp_delack_max(sk));\n  let timeout = now + ato + 600_000;",
  },
  {
    name: "ack-every-fourth",
    about: "only every fourth full segment is acknowledged (RFC 9293 SHLD-19)",
    file: DELACK,
    find: "(((sk.rcv_nxt - sk.rcv_wup) >>> 0) > ack.rcv_mss &&",
    replace: "(((sk.rcv_nxt - sk.rcv_wup) >>> 0) > 3 * ack.rcv_mss &&",
  },
  {
    name: "gap-filled-delayed",
    about: "the ACK of a filled gap is delayed (RFC 5681 section 4.2)",
    file: DATA,
    find: "if (sk.out_of_order_queue.empty) sk.icsk_ack.pending |= ICSK_ACK_NOW;",
    replace: "",
  },
  {
    name: "duplicate-not-acknowledged",
    about: "old data is dropped without an ACK (RFC 9293 section 3.10.7.4, first check)",
    file: INPUT,
    find: "      if (!tcp_oow_rate_limited(tcp, seg, Counter.TcpExtTCPACKSkippedSeq, sk)) tcp_send_dupack(sk, seg);\n",
    replace: "",
  },
  {
    name: "outside-window-taken",
    about: "data beyond the window is taken (RFC 9293 section 3.4)",
    file: INPUT,
    find: "  if (after(seg.seq, limit)) return Reason.BEYOND;\n",
    replace: "  if (after(seg.seq, limit)) return Reason.NONE;\n",
  },
  {
    name: "out-of-order-dropped",
    about: "data behind a gap is thrown away (RFC 9293 SHLD-31)",
    file: DATA,
    find: "  const inserted = ofo_insert(sk, skb);\n",
    replace: "  const inserted = false;\n",
  },
  {
    name: "ack-of-unsent-taken",
    about: "an ACK of data never sent is taken (RFC 9293 section 3.10.7.4, fifth check)",
    file: ACK,
    find: "  if (after(ack, sk.snd_nxt)) {\n",
    replace: "  if (false) {\n",
  },
  {
    name: "ack-too-old-silent",
    about: "an ACK older than any window is not challenged (RFC 5961 section 5.2)",
    file: ACK,
    find: "if (before(ack, (prior_snd_una - max_window) >>> 0)) {",
    replace: "if (max_window < 0) {",
  },
  {
    name: "window-update-old",
    about: "an old segment changes the send window (RFC 9293 section 3.10.7.4, SND.WL1)",
    file: ACK,
    find: "if (tcp_may_update_window(sk, seg.ack_seq, seg.seq, nwin)) {",
    replace: "if (true) {",
  },
  {
    name: "window-not-respected",
    about: "more is sent than the peer's window allows (RFC 9293 section 3.8.6)",
    file: "stack/tcp/state.ts",
    find: "return (sk.snd_una + sk.snd_wnd) >>> 0;",
    replace: "return (sk.snd_una + Math.max(sk.snd_wnd, 5840)) >>> 0;",
  },
  {
    name: "window-taken-back",
    about: "the right edge of the window moves left (RFC 9293 SHLD-14)",
    file: WINDOW,
    find: "    new_win = align(cur_win, 2 ** sk.rx_opt.rcv_wscale);\n",
    replace: "",
  },
  {
    name: "wscale-sent-off-by-one",
    about: "our windows are shifted one bit too far (RFC 7323 section 2.2)",
    file: WINDOW,
    find: "const field = Math.floor(new_win / 2 ** sk.rx_opt.rcv_wscale);",
    replace: "const field = Math.floor(new_win / 2 ** (sk.rx_opt.rcv_wscale + 1));",
  },
  {
    name: "wscale-received-unscaled",
    about: "the peer's windows are not scaled (RFC 7323 section 2.3)",
    file: ACK,
    find: "const nwin = seg.syn ? seg.window : seg.window * 2 ** sk.rx_opt.snd_wscale;",
    replace: "const nwin = seg.window;",
  },
  {
    name: "silly-window-offered",
    about: "the window is opened by a few octets at a time (RFC 9293 MUST-39)",
    file: WINDOW,
    find: "  if (window <= free_space - mss || window > free_space) return free_space - free_space % mss;",
    replace: "  if (window !== free_space) return free_space;",
  },
  {
    name: "nagle-ignored",
    about: "small segments go out though others are unacknowledged (RFC 9293 SHLD-7)",
    file: OUTPUT,
    find: "return !tcp_nagle_check(sk, skb.len < mss, nonagle);",
    replace: "return true;",
  },
  {
    name: "nodelay-ignored",
    about: "TCP_NODELAY does not switch Nagle's algorithm off (RFC 9293 MUST-17)",
    file: OUTPUT,
    find: "((nonagle & TCP_NAGLE_CORK) !== 0 || (nonagle === 0 &&",
    replace: "((nonagle & TCP_NAGLE_CORK) !== 0 || (nonagle >= 0 &&",
  },
  {
    name: "push-missing",
    about: "the last segment of what was written has no PSH (RFC 9293 MUST-60)",
    file: OUTPUT,
    find: "  skb.tcp_flags |= TCPHDR_PSH;\n  sk.pushed_seq = sk.write_seq;",
    replace: "  sk.pushed_seq = sk.write_seq;",
  },
  {
    name: "urgent-pointer-off-by-one",
    about: "the urgent pointer is sent one octet short (RFC 6093 section 3.1)",
    file: "stack/tcp/transmit.ts",
    find: "setUrgentPointer(bytes, data, (sk.snd_up - seq) >>> 0);",
    replace: "setUrgentPointer(bytes, data, (sk.snd_up - seq - 1) >>> 0);",
  },
  {
    name: "urgent-octet-off-by-one",
    about: "the octet after the urgent one is read out of band (RFC 6093 section 3.1)",
    file: DATA,
    find: "if (ptr !== 0 && sk.tcp.sysctl.stdurg.value === 0) ptr--;",
    replace: "",
  },
  {
    name: "urgent-in-stream",
    about: "the urgent octet is also part of the stream (tcp(7), SO_OOBINLINE)",
    file: "stack/tcp/recvmsg.ts",
    find: "else if (!sk.so.oobinline) {",
    replace: "else if (false) {",
  },
  {
    name: "sack-oldest-first",
    about: "the newest SACK block is not the first (RFC 2018 section 4)",
    file: OFO,
    find: "  blocks.copyWithin(2, 0, 2 * kept);\n  blocks[0] = seq;\n  blocks[1] = end_seq;",
    replace: "  blocks[2 * kept] = seq;\n  blocks[2 * kept + 1] = end_seq;",
  },
  {
    name: "sack-not-sent",
    about: "duplicate ACKs have no SACK blocks (RFC 2018 section 3)",
    file: OPTIONS,
    find: "  if (effective === 0) return 0;\n",
    replace: "  return 0;\n",
  },
  {
    name: "sack-without-permission",
    about: "SACK blocks are sent though the peer did not permit them (RFC 2018 section 2)",
    file: DATA,
    find: "  if (!sk.rx_opt.sack_ok) return;\n  if (was_empty)",
    replace: "  if (was_empty)",
  },
  {
    name: "sack-too-many",
    about: "four SACK blocks are sent beside timestamps, which do not fit (RFC 2018 section 3)",
    file: OPTIONS,
    find: "Math.min(effective, (remaining - 4) >> 3)",
    replace: "Math.min(effective, 4)",
  },
  {
    name: "dsack-not-sent",
    about: "duplicates are not reported (RFC 2883 section 4)",
    file: OFO,
    find: "  if (!sk.rx_opt.sack_ok || sk.tcp.sysctl.dsack.value === 0) return;\n",
    replace: "  return;\n",
  },
  {
    name: "timestamp-echo-newest",
    about: "the timestamp of a segment out of order is echoed (RFC 7323 section 4.3)",
    file: TIMESTAMPS,
    find: "if (!sk.rx_opt.saw_tstamp || after(seq, sk.rcv_wup)) return;",
    replace: "if (!sk.rx_opt.saw_tstamp) return;",
  },
  {
    name: "timestamp-echo-frozen",
    about: "the echo stays that of the handshake (RFC 7323 section 4.3)",
    file: TIMESTAMPS,
    find: "if (tcp_paws_check(sk.rx_opt, 0, sk.seconds)) tcp_store_ts_recent(sk);",
    replace: "",
  },
  {
    name: "paws-off",
    about: "segments with old timestamps are taken (RFC 7323 section 5.3)",
    file: INPUT,
    find: "if (tcp_take_timestamps(sk, seg.opt) && !tcp_paws_check(sk.rx_opt, TCP_PAWS_WINDOW, sk.seconds)) {",
    replace: "if (tcp_take_timestamps(sk, seg.opt) && false) {",
  },
  {
    name: "paws-unsigned",
    about: "timestamps are compared without regard to wrapping (RFC 7323 section 5.2)",
    file: TIMESTAMPS,
    find: "if (((opt.ts_recent - opt.rcv_tsval) | 0) <= window) return true;",
    replace: "if (opt.ts_recent - opt.rcv_tsval <= window) return true;",
  },
  {
    name: "sequence-unsigned",
    about: "sequence numbers are compared without regard to wrapping (RFC 9293 section 3.4)",
    file: INPUT,
    find: "if (before(seg.end_seq, sk.rcv_wup)) return Reason.OLD;",
    replace: "if (seg.end_seq < sk.rcv_wup) return Reason.OLD;",
  },
  {
    name: "fast-retransmit-never",
    about: "duplicate ACKs do not lead to a retransmission (RFC 5681 section 3.2)",
    file: RECOVERY,
    find: "  const prior_retrans = sk.retrans_out;\n  if (tcp_rack_mark_lost(sk))",
    replace: "  const prior_retrans = sk.retrans_out;\n  if (false)",
  },
  {
    name: "fast-retransmit-at-first",
    about: "the first duplicate ACK leads to a retransmission (RFC 5681 section 3.2)",
    file: "stack/tcp/rack.ts",
    find: "if (sk.sacked_out >= sk.reordering &&",
    replace: "if (sk.sacked_out >= 1 &&",
  },
  {
    name: "sack-received-ignored",
    about: "what the peer reports by SACK is not recorded (RFC 2018 section 5)",
    file: ACK,
    find: "const has_sack = sk.rx_opt.sack_ok && seg.opt.num_sacks > 0;",
    replace: "const has_sack = false;",
  },
  {
    name: "retransmit-whole-window",
    about: "after a timeout everything goes out again at once (RFC 5681 section 3.1, loss window)",
    file: RECOVERY,
    find: "  sk.snd_cwnd = tcp_packets_in_flight(sk) + 1;\n",
    replace: "",
  },
  {
    name: "cwnd-ignored",
    about: "the congestion window does not limit what is sent (RFC 5681 section 3.1)",
    file: OUTPUT,
    find: "  if (in_flight >= cwnd) return 0;\n  return Math.min(Math.max(cwnd >>> 1, 1), cwnd - in_flight);",
    replace: "  return Math.max(cwnd, in_flight, 1);",
  },
  {
    name: "slow-start-absent",
    about: "the congestion window does not grow in slow start (RFC 5681 section 3.1)",
    file: "stack/tcp/congestion/congestion.ts",
    find: "const cwnd = Math.min(sk.snd_cwnd + acked, sk.snd_ssthresh);",
    replace: "const cwnd = Math.min(sk.snd_cwnd, sk.snd_ssthresh);",
  },
  {
    name: "ssthresh-not-lowered",
    about: "a loss does not lower the slow start threshold (RFC 5681 section 3.1, equation 4)",
    file: "stack/tcp/congestion/reno.ts",
    find: "return Math.max(sk.snd_cwnd >>> 1, 2);",
    replace: "return Math.max(sk.snd_cwnd, 2);",
  },
  {
    name: "idle-not-restarted",
    about: "after a pause the old congestion window is used at once (RFC 5681 section 4.1)",
    file: OUTPUT,
    find: "  if (delta <= sk.icsk_rto) return;\n",
    replace: "  if (delta > 0) return;\n",
  },
  {
    name: "retransmission-renumbered",
    about: "a retransmission starts where sending left off instead of at the loss (RFC 9293 section 3.8.1)",
    file: RETRANSMIT,
    find: "  const error = tcp_transmit_skb(sk, skb);\n  if (error !== 0) mib",
    replace:
      "  skb.seq = skb.tcp_flags & 3 ? skb.seq : skb.seq + 1;\n  const error = tcp_transmit_skb(sk, skb);\n  if (error !== 0) mib",
  },
  {
    name: "ecn-echo-endless",
    about: "ECE goes on after CWR (RFC 3168 section 6.1.3)",
    file: ACK,
    find: "  sk.ecn_flags &= ~TCP_ECN_DEMAND_CWR;\n",
    replace: "",
  },
  {
    name: "ecn-echo-ignored",
    about: "ECE does not reduce the congestion window (RFC 3168 section 6.1.2)",
    file: RECOVERY,
    find: "  if (flag & FLAG_ECE) tcp_enter_cwr(sk);\n",
    replace: "",
  },
  {
    name: "ecn-unasked",
    about: "segments are ECN-capable though the peer did not agree (RFC 3168 section 6.1.1)",
    file: "stack/tcp/transmit.ts",
    find: "if (!(sk.ecn_flags & TCP_ECN_OK) || flags & TCPHDR_SYN) return { flags, ect: 0 };",
    replace: "if (flags & TCPHDR_SYN) return { flags, ect: 0 };",
  },
];
