/**
 * Sockets that a listening socket makes for its connections.
 *
 * @module
 */
import type { InetSock } from "../../inet/inet_sock.ts";
import { TCP_ESTABLISHED, TCP_SYN_RECV } from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import { abortConnection } from "../connection/closing.ts";
import type { Connection } from "../connection/connection.ts";
import { establish } from "../connection/establish.ts";
import { textPerSegment } from "../negotiated.ts";
import type { Child, ListenerHost } from "../open/listener.ts";
import type { PendingOpen } from "../open/pending_open.ts";
import type { SynRecord } from "../open/syn.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { TcpEndpoint } from "./endpoint.ts";

/** What a listener asks of `parent`, its socket. */
export function children(parent: TcpEndpoint): ListenerHost {
  return {
    endpoint: parent,
    operations: (family) => parent.operations_for(family),
    settings: parent.settings,
    establish: (pending, segment, rtt) => establishChild(parent, pending, segment, rtt),
    openFast: (syn, segment, confirmed) => openFastChild(parent, syn, segment, confirmed),
    signerFor: (remote, local) => parent.keys.signer(local, remote),
    signatureFits: (segment) => parent.keys.fit(segment, parent.net.mib),
  };
}

/** A socket with the listener's options and the addresses of a SYN. */
function inherit(parent: TcpEndpoint, syn: SynRecord): TcpEndpoint {
  const child = parent.spawn();
  copyOptions(parent, child);
  child.settings.inherit(parent.settings);
  child.keys.inherit(parent.keys);
  parent.operations_for(syn.remoteAddress.family).syn_recv_sock(child, syn);
  child.num = parent.num;
  child.wasConnected = true;
  child.progress = "connected";
  parent.ports.inherit(parent, child);
  if (parent.services.context.config.reflect_tos.value !== 0) {
    child.inet.tos = child.inet6.tos = syn.tos & ~3;
  }
  return child;
}

/** SOL_SOCKET, SOL_IP and SOL_IPV6 options and buffers go over to the child. */
function copyOptions(parent: InetSock, child: InetSock): void {
  Object.assign(child.so, parent.so);
  child.inet.inherit(parent.inet);
  child.inet6.inherit(parent.inet6);
  child.buffers.sndbuf = parent.buffers.sndbuf;
  child.buffers.rcvbuf = parent.buffers.rcvbuf;
  child.sk_userlocks = parent.sk_userlocks & 3;
}

/** What the handshake agreed on, as the child's connection has it. */
function takeOver(connection: Connection, syn: SynRecord, now: number): void {
  Object.assign(connection.negotiated, syn.negotiated);
  connection.opening.passive = true;
  connection.opening.offeredWindow = syn.offered;
  connection.ecn.on = syn.ecn;
  if (syn.tsval >= 0) connection.recent.take(syn.tsval, now);
  connection.receiver.begin(syn.irs, syn.offered, textPerSegment(syn.negotiated));
  connection.path.invalidate();
}

/** The three-way handshake of a pending open is over. */
function establishChild(parent: TcpEndpoint, pending: PendingOpen, segment: ReceivedSegment, rtt: number): Child {
  const { context } = parent.services;
  const { syn } = pending;
  const child = inherit(parent, syn);
  child.savedSyn = pending.savedSyn;
  const connection = child.makeConnection(syn.iss);
  takeOver(connection, syn, context.net.now);
  const { sender } = connection;
  if (pending.timestamp.value >= 0) connection.recent.take(pending.timestamp.value, context.net.now);
  sender.synAcknowledged();
  sender.window.begin(segment.seq, segment.ack, segment.window * 2 ** syn.negotiated.sendScale);
  context.net.mib.inc(Counter.TcpPassiveOpens);
  connection.enter();
  connection.become(TCP_ESTABLISHED);
  establish(connection, rtt, pending.timeouts);
  connection.receive(segment);
  return asChild(child, connection);
}

/** Fast Open lets a SYN's text in (RFC 7413 section 4.2.2): a connection in SYN-RECEIVED that may send and be read already. */
function openFastChild(parent: TcpEndpoint, syn: SynRecord, segment: ReceivedSegment, confirmed: () => void): Child {
  const { context } = parent.services;
  const child = inherit(parent, syn);
  const connection = child.makeConnection(syn.iss);
  takeOver(connection, syn, context.net.now);
  connection.opening.fastOpenChild = true;
  connection.opening.synReply = syn.reply;
  connection.onConfirmed = confirmed;
  connection.opening.openedAt = context.net.now;
  const { sender, receiver } = connection;
  sender.window.begin(segment.seq, sender.sndUna, segment.window);
  context.net.mib.inc(Counter.TcpPassiveOpens);
  connection.enter();
  connection.become(TCP_SYN_RECV);
  segment.trimFront(1);
  if (segment.textLength > 0) {
    receiver.accept(segment);
    connection.opening.synText = true;
    receiver.timing.forget();
  }
  establish(connection, -1, 0);
  sender.sendSyn(0);
  return asChild(child, connection);
}

function asChild(child: TcpEndpoint, connection: Connection): Child {
  return {
    endpoint: child,
    abandon: () => {
      child.sock_dead = true;
      abortConnection(connection);
      parentless(child);
    },
  };
}

function parentless(child: TcpEndpoint): void {
  child.ports.put(child);
}
