/**
 * Faults of TCP connections: handshake, MSS, options, RST, closing.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

const CLOSE = "stack/tcp/close.ts";
const CONNECT = "stack/tcp/connect.ts";
const INPUT = "stack/tcp/input.ts";
const MSS = "stack/tcp/mss.ts";
const REQUEST = "stack/tcp/request.ts";
const SYN_SENT = "stack/tcp/syn_sent.ts";
const TCP = "stack/tcp/tcp.ts";
const TIMEWAIT = "stack/tcp/timewait.ts";

/** From SYN to TIME-WAIT. */
export const TCP_CONNECTION_FAULTS: readonly Fault[] = [
  {
    name: "tcp-checksum-odd",
    about: "the last octet of an odd segment is not covered by the checksum (RFC 9293 section 3.1)",
    file: "stack/link/segment.ts",
    find: "const sum = internetChecksum(bytes, at, tail, pseudo);",
    replace: "const sum = internetChecksum(bytes, at, tail - (length & 1), pseudo);",
  },
  {
    name: "tcp-checksum-unverified",
    about: "a wrong TCP checksum is not noticed (RFC 9293 MUST-3)",
    file: TCP,
    find: "if (!verifyChecksum(bytes, data, tail, pseudo)) {",
    replace: "if (false) {",
  },
  {
    name: "mss-not-clamped",
    about: "segments are as long as the path allows, whatever the peer's MSS is (RFC 9293 MUST-16)",
    file: MSS,
    find: "if (mss > sk.rx_opt.mss_clamp) mss = sk.rx_opt.mss_clamp;",
    replace: "",
  },
  {
    name: "mss-default-passive-v6",
    about: "without MSS option a peer over IPv6 gets segments of 536 octets (RFC 9293 MUST-15)",
    file: REQUEST,
    find: "const default_mss = family === 4 ? TCP_MSS_DEFAULT : 1220;",
    replace: "const default_mss = TCP_MSS_DEFAULT;",
  },
  {
    name: "mss-options-not-subtracted",
    about: "timestamps make full segments longer than the MSS allows (RFC 6691 section 2)",
    file: MSS,
    find: "return mtu_to_mss_without_options(sk, pmtu) - (sk.tcp_header_len - 20);",
    replace: "return mtu_to_mss_without_options(sk, pmtu);",
  },
  {
    name: "mss-v6-header-20",
    about: "over IPv6 the MSS is computed with IPv4's header length (RFC 9293 section 3.7.1)",
    file: MSS,
    find: "return sk.wire_family === 4 ? 20 : 40;",
    replace: "return 20;",
  },
  {
    name: "mss-advertised-mtu",
    about: "the MSS option leaves out the IPv4 header (RFC 9293 MUST-67)",
    file: "stack/ip/rtable.ts",
    find: "const headers = TCP_HEADER + 20;",
    replace: "const headers = TCP_HEADER;",
  },
  {
    name: "mss-maxseg-ignored",
    about: "TCP_MAXSEG set before connecting does not lower what is advertised (tcp(7))",
    file: MSS,
    find: "return user_mss !== 0 && user_mss < mss ? user_mss : mss;",
    replace: "return user_mss * 0 + mss;",
  },
  {
    name: "mss-half-window-ignored",
    about: "a segment may fill the peer's whole window (RFC 9293 section 3.8.6.2.1)",
    file: MSS,
    find: "return cutoff !== 0 && size > cutoff ? Math.max(cutoff, 68 - sk.tcp_header_len) : size;",
    replace: "return cutoff * 0 + size;",
  },
  {
    name: "tcp-option-length-zero",
    about: "an option of length 0 is not the end, and the options are gone through for ever (RFC 9293 MUST-7)",
    file: "stack/wire/tcp_options.ts",
    find: "    if (length < 2 || at + length > end) return;\n    parseOneInto",
    replace: "    if (at + length > end) return;\n    parseOneInto",
  },
  {
    name: "tcp-option-unknown-ends",
    about: "an unknown option hides those after it (RFC 9293 MUST-6)",
    file: "stack/wire/tcp_options.ts",
    find: "    parseOneInto(bytes, at, kind, length, out);",
    replace: "    parseOneInto(bytes, at, kind, length, out);\n    if (out.saw_unknown) return;",
  },
  {
    name: "timestamps-unasked",
    about: "SYN+ACK has timestamps though the SYN has none (RFC 7323 section 3.2)",
    file: REQUEST,
    find: "req.tstamp_ok = opt.saw_tstamp && sysctl.timestamps.value !== 0;",
    replace: "req.tstamp_ok = sysctl.timestamps.value !== 0;",
  },
  {
    name: "sack-unasked",
    about: "SYN+ACK permits SACK though the SYN does not (RFC 2018 section 2)",
    file: REQUEST,
    find: "req.sack_ok = opt.sack_ok && sysctl.sack.value !== 0;",
    replace: "req.sack_ok = sysctl.sack.value !== 0;",
  },
  {
    name: "wscale-unasked",
    about: "SYN+ACK has window scale though the SYN has none (RFC 7323 section 2.2)",
    file: REQUEST,
    find: "req.wscale_ok = opt.wscale_ok && sysctl.window_scaling.value !== 0;",
    replace: "req.wscale_ok = sysctl.window_scaling.value !== 0;",
  },
  {
    name: "wscale-syn-scaled",
    about: "the window of a SYN is scaled (RFC 7323 section 2.2)",
    file: SYN_SENT,
    find: "  sk.rcv_wup = sk.rcv_nxt;\n  sk.snd_wnd = seg.window;\n  if (!rx.wscale_ok) {",
    replace: "  sk.rcv_wup = sk.rcv_nxt;\n  sk.snd_wnd = seg.window * 2 ** rx.snd_wscale;\n  if (!rx.wscale_ok) {",
  },
  {
    name: "wscale-above-14",
    about: "a shift above 14 is used as it is (RFC 7323 section 2.3)",
    file: "stack/wire/tcp_options.ts",
    find: "out.snd_wscale = shift > TCP_MAX_WSCALE ? TCP_MAX_WSCALE : shift;",
    replace: "out.snd_wscale = shift;",
  },
  {
    name: "syn-not-retransmitted",
    about: "a lost SYN is not sent again (RFC 9293 section 3.8.1)",
    file: CONNECT,
    find: "  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, sk.icsk_rto);",
    replace: "",
  },
  {
    name: "syn-ack-not-retransmitted",
    about: "a lost SYN+ACK is not sent again (RFC 9293 section 3.8.1)",
    file: REQUEST,
    find: "  req.timer.arm(listener.net.now + req.timeout);\n",
    replace: "",
  },
  {
    name: "simultaneous-open-no-ack",
    about: "crossing SYNs are answered with a SYN instead of SYN+ACK (RFC 9293 MUST-10, figure 7)",
    file: SYN_SENT,
    find: "  syn.tcp_flags |= TCPHDR_ACK;\n",
    replace: "",
  },
  {
    name: "syn-sent-old-ack",
    about: "in SYN-SENT an ACK of nothing we sent is taken (RFC 9293 section 3.10.7.3, first check)",
    file: SYN_SENT,
    find: "if (!after(seg.ack_seq, sk.snd_una) || after(seg.ack_seq, sk.snd_nxt)) {",
    replace: "if (after(seg.ack_seq, sk.snd_nxt)) {",
  },
  {
    name: "syn-sent-rst-without-ack",
    about: "in SYN-SENT a RST without ACK ends the attempt (RFC 9293 section 3.10.7.3, second check)",
    file: SYN_SENT,
    find: "  if (seg.rst || paws || !seg.syn) {\n",
    replace: "  if (seg.rst) tcp_reset(sk);\n  if (seg.rst || paws || !seg.syn) {\n",
  },
  {
    name: "listen-ack-ignored",
    about: "an ACK for a listener is not answered with a RST (RFC 9293 section 3.10.7.2, second check)",
    file: INPUT,
    find: "      if (seg.ack) return true;\n",
    replace: "      if (seg.ack) return false;\n",
  },
  {
    name: "syn-received-rst-ignored",
    about: "a RST in SYN-RECEIVED leaves the half-open connection (RFC 9293 section 3.10.7.4, second check)",
    file: REQUEST,
    find: "  if (seg.rst || syn) {\n",
    replace: "  if (syn) {\n",
  },
  {
    name: "syn-received-bad-ack",
    about: "in SYN-RECEIVED any ACK completes the handshake (RFC 9293 section 3.10.7.4, fifth check)",
    file: REQUEST,
    find: "if (seg.ack && !fastopen && seg.ack_seq !== ((req.snt_isn + 1) >>> 0)) return sk;",
    replace: "",
  },
  {
    name: "rst-about-rst",
    about: "a RST for no connection is answered with a RST (RFC 9293 section 3.5.2)",
    file: TCP,
    find: "    if (seg.rst) return;\n    const { packet } = seg;\n    const type",
    replace: "    const { packet } = seg;\n    const type",
  },
  {
    name: "rst-sequence-zero",
    about: "a RST does not take its number from the ACK it answers (RFC 9293 section 3.5.2)",
    file: TCP,
    find: "seq: seg.ack ? seg.ack_seq : 0,",
    replace: "seq: 0,",
  },
  {
    name: "rst-in-window-accepted",
    about: "a RST anywhere in the window ends the connection (RFC 5961 section 3.2)",
    file: INPUT,
    find: "      seg.seq === sk.rcv_nxt || tcp_reset_check(sk, seg) ||",
    replace: "      true ||",
  },
  {
    name: "rst-outside-window-accepted",
    about: "a RST outside the window ends the connection (RFC 9293 section 3.5.3)",
    file: INPUT,
    find: "} else if (tcp_reset_check(sk, seg)) tcp_reset(sk);",
    replace: "} else tcp_reset(sk);",
  },
  {
    name: "rst-exact-ignored",
    about: "a RST with exactly the expected number is only challenged (RFC 5961 section 3.2)",
    file: INPUT,
    find: "      seg.seq === sk.rcv_nxt || tcp_reset_check(sk, seg) ||",
    replace: "      tcp_reset_check(sk, seg) ||",
  },
  {
    name: "syn-in-window-resets",
    about: "a SYN in the window ends the connection, as in RFC 793 (RFC 5961 section 4.2)",
    file: INPUT,
    find: "  sk.net.mib.inc(Counter.TcpExtTCPSYNChallenge);\n  tcp_send_challenge_ack(sk);",
    replace: "  sk.net.mib.inc(Counter.TcpExtTCPSYNChallenge);\n  tcp_reset(sk);",
  },
  {
    name: "challenge-acks-unlimited",
    about: "challenge ACKs are sent as often as they are provoked (RFC 5961 section 7)",
    file: "stack/tcp/challenge.ts",
    find: "if (__tcp_oow_rate_limited(tcp, Counter.TcpExtTCPACKSkippedChallenge, sk)) return;",
    replace: "",
  },
  {
    name: "refused-is-reset",
    about: "a refused connection fails with ECONNRESET instead of ECONNREFUSED (connect(2))",
    file: INPUT,
    find: "tcp_done_with_error(sk, ECONNREFUSED);",
    replace: "tcp_done_with_error(sk, ECONNRESET);",
  },
  {
    name: "close-unread-fin",
    about: "closing with unread data sends a FIN instead of a RST (RFC 2525 section 2.17)",
    file: CLOSE,
    find: "    if (unread) {\n",
    replace: "    if (false) {\n",
  },
  {
    name: "linger-zero-fin",
    about: "SO_LINGER with time 0 closes with a FIN instead of a RST (socket(7))",
    file: CLOSE,
    find: "} else if (sk.so.linger && sk.so.lingertime_s === 0) {",
    replace: "} else if (false) {",
  },
  {
    name: "data-after-close-silent",
    about: "data for a program that is gone is dropped without a RST (RFC 1122 section 4.2.2.13)",
    file: INPUT,
    find: "      tcp_reset(sk);\n      return true;\n",
    replace: "      tcp_reset(sk);\n      return false;\n",
  },
  {
    name: "fin-not-retransmitted",
    about: "a lost FIN is not sent again (RFC 9293 section 3.8.1)",
    file: "stack/tcp/timers.ts",
    find: "if (sk.packets_out === 0 || head === undefined) return;",
    replace: "if (sk.packets_out === 0 || head === undefined || head.fin || head.tcp_flags & 1) return;",
  },
  {
    name: "fin-out-of-order-taken",
    about: "a FIN behind a gap closes the connection at once (RFC 9293 section 3.10.7.4, eighth check)",
    file: "stack/tcp/data.ts",
    find: "  const was_empty = sk.out_of_order_queue.empty;\n",
    replace: "  const was_empty = sk.out_of_order_queue.empty;\n  if (seg.fin) tcp_fin(sk);\n",
  },
  {
    name: "simultaneous-close-confused",
    about: "a FIN in FIN-WAIT-1 leads to CLOSE-WAIT instead of CLOSING (RFC 9293 section 3.6, figure 13)",
    file: "stack/tcp/data.ts",
    find: "      tcp_set_state(sk, TCP_CLOSING);\n",
    replace: "      tcp_set_state(sk, TCP_CLOSE_WAIT);\n",
  },
  {
    name: "time-wait-skipped",
    about: "the connection is forgotten at the last FIN (RFC 9293 section 3.6.1)",
    file: TIMEWAIT,
    find: "if (tcp.timewait_count < tcp.sysctl.max_tw_buckets.value) {",
    replace: "if (false) {",
  },
  {
    name: "time-wait-silent",
    about: "a repeated FIN in TIME-WAIT is not acknowledged (RFC 9293 section 3.10.7.4, eighth check)",
    file: TIMEWAIT,
    find: `  return tcp.timewait_ack_limited(tw, seg) ? "success" : "ack";
}

function fin_wait2`,
    replace: `  return "success";
}

function fin_wait2`,
  },
  {
    name: "time-wait-no-reopen",
    about: "a new SYN does not open the connection again from TIME-WAIT (RFC 6191 section 2)",
    file: TIMEWAIT,
    find: "    seg.syn && !seg.rst && !seg.ack && !paws_reject &&",
    replace: "    false && seg.syn && !seg.rst && !seg.ack && !paws_reject &&",
  },
  {
    name: "fin-wait-2-endless",
    about: "an orphan in FIN-WAIT-2 waits for ever (tcp_fin_timeout)",
    file: TIMEWAIT,
    find: "    tw.timer.arm(tcp.net.now + timeo);\n",
    replace: "",
  },
];
