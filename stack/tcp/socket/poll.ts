/**
 * What a program may do with a TCP socket now (poll(2)), and when it is told.
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
} from "../../../abi/file_constants.ts";
import { RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } from "../../inet/inet_sock.ts";
import * as State from "../../../abi/tcp_constants.ts";
import type { TcpEndpoint } from "./endpoint.ts";

/** Whether the send buffer takes another piece of the stream, and TCP_NOTSENT_LOWAT lets it. */
export function hasSpace(socket: TcpEndpoint): boolean {
  const { connection } = socket;
  if (connection === undefined) return true;
  const { queue } = connection.sender;
  return queue.charged < socket.buffers.sndbuf && queue.unsent < notSentLimit(socket);
}

function notSentLimit(socket: TcpEndpoint): number {
  return socket.settings.notsentLowat || socket.services.context.config.notsent_lowat.value;
}

/** Whether there is so much room that it is worth waking a writer: a third of the buffer. */
function hasGoodSpace(socket: TcpEndpoint): boolean {
  const { connection } = socket;
  if (connection === undefined) return true;
  const { queue } = connection.sender;
  const free = socket.buffers.sndbuf - queue.charged;
  // With TCP_NOTSENT_LOWAT: once half of it has gone.
  return free >= queue.charged / 2 && queue.unsent * 2 < notSentLimit(socket);
}

/** There is room in the send buffer again. */
export function wakeWriters(socket: TcpEndpoint): void {
  if (!hasGoodSpace(socket)) return;
  if (!socket.wantsSpace) return;
  socket.wantsSpace = false;
  socket.connection?.spaceFound();
  socket.wait.wake(POLLOUT | POLLWRNORM);
}

/** `POLL*` bits that hold now. */
export function pollTcp(socket: TcpEndpoint): number {
  const { connection } = socket;
  if (socket.sk_state === State.TCP_LISTEN) {
    return socket.listener !== undefined && socket.listener.waiting > 0 ? POLLIN | POLLRDNORM : 0;
  }
  let mask = 0;
  if (socket.sk_shutdown === SHUTDOWN_MASK || (socket.sk_state === State.TCP_CLOSE && socket.deferred === undefined)) {
    mask |= POLLHUP;
  }
  if ((socket.sk_shutdown & RCV_SHUTDOWN) !== 0) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
  const opening = socket.sk_state === State.TCP_SYN_SENT ||
    (socket.sk_state === State.TCP_SYN_RECV && !connection?.opening.fastOpenChild);
  if (!opening && connection !== undefined) {
    mask |= pollReadable(socket);
    mask |= pollWritable(socket);
  } else if (socket.sk_state === State.TCP_CLOSE && connection === undefined) {
    mask |= POLLOUT | POLLWRNORM;
  } else if (socket.deferred !== undefined) {
    // A write may go with the SYN.
    mask |= POLLOUT | POLLWRNORM;
  }
  if (socket.sk_err !== 0 || !socket.error_queue.empty) mask |= POLLERR;
  return mask;
}

function pollReadable(socket: TcpEndpoint): number {
  const { receiver } = socket.connection!;
  const { urgent } = receiver;
  let mask = 0;
  const target = Math.max(socket.so.rcvlowat, 1);
  let readable = receiver.readable;
  // An urgent octet that is not in line is nothing to read.
  if (urgent.seq === receiver.copied && !socket.so.oobinline && urgent.state !== "none" && readable > 0) readable--;
  if (readable >= target || (readable > 0 && receiver.readable >= socket.buffers.rcvbuf / 2)) {
    mask |= POLLIN | POLLRDNORM;
  }
  if (urgent.state === "announced" || urgent.state === "there") mask |= POLLPRI;
  return mask;
}

function pollWritable(socket: TcpEndpoint): number {
  if ((socket.sk_shutdown & SEND_SHUTDOWN) !== 0) return POLLOUT | POLLWRNORM;
  if (hasSpace(socket) && hasGoodSpace(socket)) return POLLOUT | POLLWRNORM;
  socket.wantsSpace = true;
  return 0;
}
