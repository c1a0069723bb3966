/**
 * The three-way handshake is over.
 *
 * @module
 */
import { SOCK_SNDBUF_LOCK } from "../../../abi/socket_constants.ts";
import type { Connection } from "./connection.ts";

/** Parts begin their work in ESTABLISHED. `rtt`: what the handshake measured at the listener's side, µs, or -1; `timeouts`: of its SYN-ACK. */
export function establish(connection: Connection, rtt: number, timeouts: number): void {
  const { sender, keepAlive, ecn } = connection;
  sender.recovery.onEstablished(rtt, timeouts);
  sender.established();
  ecn.precise = ecn.on && sender.recovery.congestion.needsEcn;
  growSendBuffer(connection);
  keepAlive.heard();
  keepAlive.start();
  connection.receiver.established();
}

/** Room that a segment needs beside its text, in the accounting of the send buffer. */
const SEGMENT_ROOM = 560;

/** The send buffer holds two congestion windows, unless the program set it (`net.ipv4.tcp_wmem`). */
export function growSendBuffer(connection: Connection): void {
  const { endpoint, sender, context } = connection;
  if ((endpoint.sk_userlocks & SOCK_SNDBUF_LOCK) !== 0) return;
  const { flow, info } = sender.recovery;
  const octets = Math.max(sender.mss, connection.negotiated.peerMss) + SEGMENT_ROOM;
  const segment = 2 ** (32 - Math.clz32(octets - 1)) + 256;
  const wanted = 2 * Math.max(flow.cwnd, info.reordering + 1, 10) * segment;
  if (wanted > endpoint.buffers.sndbuf) endpoint.buffers.sndbuf = Math.min(wanted, context.config.wmem.vector[2]!);
}
