/**
 * sendmsg and its kin (RFC 9293 section 3.10.2).
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
  SCM_RIGHTS,
  SO_MARK,
  SO_PRIORITY,
  SO_TIMESTAMPING,
  SOF_TIMESTAMPING_TX_ACK,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_SOCKET,
} from "../../../abi/socket_constants.ts";
import { EAGAIN, EALREADY, EINPROGRESS, EINVAL, EISCONN, EPERM, EPIPE } from "../../../abi/errno.ts";
import { SEND_SHUTDOWN } from "../../inet/inet_sock.ts";
import { getUint } from "../../../abi/memory.ts";
import type { SendMessage } from "../../inet/sock.ts";
import * as State from "../../../abi/tcp_constants.ts";
import type { Connection } from "../connection/connection.ts";
import { planFastOpen } from "./fast_open.ts";
import { hasSpace } from "./poll.ts";
import type { FastOpenPlan, TcpEndpoint } from "./endpoint.ts";

/** Room for TCP options beside a SYN's text. */
const SYN_OPTIONS = 40;
/** What a stream takes by control message on the level of sockets. */
const SOCKET_CONTROL: ReadonlySet<number> = new Set([SCM_RIGHTS, SO_MARK, SO_PRIORITY, SO_TIMESTAMPING]);
const TX_FLAGS = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK;

/** `sendmsg` on a TCP socket: octets taken, or `-errno`. */
export function sendMessage(socket: TcpEndpoint, message: SendMessage): number {
  const fastOpen = (message.flags & MSG_FASTOPEN) !== 0;
  if (fastOpen && socket.listener !== undefined) return -EISCONN;
  if (fastOpen || (socket.deferred !== undefined && socket.sk_state === State.TCP_CLOSE)) {
    const opened = openWith(socket, message);
    if (opened !== undefined) return opened;
  }
  const { connection } = socket;
  const stamps = timestampFlags(socket, message);
  if (stamps < 0) return stamps;
  // RFC9293-3.10.2-send-after-close
  // RFC9293-3.10.2-send-closed
  if (connection === undefined || (!connection.handshake && !connection.canWrite)) return closedError(socket);
  // RFC9293-3.10.2-send-synsent: a write waits for the handshake.
  if (connection.handshake && !connection.opening.fastOpenChild) {
    if ((message.flags & MSG_DONTWAIT) === 0) connection.opening.writerWaits = true;
    return socket.sk_err !== 0 ? socket.sock_error() : -EAGAIN;
  }
  if (socket.sk_err !== 0) return socket.sock_error();
  // RFC9293-3.10.2-send-after-close
  if ((socket.sk_shutdown & SEND_SHUTDOWN) !== 0) return -EPIPE;
  return write(socket, connection, message, stamps);
}

function closedError(socket: TcpEndpoint): number {
  // RFC9293-3.10.2-send-closed, RFC9293-3.10.2-send-after-close
  return socket.sk_err !== 0 ? socket.sock_error() : -EPIPE;
}

/** Transmit timestamps that this call wants: the socket's, or its own by control message. */
function timestampFlags(socket: TcpEndpoint, message: SendMessage): number {
  let flags = socket.so.timestamping & TX_FLAGS;
  for (const { level, type, data } of message.control ?? []) {
    if (level !== SOL_SOCKET) continue;
    if (!SOCKET_CONTROL.has(type) || (type !== SCM_RIGHTS && data.length !== 4)) return -EINVAL;
    if (type === SO_MARK && !socket.so.capable) return -EPERM;
    if (type !== SO_TIMESTAMPING) continue;
    flags = getUint(data) & TX_FLAGS;
  }
  return flags;
}

/** Takes what the send buffer has room for, piece by piece, and sends it. */
function write(socket: TcpEndpoint, connection: Connection, message: SendMessage, stamps: number): number {
  const { sender } = connection;
  const { queue } = sender;
  const { data, flags } = message;
  const more = (flags & MSG_MORE) !== 0;
  const goal = sender.chunkGoal;
  const cuts = pieceCuts(socket, message);
  let taken = 0;
  while (taken < data.length) {
    let room = queue.roomInChunk(goal);
    if (room === 0) {
      if (!hasSpace(socket)) {
        socket.wantsSpace = true;
        connection.spaceMissed();
        break;
      }
      queue.beginChunk();
      room = goal;
    }
    const count = Math.min(room, (cuts[0] ?? data.length) - taken);
    queue.write(data.subarray(taken, taken + count));
    taken += count;
    if (taken === cuts[0]) {
      cuts.shift();
      queue.endRecord();
    }
    if (taken === data.length) break;
    // So much has been written that it is worth pushing (RFC9293-SHLD-27: successive marks count as one).
    if (count === room) {
      const half = sender.window.largest >> 1;
      if (queue.unpushed > half) queue.push();
      // RFC9293-MUST-31: what goes before all is written says where the urgent data ends, too.
      if ((message.flags & MSG_OOB) !== 0) sender.emission.sndUp = (queue.writtenEnd + data.length - taken) >>> 0;
      sender.submit("more");
    }
  }
  if (taken === 0 && data.length > 0) {
    sender.submit("none");
    return -EAGAIN;
  }
  if (taken === data.length || taken > 0) finish(socket, connection, message, taken, stamps, more);
  return taken;
}

/** Where a zero-copy write is cut: a packet holds so many pieces of the program's memory (`net.core.max_skb_frags`). */
function pieceCuts(socket: TcpEndpoint, message: SendMessage): number[] {
  if ((message.flags & MSG_ZEROCOPY) === 0 || !socket.so.zerocopy || message.iov === undefined) return [];
  const most = socket.net.sysctl.getNumber("net.core.max_skb_frags");
  const cuts: number[] = [];
  let at = 0;
  message.iov.forEach((length, i) => {
    at += length;
    if ((i + 1) % most === 0 && at < message.data.length) cuts.push(at);
  });
  return cuts;
}

function finish(
  socket: TcpEndpoint,
  connection: Connection,
  message: SendMessage,
  taken: number,
  stamps: number,
  more: boolean,
): void {
  const { sender } = connection;
  const { queue } = sender;
  if (taken > 0) socket.marks.watch(queue.writtenEnd, stamps);
  if (taken > 0 && (message.flags & MSG_ZEROCOPY) !== 0 && socket.so.zerocopy) socket.marks.zeroCopy(queue.writtenEnd);
  const complete = taken === message.data.length;
  if (complete && (message.flags & MSG_EOR) !== 0) queue.endRecord();
  // RFC9293-MUST-62: the urgent pointer is behind the last urgent octet.
  if ((message.flags & MSG_OOB) !== 0 && taken > 0) sender.emission.sndUp = complete ? queue.writtenEnd : undefined;
  // RFC9293-MUST-61: what ends a write is pushed, unless more is to follow at once.
  if (!more || !complete) queue.push();
  sender.submit(more && complete ? "more" : "none");
}

/** A write that opens the connection (MSG_FASTOPEN, TCP_FASTOPEN_CONNECT): its result, or `undefined` when it is open already. */
function openWith(socket: TcpEndpoint, message: SendMessage): number | undefined {
  const address = message.to ?? socket.deferred;
  if (socket.connection !== undefined && socket.sk_state !== State.TCP_CLOSE) {
    if ((message.flags & MSG_FASTOPEN) === 0) return undefined;
    if (socket.sk_state === State.TCP_SYN_SENT) return -EALREADY;
    // As long as the program has not been told that it is connected, it may go on so.
    return socket.progress === "connected" ? -EISCONN : undefined;
  }
  if (address === undefined) return -EINVAL;
  if (socket.progress === "connected") return -EISCONN;
  const plan = planFastOpen(socket, address);
  if (typeof plan === "number") return plan;
  const withText = (plan.cookie !== undefined && plan.cookie.length > 0) || plan.bare;
  const octets = withText ? Math.min(message.data.length, synRoom(socket, plan)) : 0;
  const wasDeferred = socket.deferred !== undefined;
  socket.deferred = undefined;
  const result = socket.open(address, plan, octets > 0 ? message.data.subarray(0, octets) : undefined);
  if (result !== -EINPROGRESS) {
    if (wasDeferred) socket.progress = "unconnected";
    return result;
  }
  const waits = (message.flags & MSG_DONTWAIT) === 0 && octets < message.data.length;
  if (waits) socket.connection!.opening.writerWaits = true;
  if (octets === 0) return -EINPROGRESS;
  if ((message.flags & MSG_ZEROCOPY) !== 0 && socket.so.zerocopy) {
    socket.marks.zeroCopy(socket.connection!.sender.queue.writtenEnd);
  }
  return octets;
}

/** Text that a SYN holds: what the path carries and the peer announced last, with room for all options (RFC 7413 section 4.2.1). */
function synRoom(socket: TcpEndpoint, plan: FastOpenPlan): number {
  const { maxseg } = socket.settings;
  const mss = Math.min(plan.pathMss, plan.mss || Infinity, maxseg || Infinity);
  return Math.max(mss - SYN_OPTIONS, 0);
}
