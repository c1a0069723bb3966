/**
 * State changes and the end of a connection.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } from "../../abi/file_constants.ts";
import { ETIMEDOUT } from "../../abi/errno.ts";
import { TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { tcp_chrono_stop } from "./chrono.ts";
import { SHUTDOWN_MASK, TCP_CHRONO_BUSY } from "./constants.ts";
import { reqsk_fastopen_remove } from "./fastopen.ts";
import { tcp_wmem_free_skb } from "./segments.ts";
import type { TcpSock } from "./state.ts";
import { tcp_clear_xmit_timers } from "./timers.ts";

/** Sets the state, and keeps the counters of connections (`tcp_set_state`). */
export function tcp_set_state(sk: TcpSock, state: number): void {
  const old = sk.sk_state;
  const mib = sk.net.mib;
  if (state === TCP_ESTABLISHED) {
    if (old !== TCP_ESTABLISHED) mib.inc(Counter.TcpCurrEstab);
  } else {
    if (state === TCP_CLOSE) {
      if (old === TCP_CLOSE_WAIT || old === TCP_ESTABLISHED) mib.inc(Counter.TcpEstabResets);
      sk.tcp.unhash(sk);
      if (!(sk.sk_userlocks & 8)) sk.tcp.put_port(sk);
    } else if (state === TCP_CLOSE_WAIT && old === TCP_SYN_RECV) mib.inc(Counter.TcpCurrEstab);
    if (old === TCP_ESTABLISHED || (old === TCP_CLOSE_WAIT && state !== TCP_CLOSE_WAIT)) {
      if (state !== TCP_CLOSE_WAIT) mib.add(Counter.TcpCurrEstab, -1);
    }
  }
  sk.sk_state = state;
}

/** Drops everything queued for sending. */
export function tcp_write_queue_purge(sk: TcpSock): void {
  tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
  for (let skb = sk.write_queue.shift(); skb !== undefined; skb = sk.write_queue.shift()) tcp_wmem_free_skb(sk, skb);
  for (let skb = sk.rtx_queue.shift(); skb !== undefined; skb = sk.rtx_queue.shift()) tcp_wmem_free_skb(sk, skb);
  sk.retransmit_skb_hint = undefined;
  sk.highest_sack = undefined;
  sk.packets_out = 0;
  sk.sacked_out = 0;
  sk.lost_out = 0;
  sk.retrans_out = 0;
  sk.icsk_backoff = 0;
}

/** The connection is over (`tcp_done`). */
export function tcp_done(sk: TcpSock): void {
  const req = sk.fastopen_rsk;
  if (sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV) sk.net.mib.inc(Counter.TcpAttemptFails);
  tcp_set_state(sk, TCP_CLOSE);
  tcp_clear_xmit_timers(sk);
  if (req !== undefined) reqsk_fastopen_remove(sk, req, false);
  sk.sk_shutdown = SHUTDOWN_MASK;
  if (!sk.sock_dead) sk.wait.wake(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLHUP | POLLRDHUP);
  else sk.tcp.destroy_sock(sk);
}

/** As {@link tcp_done}, with an error for the program. */
export function tcp_done_with_error(sk: TcpSock, error: number): void {
  sk.sk_err = error;
  tcp_write_queue_purge(sk);
  const dead = sk.sock_dead;
  tcp_done(sk);
  if (!dead) sk.wait.wake(POLLERR | POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLHUP | POLLRDHUP);
}

/** The peer does not answer (`tcp_write_err`). */
export function tcp_write_err(sk: TcpSock): void {
  tcp_done_with_error(sk, sk.sk_err_soft !== 0 ? sk.sk_err_soft : ETIMEDOUT);
  sk.net.mib.inc(Counter.TcpExtTCPAbortOnTimeout);
}
