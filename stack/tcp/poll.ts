/**
 * Readiness (`tcp_poll`).
 *
 * @module
 */
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from "../../abi/file_constants.ts";
import { TCP_CLOSE, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } from "./constants.ts";
import { tcp_epollin_ready, TCP_URG_VALID } from "./data.ts";
import { sk_stream_is_writeable } from "./space.ts";
import type { TcpSock } from "./state.ts";

/** The `POLL*` bits that hold now. Asking for room that is not there makes the next room wake. */
export function tcp_poll(sk: TcpSock): number {
  const state = sk.sk_state;
  if (state === TCP_LISTEN) return sk.accept_queue.length > 0 ? POLLIN | POLLRDNORM : 0;
  let mask = 0;
  const shutdown = sk.sk_shutdown;
  if (shutdown === SHUTDOWN_MASK || state === TCP_CLOSE) mask |= POLLHUP;
  if (shutdown & RCV_SHUTDOWN) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
  if (state !== TCP_SYN_SENT && (state !== TCP_SYN_RECV || sk.fastopen_rsk !== undefined)) {
    if (tcp_epollin_ready(sk)) mask |= POLLIN | POLLRDNORM;
    if (shutdown & SEND_SHUTDOWN || sk_stream_is_writeable(sk, true)) mask |= POLLOUT | POLLWRNORM;
    else sk.sock_nospace = true;
    if (sk.urg_data & TCP_URG_VALID) mask |= POLLPRI;
  } else if (state === TCP_SYN_SENT && sk.defer_connect) {
    // So that the program writes, which sends the SYN with data.
    mask |= POLLOUT | POLLWRNORM;
  }
  if (sk.sk_err !== 0 || !sk.error_queue.empty) {
    mask |= POLLERR | (sk.so.select_err_queue && !sk.error_queue.empty ? POLLPRI : 0);
  }
  return mask;
}
