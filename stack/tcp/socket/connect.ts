/**
 * Addresses and port of an active open (RFC 9293 section 3.9.1.1).
 *
 * @module
 */
import { AF_INET6 } from "../../../abi/socket_constants.ts";
import { EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENETUNREACH } from "../../../abi/errno.ts";
import type { SocketAddress } from "../../inet/sock.ts";
import { Counter } from "../../mib.ts";
import { firstHopOf } from "../../ip/header_options.ts";
import { IpAddress } from "../../wire/address.ts";
import { TIMESTAMP_TICK } from "../timestamps.ts";
import { TimeWait } from "../time_wait/time_wait.ts";
import type { TcpEndpoint } from "./endpoint.ts";

/** Seconds after which a new connection may take over the four-tuple of one in TIME-WAIT (RFC 6191). */
function reusable(socket: TcpEndpoint, entry: TimeWait): boolean {
  const { config } = socket.services.context;
  const mode = config.tw_reuse.value;
  if (mode === 0 || entry.recentTimestamp < 0) return false;
  if (mode === 2 && !entry.localAddress.isLoopback && !entry.remoteAddress.isLoopback) return false;
  return entry.timestampAge >= config.tw_reuse_delay.value * TIMESTAMP_TICK;
}

/** The peer's address as on the wire, or `-errno`. */
export function peerOf(socket: TcpEndpoint, address: SocketAddress): IpAddress | number {
  let peer = socket.wire_address(address.address);
  if (socket.family !== AF_INET6) {
    if (peer.family !== 4) return -EAFNOSUPPORT;
    return peer;
  }
  if (peer.family === 4) return socket.inet6.v6only ? -ENETUNREACH : peer;
  // RFC 4291 section 2.5.3: the unspecified address is this host.
  if (peer.isUnspecified) peer = socket.rcv_saddr.family === 4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6;
  if (peer.isMulticast) return -ENETUNREACH;
  if (peer.family === 6 && socket.rcv_saddr.family === 4) return -EAFNOSUPPORT;
  if (peer.isLinkLocal) {
    const scope = address.scope_id ?? 0;
    if (scope !== 0) {
      if (socket.sk_bound_dev_if !== 0 && socket.sk_bound_dev_if !== scope) return -EINVAL;
      socket.sk_bound_dev_if = scope;
    }
    if (socket.sk_bound_dev_if === 0) return -EINVAL;
  }
  return peer;
}

/** Sets the socket's addresses and port and makes its connection: 0 or `-errno`. */
export function prepareConnect(socket: TcpEndpoint, address: SocketAddress): number {
  const { context } = socket.services;
  const peer = peerOf(socket, address);
  if (typeof peer === "number") return peer;
  if (socket.family === AF_INET6) socket.select_af_ops(peer);
  const before = { rcv_saddr: socket.rcv_saddr, saddr: socket.saddr };
  const bound = socket.saddr.family === peer.family && !socket.saddr.isUnspecified ? socket.saddr : undefined;
  const route = context.ip.route_output({
    family: peer.family,
    destination: firstHopOf(socket.family_options.options, peer),
    source: bound,
    oif: socket.sk_bound_dev_if,
    tos: socket.tos,
    mark: socket.so.mark,
    onlink: socket.so.dontroute,
    anysrc: socket.inet.transparent || socket.inet.freebind,
  });
  if (typeof route === "number") {
    socket.select_af_ops(socket.rcv_saddr);
    if (route === -ENETUNREACH && peer.family === 4) context.net.mib.inc(Counter.IpOutNoRoutes);
    return route;
  }
  // RFC9293-MUST-46
  if (route.type === "multicast" || route.type === "broadcast") {
    socket.select_af_ops(socket.rcv_saddr);
    return -ENETUNREACH;
  }
  // RFC9293-MUST-44, RFC9293-MUST-45
  socket.saddr = bound ?? route.source;
  if (socket.rcv_saddr.isUnspecified) socket.rcv_saddr = socket.saddr;
  socket.daddr = peer.isUnspecified ? route.destination : peer;
  socket.dport = address.port;
  socket.flow_label = address.flowinfo ?? 0;
  socket.scope_id = address.scope_id ?? 0;
  socket.routes.output = route;
  const taken = takePort(socket);
  if (taken < 0) {
    Object.assign(socket, before, { dport: 0 });
    socket.daddr = peer.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6;
    socket.select_af_ops(socket.rcv_saddr);
    socket.sk_dst_reset();
    return taken;
  }
  const iss = socket.reusedSequence ??
    context.sequence.iss(socket.saddr, socket.num, socket.daddr, socket.dport);
  socket.reusedSequence = undefined;
  socket.makeConnection(iss);
  return 0;
}

/** A local port whose four-tuple is free (RFC9293-MUST-42): 0 or `-EADDRNOTAVAIL`. */
function takePort(socket: TcpEndpoint): number {
  const { context } = socket.services;
  const { table, ports } = context;
  const free = (port: number): boolean => {
    const entry = table.find(socket.saddr, port, socket.daddr, socket.dport, socket.sk_bound_dev_if);
    if (entry === undefined) return true;
    if (!(entry instanceof TimeWait) || !reusable(socket, entry)) return false;
    socket.reusedSequence = entry.nextSequence;
    entry.leave();
    return true;
  };
  if (socket.num !== 0) return free(socket.num) ? 0 : -EADDRNOTAVAIL;
  const offset = context.sequence.portOffset(socket.saddr, socket.daddr, socket.dport);
  return ports.hash_connect(socket, offset, free);
}
