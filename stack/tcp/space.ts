/**
 * The send buffer: its growth, and telling the program that there is room.
 *
 * @module
 */
import { POLLOUT, POLLWRBAND, POLLWRNORM } from "../../abi/file_constants.ts";
import { TCP_CLOSE_WAIT, TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { tcp_chrono_stop } from "./chrono.ts";
import {
  MAX_TCP_HEADER,
  SKB_SHINFO,
  SKB_STRUCT,
  SOCK_SNDBUF_LOCK,
  TCP_CHRONO_SNDBUF_LIMITED,
  TCP_INIT_CWND,
} from "./constants.ts";
import { tcp_packets_in_flight, type TcpSock } from "./state.ts";

/** Grows the send buffer to two windows (`tcp_sndbuf_expand`). */
export function tcp_sndbuf_expand(sk: TcpSock): void {
  let per_mss = Math.max(sk.rx_opt.mss_clamp, sk.mss_cache) + MAX_TCP_HEADER + SKB_SHINFO;
  per_mss = 2 ** Math.ceil(Math.log2(per_mss)) + SKB_STRUCT;
  const segs = Math.max(TCP_INIT_CWND, sk.snd_cwnd, sk.reordering + 1);
  const wanted = (sk.icsk_ca?.sndbuf_expand ?? 2) * segs * per_mss;
  if (sk.sk_sndbuf < wanted) sk.sk_sndbuf = Math.min(wanted, sk.tcp.sysctl.wmem.vector[2]!);
}

/** Free octets of the send buffer, may be negative. */
function sk_stream_wspace(sk: TcpSock): number {
  return sk.sk_sndbuf - sk.sk_wmem_queued;
}

/** Unsent octets below which the program may write. */
function tcp_notsent_lowat(sk: TcpSock): number {
  return sk.notsent_lowat !== 0 ? sk.notsent_lowat : sk.tcp.sysctl.notsent_lowat.value >>> 0;
}

/** Whether unsent data is below its limit; `wake` halves it, so that a writer is not woken for a single segment. */
function tcp_stream_memory_free(sk: TcpSock, wake: boolean): boolean {
  const notsent = (sk.write_seq - sk.snd_nxt) >>> 0;
  return notsent * (wake ? 2 : 1) < tcp_notsent_lowat(sk);
}

/** Whether `sendmsg` may queue another skb. */
export function sk_stream_memory_free(sk: TcpSock, wake = false): boolean {
  return sk.sk_wmem_queued < sk.sk_sndbuf && tcp_stream_memory_free(sk, wake);
}

/** Whether the socket counts as writable: a third of the buffer is free (`__sk_stream_is_writeable`). */
export function sk_stream_is_writeable(sk: TcpSock, wake = false): boolean {
  return sk_stream_wspace(sk) >= sk.sk_wmem_queued >> 1 && sk_stream_memory_free(sk, wake);
}

/** Whether the buffer, and not the window, limits sending (`tcp_should_expand_sndbuf`). */
function tcp_should_expand_sndbuf(sk: TcpSock): boolean {
  return !(sk.sk_userlocks & SOCK_SNDBUF_LOCK) && tcp_packets_in_flight(sk) < sk.snd_cwnd;
}

/** After room was made: grows the buffer and wakes a program that waits for it (`tcp_check_space`). */
export function tcp_check_space(sk: TcpSock): void {
  if (!sk.sock_nospace || sk.sock_dead) return;
  if (tcp_should_expand_sndbuf(sk)) {
    tcp_sndbuf_expand(sk);
    sk.snd_cwnd_stamp = sk.jiffies;
  }
  sk_stream_write_space(sk);
  if (!sk.sock_nospace) tcp_chrono_stop(sk, TCP_CHRONO_SNDBUF_LIMITED);
}

/** Wakes writers if the socket became writable (`sk_stream_write_space`). */
export function sk_stream_write_space(sk: TcpSock): void {
  if (!sk_stream_is_writeable(sk, true) || sk.sock_dead) return;
  sk.sock_nospace = false;
  sk.wait.wake(POLLOUT | POLLWRNORM | POLLWRBAND);
}

/** Whether a state takes data from the program. */
export function may_send(sk: TcpSock): boolean {
  return sk.sk_state === TCP_ESTABLISHED || sk.sk_state === TCP_CLOSE_WAIT;
}
