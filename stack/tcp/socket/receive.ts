/**
 * recvmsg and its kin.
 *
 * @module
 */
import { int } from "../../../abi/memory.ts";
import {
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOL_TCP,
} from "../../../abi/socket_constants.ts";
import { EAGAIN, EINVAL, ENOTCONN } from "../../../abi/errno.ts";
import { RCV_SHUTDOWN } from "../../inet/inet_sock.ts";
import { timestamp_control } from "../../inet/receive_control.ts";
import type { ReceiveOutcome, ReceiveRequest } from "../../inet/sock.ts";
import type { ControlMessage } from "../../../abi/control_message.ts";
import * as State from "../../../abi/tcp_constants.ts";
import { distance } from "../../wire/seq.ts";
import type { Connection } from "../connection/connection.ts";
import type { TcpEndpoint } from "./endpoint.ts";

const NOTHING = new Uint8Array(0);

function outcome(
  result: number,
  data: Uint8Array = NOTHING,
  flags = 0,
  control: readonly ControlMessage[] = [],
): ReceiveOutcome {
  return { result, data, flags, control };
}

/** `recvmsg` on a TCP socket. */
export function receiveMessage(socket: TcpEndpoint, request: ReceiveRequest): ReceiveOutcome {
  if ((request.flags & MSG_ERRQUEUE) !== 0) return socket.error_queue.receive(request.length);
  const { connection } = socket;
  if (socket.sk_state === State.TCP_LISTEN) return outcome(-ENOTCONN);
  if ((request.flags & MSG_OOB) !== 0) return receiveUrgent(socket, request);
  // RFC9293-3.10.3-recv-closed
  if (connection === undefined) return outcome(nothingThere(socket));
  // RFC9293-3.10.3-recv-established
  const available = skipUrgent(socket, connection);
  if (available === 0) return outcome(nothingThere(socket));
  if (request.length === 0) return outcome(0);
  return take(socket, connection, request, Math.min(request.length, available));
}

/** What a read gives when there is nothing to read: the end, an error, or -EAGAIN. */
function nothingThere(socket: TcpEndpoint): number {
  // RFC9293-MUST-12, RFC9293-3.10.3-recv-closewait, RFC9293-3.6-case2-remote
  if (socket.connection?.finTaken) return 0;
  const error = socket.sock_error();
  if (error !== 0) return error;
  if ((socket.sk_shutdown & RCV_SHUTDOWN) !== 0) return 0;
  if (socket.sk_state === State.TCP_CLOSE) {
    // RFC9293-3.10.3-recv-closed
    return socket.deferred !== undefined ? -EAGAIN : socket.wasConnected ? 0 : -ENOTCONN;
  }
  return -EAGAIN;
}

/** Octets to the next mark; an urgent octet in front that is not in line is passed over. */
function skipUrgent(socket: TcpEndpoint, connection: Connection): number {
  const { receiver } = connection;
  const { urgent, queue } = receiver;
  if (!urgent.ahead(receiver.copied)) return queue.length;
  const before = queue.lengthBefore(urgent.seq, receiver.rcvNxt);
  if (before > 0 || urgent.state === "announced") return before;
  if (socket.so.oobinline) {
    urgent.state = "none";
    return queue.length;
  }
  receiver.consume(1);
  return queue.length;
}

function take(socket: TcpEndpoint, connection: Connection, request: ReceiveRequest, count: number): ReceiveOutcome {
  const { receiver } = connection;
  const peek = (request.flags & MSG_PEEK) !== 0;
  let arrivedAt = 0;
  const discard = (request.flags & MSG_TRUNC) !== 0;
  const offset = peek && socket.so.peek_off >= 0 ? socket.so.peek_off : 0;
  const data = receiver.queue.peek(offset, Math.min(count, receiver.readable - offset), (at) => arrivedAt = at);
  if (data.length === 0) return outcome(nothingThere(socket));
  if (peek && socket.so.peek_off >= 0) socket.so.peek_off += data.length;
  if (!peek) {
    receiver.consume(data.length);
    if (socket.so.peek_off >= 0) socket.so.peek_off = Math.max(socket.so.peek_off - data.length, 0);
    receiver.afterReading(socket.sk_state !== State.TCP_CLOSE);
  }
  const control: ControlMessage[] = [];
  if (wantsTimestamps(socket)) control.push(...timestamp_control(socket, socket.realtime(arrivedAt)));
  if (socket.settings.inq) control.push({ level: SOL_TCP, type: State.TCP_CM_INQ, data: int(inQueue(connection)) });
  return { result: data.length, data: discard ? NOTHING : data, flags: 0, control };
}

function wantsTimestamps(socket: TcpEndpoint): boolean {
  return socket.so.timestamp !== undefined || (socket.so.timestamping & SOF_TIMESTAMPING_RX_SOFTWARE) !== 0;
}

/** Octets left to read; one more at the end of the stream, so that a read is worth it. */
export function inQueue(connection: Connection): number {
  const left = connection.receiver.readable;
  return left === 0 && connection.finTaken ? 1 : left;
}

/** `recvmsg` with MSG_OOB: the urgent octet, once. */
function receiveUrgent(socket: TcpEndpoint, request: ReceiveRequest): ReceiveOutcome {
  const { connection } = socket;
  if (connection === undefined || socket.so.oobinline) return outcome(-EINVAL);
  const { urgent } = connection.receiver;
  if (urgent.state === "none" || urgent.state === "read") return outcome(-EINVAL);
  if (socket.sk_state === State.TCP_CLOSE) return outcome(-ENOTCONN);
  if (urgent.state === "announced") {
    return outcome((socket.sk_shutdown & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN);
  }
  if ((request.flags & MSG_PEEK) === 0) urgent.state = "read";
  if (request.length === 0) return outcome(0, NOTHING, MSG_OOB | MSG_TRUNC);
  return outcome(1, Uint8Array.of(urgent.octet), MSG_OOB);
}

/** Reads for `splice`: what is there before the next mark. */
export function spliceRead(
  socket: TcpEndpoint,
  length: number,
): { readonly result: number; readonly data: Uint8Array } {
  const { connection } = socket;
  if (socket.sk_state === State.TCP_LISTEN) return { result: -ENOTCONN, data: NOTHING };
  if (connection === undefined) return { result: nothingThere(socket), data: NOTHING };
  const { receiver } = connection;
  const { urgent } = receiver;
  const available = urgent.ahead(receiver.copied) ? distance(urgent.seq, receiver.copied) : receiver.readable;
  const count = Math.min(available, receiver.readable, length);
  if (count === 0) {
    return { result: receiver.readable > 0 ? 0 : nothingThere(socket), data: NOTHING };
  }
  const data = receiver.queue.peek(0, count);
  receiver.consume(count);
  receiver.afterReading(socket.sk_state !== State.TCP_CLOSE);
  return { result: count, data };
}
