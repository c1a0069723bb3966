/**
 * CLOSE and ABORT (RFC 9293 sections 3.10.4, 3.10.5), and what the program may say of them (SO_LINGER, TCP_LINGER2).
 *
 * @module
 */
import { SHUTDOWN_MASK } from "../../inet/inet_sock.ts";
import * as State from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import { waitForFin } from "./resting.ts";
import type { Connection } from "./connection.ts";

/** How long FIN-WAIT-2 lasts without a program, µs (TCP_LINGER2, `net.ipv4.tcp_fin_timeout`); -1: not at all. */
export function finWait2Length(connection: Connection): number {
  const { linger2 } = connection.settings;
  if (linger2 < 0) return -1;
  const usual = linger2 > 0 ? linger2 : connection.context.config.fin_timeout.value * 1e6;
  // The peer is given three and a half timeouts to send its FIN.
  return Math.max(usual, Math.floor(connection.sender.recovery.rto * 3.5));
}

/** The program's last descriptor is gone. */
export function closeConnection(connection: Connection): void {
  const { endpoint, receiver, context } = connection;
  const { mib } = context.net;
  const unread = receiver.discard();
  endpoint.sk_shutdown = SHUTDOWN_MASK;
  if (connection.state === State.TCP_CLOSE) {
    context.ports.put(endpoint);
    return;
  }
  connection.orphan();
  // RFC9293-3.10.4-close-synsent, RFC9293-3.10.5-abort-synsent
  if (connection.state === State.TCP_SYN_SENT) return connection.finish();
  if (unread > 0) {
    // RFC9293-SHLD-3: the peer is told that something it sent was not read.
    mib.inc(Counter.TcpExtTCPAbortOnClose);
    connection.sendReset();
    return connection.finish();
  }
  if (endpoint.so.linger && endpoint.so.lingertime_s === 0) {
    mib.inc(Counter.TcpExtTCPAbortOnClose);
    abortConnection(connection);
    return;
  }
  // RFC9293-3.10.4-close-established, RFC9293-3.6-case1-local
  connection.shutSend();
  if (connection.state === State.TCP_FIN_WAIT2) restInFinWait2(connection);
}

/** FIN-WAIT-2 without a program lasts for a while only. */
export function restInFinWait2(connection: Connection): void {
  const duration = finWait2Length(connection);
  if (connection.finWait?.pending) return;
  if (duration < 0) {
    connection.context.net.mib.inc(Counter.TcpExtTCPAbortOnLinger);
    connection.sendReset();
    return connection.finish();
  }
  waitForFin(connection, duration);
}

/** ABORT: a reset where the peer has a connection, and CLOSED. Whether a reset was sent. */
export function abortConnection(connection: Connection): boolean {
  const { sender } = connection;
  let reset = false;
  switch (connection.state) {
    case State.TCP_SYN_RECV:
    case State.TCP_ESTABLISHED:
    case State.TCP_FIN_WAIT1:
    case State.TCP_FIN_WAIT2:
    case State.TCP_CLOSE_WAIT:
      // RFC9293-3.10.5-abort-established
      reset = true;
      break;
    case State.TCP_CLOSING:
    case State.TCP_LAST_ACK:
      // RFC9293-3.10.5-abort-closing sends none; text that is not acknowledged is worth one.
      reset = sender.queue.hasUnsent;
      break;
  }
  if (reset) connection.sendReset();
  connection.finish();
  return reset;
}
