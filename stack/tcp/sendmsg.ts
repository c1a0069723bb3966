/**
 * Data from the program into the write queue (`tcp_sendmsg`).
 *
 * @module
 */
import {
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_FASTOPEN,
  MSG_MORE,
  MSG_OOB,
  MSG_ZEROCOPY,
  SO_TIMESTAMPING,
  SOL_SOCKET,
} from "../../abi/socket_constants.ts";
import { EAGAIN, EALREADY, EDESTADDRREQ, EINPROGRESS, EOPNOTSUPP, EPIPE } from "../../abi/errno.ts";
import type { SendMessage } from "../inet/sock.ts";
import type { ControlMessage } from "../../abi/control_message.ts";
import { send_control } from "../inet/send_control.ts";
import { TCP_CLOSE, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { SEND_SHUTDOWN, TCP_NAGLE_CORK, TCP_NAGLE_PUSH, TCPHDR_ACK, TCPHDR_PSH } from "./constants.ts";
import { connect_failed, tcp_connect } from "./connect.ts";
import { TFO } from "./fastopen.ts";
import { tcp_current_mss, tcp_xmit_size_goal } from "./mss.ts";
import {
  __tcp_push_pending_frames,
  forced_push,
  tcp_mark_push,
  tcp_push_one,
  tcp_queue_skb,
  tcp_slow_start_after_idle_check,
} from "./output.ts";
import { tcp_rate_check_app_limited } from "./rate.ts";
import { tcp_skb_can_collapse_to, tcp_wmem_free_skb } from "./segments.ts";
import { TcpSkb, type ZerocopyRange } from "./skb.ts";
import { may_send, sk_stream_memory_free, sk_stream_write_space } from "./space.ts";
import type { TcpSock } from "./state.ts";
import { tcp_tx_timestamp } from "./timestamping.ts";
import { msg_zerocopy_realloc, net_zcopy_put_abort, skb_zcopy_get, skb_zcopy_put } from "./zerocopy.ts";

/** Most pages that an skb refers to. */
const MAX_SKB_FRAGS = 17;
const PAGE_SIZE = 4096;

/** Removes an skb that was made and not filled (`tcp_remove_empty_skb`). */
function tcp_remove_empty_skb(sk: TcpSock): void {
  const skb = sk.write_queue.tail;
  if (skb === undefined || skb.seq !== skb.end_seq) return;
  sk.write_queue.remove(skb);
  tcp_wmem_free_skb(sk, skb);
}

/** A new skb at the end of the write queue (`tcp_skb_entail`). */
function tcp_skb_entail(sk: TcpSock): TcpSkb {
  const skb = new TcpSkb();
  skb.seq = skb.end_seq = sk.write_seq;
  skb.tcp_flags = TCPHDR_ACK;
  tcp_queue_skb(sk, skb);
  if (sk.nonagle & TCP_NAGLE_PUSH) sk.nonagle &= ~TCP_NAGLE_PUSH;
  tcp_slow_start_after_idle_check(sk);
  return skb;
}

/** Sends what was queued, as flags and settings allow (`tcp_push`). */
export function tcp_push(sk: TcpSock, flags: number, mss: number, nonagle: number): void {
  const skb = sk.write_queue.tail;
  if (skb === undefined) return;
  if (!(flags & MSG_MORE) || forced_push(sk)) tcp_mark_push(sk, skb);
  if (flags & MSG_OOB) sk.snd_up = sk.write_seq;
  __tcp_push_pending_frames(sk, mss, flags & MSG_MORE ? TCP_NAGLE_CORK : nonagle);
}

/** The error of a call that sent nothing (`sk_stream_error`). */
function sk_stream_error(sk: TcpSock, error: number): number {
  return error === -EPIPE ? sk.sock_error() || -EPIPE : error;
}

/** Data on the SYN (`tcp_sendmsg_fastopen`): octets copied when positive or 0; `-errno`. */
function tcp_sendmsg_fastopen(
  sk: TcpSock,
  message: SendMessage,
  zerocopy: ZerocopyRange | undefined,
): { readonly error: number; readonly copied: number } {
  if (!(sk.tcp.sysctl.fastopen.value & TFO.CLIENT_ENABLE)) return { error: -EOPNOTSUPP, copied: 0 };
  if (sk.fastopen_req !== undefined) return { error: -EALREADY, copied: 0 };
  const request = {
    cookie: { len: 0, exp: false, bytes: new Uint8Array(0) },
    data: message.data,
    copied: 0,
    zerocopy,
  };
  let error: number;
  if (sk.defer_connect) {
    sk.fastopen_req = request;
    sk.defer_connect = false;
    error = tcp_connect(sk);
    if (error < 0) connect_failed(sk);
    else error = -EINPROGRESS;
  } else {
    if (message.to === undefined && sk.sk_state === TCP_CLOSE) return { error: -EDESTADDRREQ, copied: 0 };
    sk.fastopen_req = request;
    error = message.to === undefined ? -EALREADY : sk.connect(message.to);
  }
  sk.fastopen_req = undefined;
  return { error, copied: request.copied };
}

/** `SOF_TIMESTAMPING_TX_*` that hold for one call, or `-errno`. */
function timestamp_flags(sk: TcpSock, control: readonly ControlMessage[] | undefined): number {
  let flags = sk.so.timestamping;
  if (control === undefined || control.length === 0) return flags;
  const taken = send_control(sk, control.filter((message) => message.level === SOL_SOCKET));
  if (typeof taken === "number") return taken;
  for (const { level, type, data } of control) {
    if (level === SOL_SOCKET && type === SO_TIMESTAMPING) {
      flags = (flags & ~0x302) | (data[0]! | (data[1]! << 8));
    }
  }
  return flags;
}

/** Queues and sends data (`tcp_sendmsg_locked`): octets taken, or `-errno`. -EAGAIN where it would wait. */
export function tcp_sendmsg(sk: TcpSock, message: SendMessage): number {
  const { data, flags } = message;
  let zerocopy: ZerocopyRange | undefined;
  if (flags & MSG_ZEROCOPY && data.length > 0 && sk.so.zerocopy) {
    zerocopy = msg_zerocopy_realloc(sk, sk.write_queue.tail?.zerocopy);
  }
  const result = sendmsg_locked(sk, message, zerocopy);
  if (zerocopy !== undefined) {
    if (result < 0) net_zcopy_put_abort(sk, zerocopy);
    else skb_zcopy_put(sk, zerocopy);
  }
  return result;
}

function sendmsg_locked(sk: TcpSock, message: SendMessage, zerocopy: ZerocopyRange | undefined): number {
  const { flags } = message;
  const tx_flags = timestamp_flags(sk, message.control);
  if (tx_flags < 0) return tx_flags;
  if (flags & MSG_FASTOPEN || sk.defer_connect) {
    const { error, copied } = tcp_sendmsg_fastopen(sk, message, zerocopy);
    sk.write_pending = error === -EINPROGRESS && !(flags & MSG_DONTWAIT) && copied < message.data.length;
    if (error === -EINPROGRESS && copied > 0) return copied;
    if (error !== 0) return error;
    // Connected at once, as over loopback: the rest goes the ordinary way.
    return copied + Math.max(0, queue_data(sk, message, copied, tx_flags, zerocopy));
  }
  sk.write_pending = false;
  tcp_rate_check_app_limited(sk);
  if (!may_send(sk) && sk.fastopen_rsk === undefined) {
    if (sk.sk_err !== 0) return sk.sock_error();
    if (sk.sk_state === TCP_SYN_SENT || sk.sk_state === 3) return -EAGAIN;
    return -EPIPE;
  }
  return queue_data(sk, message, 0, tx_flags, zerocopy);
}

function queue_data(
  sk: TcpSock,
  message: SendMessage,
  from: number,
  tx_flags: number,
  zerocopy: ZerocopyRange | undefined,
): number {
  const { data, flags } = message;
  const large = !(flags & MSG_OOB);
  const mss = tcp_current_mss(sk);
  const size_goal = tcp_xmit_size_goal(sk, mss, large);
  if (sk.sk_err !== 0 || sk.sk_shutdown & SEND_SHUTDOWN) return sk_stream_error(sk, -EPIPE);
  let at = from;
  let blocked = false;
  let pages_full = false;
  while (at < data.length) {
    let skb = sk.write_queue.tail;
    let room = skb === undefined ? 0 : size_goal - skb.len;
    if (
      skb === undefined || room <= 0 || !tcp_skb_can_collapse_to(skb) || pages_full ||
      (skb.len > 0 && skb.zerocopy !== zerocopy)
    ) {
      pages_full = false;
      if (!sk_stream_memory_free(sk)) {
        blocked = true;
        break;
      }
      skb = tcp_skb_entail(sk);
      room = size_goal;
    }
    let end = Math.min(at + room, data.length);
    if (zerocopy !== undefined) {
      skb.zerocopy ??= skb_zcopy_get(zerocopy);
      end = pin_pages(skb, message, at, end);
      if (end === at) {
        tcp_mark_push(sk, skb);
        pages_full = true;
        continue;
      }
    }
    if (at === from) skb.tcp_flags &= ~TCPHDR_PSH;
    at = fill(sk, skb, data, at, end);
    skb.gso_segs = 0;
    if (at === data.length) {
      if (flags & MSG_EOR) skb.eor = true;
      break;
    }
    if (skb.len < size_goal || flags & MSG_OOB) continue;
    if (forced_push(sk)) {
      tcp_mark_push(sk, skb);
      __tcp_push_pending_frames(sk, mss, TCP_NAGLE_PUSH);
    } else if (skb === sk.write_queue.head) tcp_push_one(sk, mss);
  }
  const copied = at - from;
  if (blocked) {
    sk.sock_nospace = true;
    tcp_remove_empty_skb(sk);
    if (copied > 0) tcp_push(sk, flags & ~MSG_MORE, mss, TCP_NAGLE_PUSH);
  }
  if (copied > 0) {
    tcp_tx_timestamp(sk, tx_flags);
    tcp_push(sk, flags, mss, sk.nonagle);
    return copied;
  }
  if (!blocked) return 0;
  // An edge-triggered waiter must hear of room though nothing was queued.
  if (sk.rtx_queue.empty && sk.write_queue.empty) sk_stream_write_space(sk);
  return -EAGAIN;
}

/** Where data stops that an skb can hold by reference: it has room for so many pages, and each piece begins a new one. */
function pin_pages(skb: TcpSkb, message: SendMessage, from: number, end: number): number {
  const pieces = message.iov ?? [message.data.length];
  let at = from;
  let start = 0;
  for (const length of pieces) {
    const stop = Math.min(start + length, end);
    start += length;
    while (at < stop) {
      if (skb.zerocopy_frags >= MAX_SKB_FRAGS) return at;
      skb.zerocopy_frags++;
      at = Math.min(at + PAGE_SIZE, stop);
    }
    if (at >= end) break;
  }
  return at;
}

/** Copies data into an skb. */
function fill(sk: TcpSock, skb: TcpSkb, data: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const piece = sk.tcp.page_frag.copy(data, at, end);
    skb.append(piece);
    at += piece.length;
  }
  const copied = at - from;
  skb.truesize += copied;
  sk.sk_wmem_queued += copied;
  sk.write_seq = (sk.write_seq + copied) >>> 0;
  skb.end_seq = (skb.end_seq + copied) >>> 0;
  return at;
}
