/**
 * Data from the receive queue to the program (`tcp_recvmsg`), and what reading makes TCP send.
 *
 * @module
 */
import { int } from "../../abi/memory.ts";
import { MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOL_TCP } from "../../abi/socket_constants.ts";
import { EAGAIN, EINVAL, ENOTCONN } from "../../abi/errno.ts";
import { timestamp_control } from "../inet/receive_control.ts";
import type { ReceiveOutcome, ReceiveRequest } from "../inet/sock.ts";
import type { ControlMessage } from "../../abi/control_message.ts";
import { TCP_CLOSE, TCP_CM_INQ, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { after, before } from "../wire/seq.ts";
import { ICSK_ACK_PUSHED, ICSK_ACK_PUSHED2, RCV_SHUTDOWN } from "./constants.ts";
import { TCP_URG_READ, TCP_URG_VALID } from "./data.ts";
import { inet_csk_ack_scheduled, inet_csk_in_pingpong_mode } from "./delack.ts";
import { tcp_send_ack } from "./output.ts";
import { tcp_rcv_space_adjust } from "./rcvbuf.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_receive_window, type TcpSock } from "./state.ts";
import { __tcp_select_window } from "./window.ts";

const NOTHING = new Uint8Array(0);

/** An outcome without data. */
function plain(result: number, flags = 0): ReceiveOutcome {
  return { result, data: NOTHING, flags, control: [] };
}

/** Acknowledges after a read what was held back for it, or a window that opened (`__tcp_cleanup_rbuf`). */
export function tcp_cleanup_rbuf(sk: TcpSock, copied: number): void {
  const ack = sk.icsk_ack;
  let time_to_ack = false;
  if (inet_csk_ack_scheduled(sk)) {
    time_to_ack = ((sk.rcv_nxt - sk.rcv_wup) >>> 0) > ack.rcv_mss ||
      (copied > 0 &&
        ((ack.pending & ICSK_ACK_PUSHED2) !== 0 ||
          ((ack.pending & ICSK_ACK_PUSHED) !== 0 && !inet_csk_in_pingpong_mode(sk))) &&
        sk.sk_rmem_alloc === 0);
  }
  if (copied > 0 && !time_to_ack && !(sk.sk_shutdown & RCV_SHUTDOWN)) {
    const now = tcp_receive_window(sk);
    if (2 * now <= sk.window_clamp) {
      const wanted = __tcp_select_window(sk);
      if (wanted > 0 && wanted >= 2 * now) time_to_ack = true;
    }
  }
  if (time_to_ack) tcp_send_ack(sk);
}

function eat(sk: TcpSock, skb: TcpSkb): void {
  sk.receive_queue.remove(skb);
  sk.sk_rmem_alloc -= skb.truesize;
}

/** The urgent octet out of band (`tcp_recv_urg`). */
function tcp_recv_urg(sk: TcpSock, request: ReceiveRequest): ReceiveOutcome {
  if (sk.so.oobinline || sk.urg_data === 0 || sk.urg_data === TCP_URG_READ) return plain(-EINVAL);
  if (sk.sk_state === TCP_CLOSE && !sk.sock_done) return plain(-ENOTCONN);
  if (sk.urg_data & TCP_URG_VALID) {
    const octet = sk.urg_data & 0xff;
    if (!(request.flags & MSG_PEEK)) sk.urg_data = TCP_URG_READ;
    if (request.length === 0) return plain(0, MSG_OOB | MSG_TRUNC);
    const data = request.flags & MSG_TRUNC ? NOTHING : Uint8Array.of(octet);
    return { result: 1, data, flags: MSG_OOB, control: [] };
  }
  return plain(sk.sk_state === TCP_CLOSE || sk.sk_shutdown & RCV_SHUTDOWN ? 0 : -EAGAIN);
}

/** What a read that found nothing returns. */
function nothing_to_read(sk: TcpSock): number {
  if (sk.sock_done) return 0;
  if (sk.sk_err !== 0) return sk.sock_error();
  if (sk.sk_shutdown & RCV_SHUTDOWN) return 0;
  if (sk.sk_state === TCP_CLOSE) return -ENOTCONN;
  return -EAGAIN;
}

/**
 * Reads (`tcp_recvmsg`). -EAGAIN where it would wait; waiting for more than there is, is the caller's. With `splice`,
 * urgent data is not passed over: 0 octets are given in front of it (`tcp_splice_read`).
 */
export function tcp_recvmsg(sk: TcpSock, request: ReceiveRequest, splice = false): ReceiveOutcome {
  const { flags } = request;
  if (flags & MSG_ERRQUEUE) return sk.error_queue.receive(request.length);
  if (sk.sk_state === TCP_LISTEN) return plain(-ENOTCONN);
  if (flags & MSG_OOB) return tcp_recv_urg(sk, request);
  const peek = (flags & MSG_PEEK) !== 0;
  const available = Math.min(request.length, (sk.rcv_nxt - sk.copied_seq) >>> 0);
  const out = new Uint8Array(flags & MSG_TRUNC ? 0 : available);
  let seq = sk.copied_seq;
  let copied = 0;
  let len = request.length;
  let stamp = -1;
  for (let skb = sk.receive_queue.head; skb !== undefined && len > 0;) {
    if (sk.urg_data !== 0 && sk.urg_seq === seq && (copied > 0 || splice)) break;
    let offset = (seq - skb.seq) | 0;
    if (offset >= skb.len) {
      const next: TcpSkb | undefined = skb.next;
      if (skb.fin) {
        if (offset === skb.len) seq = (seq + 1) >>> 0;
        if (!peek) {
          sk.copied_seq = seq;
          eat(sk, skb);
        }
        break;
      }
      if (!peek) eat(sk, skb);
      skb = next;
      continue;
    }
    let used = Math.min(skb.len - offset, len);
    if (sk.urg_data !== 0) {
      const urg_offset = (sk.urg_seq - seq) >>> 0;
      if (urg_offset < used) {
        if (urg_offset > 0) used = urg_offset;
        else if (!sk.so.oobinline) {
          // The urgent octet is not part of the stream.
          seq = (seq + 1) >>> 0;
          offset++;
          used--;
        }
      }
    }
    if (used > 0) {
      if (!(flags & MSG_TRUNC)) skb.copyTo(out, copied, offset, used);
      seq = (seq + used) >>> 0;
      copied += used;
      len -= used;
      stamp = skb.skb_mstamp;
    }
    if (!peek) {
      sk.copied_seq = seq;
      tcp_rcv_space_adjust(sk);
      if (sk.urg_data !== 0 && after(sk.copied_seq, sk.urg_seq)) sk.urg_data = 0;
    }
    if (used + offset < skb.len) continue;
    const next: TcpSkb | undefined = skb.next;
    if (skb.fin) {
      seq = (seq + 1) >>> 0;
      if (!peek) {
        sk.copied_seq = seq;
        eat(sk, skb);
      }
      break;
    }
    if (!peek) eat(sk, skb);
    skb = next;
  }
  const at_urgent = splice && !sk.receive_queue.empty;
  const result = copied > 0 || request.length === 0 || at_urgent ? copied : nothing_to_read(sk);
  if (!peek) tcp_cleanup_rbuf(sk, copied);
  if (result < 0) return plain(result);
  return { result, data: out.subarray(0, out.length === 0 ? 0 : copied), flags: 0, control: control_of(sk, stamp) };
}

/** Control messages: timestamp of the last data read, octets left (`TCP_INQ`). */
function control_of(sk: TcpSock, stamp: number): ControlMessage[] {
  const control: ControlMessage[] = stamp >= 0 ? timestamp_control(sk, sk.realtime(stamp)) : [];
  if (sk.recvmsg_inq) control.push({ level: SOL_TCP, type: TCP_CM_INQ, data: int(tcp_inq_hint(sk)) });
  return control;
}

/** Octets left to read; 1 at the end of the stream, so that programs read on. */
function tcp_inq_hint(sk: TcpSock): number {
  const inq = (sk.rcv_nxt - sk.copied_seq) >>> 0;
  return inq === 0 && sk.sock_done ? 1 : inq;
}

/** `SIOCINQ`: octets that a read would give now. */
export function tcp_inq(sk: TcpSock): number {
  if (sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV) return 0;
  if (
    sk.so.oobinline || sk.urg_data === 0 || before(sk.urg_seq, sk.copied_seq) || !before(sk.urg_seq, sk.rcv_nxt)
  ) {
    const answer = (sk.rcv_nxt - sk.copied_seq) >>> 0;
    return answer > 0 && sk.sock_done ? answer - 1 : answer;
  }
  return (sk.urg_seq - sk.copied_seq) >>> 0;
}
