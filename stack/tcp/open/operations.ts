/**
 * What differs between the families when a connection is opened: the tables of every socket, and what only TCP asks.
 *
 * @module
 */
import { type AfOperations, FAMILY_TABLES, type FamilyTables } from "../../inet/af_ops.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import type { TcpContext } from "../context.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { SynRecord } from "./syn.ts";

/** The operations of a family, for TCP. */
export interface TcpOperations extends AfOperations {
  /** Whether a SYN may open a connection: it is between two hosts (RFC9293-MUST-57, RFC9293-MUST-63). */
  conn_request(context: TcpContext, segment: ReceivedSegment): boolean;
  /** Gives a listener's new socket the addresses of a SYN. */
  syn_recv_sock(child: InetSock, syn: SynRecord): void;
}

/** Whether a segment was sent to this host alone. */
function isForHost({ packet }: ReceivedSegment): boolean {
  return packet.pkt_type === "host" || packet.pkt_type === "loopback";
}

/** IPv4 has broadcasts, of every subnet; nobody but the host knows which addresses they are. */
// RFC9293-MUST-57, RFC9293-MUST-63
function mayOpen4(context: TcpContext, segment: ReceivedSegment): boolean {
  const isGroup = (type: string) => type === "broadcast" || type === "multicast";
  if (!isForHost(segment) || isGroup(context.ip.address_type(segment.destination()))) return false;
  return context.deviations.openFromBroadcast || !isGroup(context.ip.address_type(segment.source()));
}

/** IPv6 has groups only, which an address says itself. */
// RFC9293-MUST-57, RFC9293-MUST-63
function mayOpen6(context: TcpContext, segment: ReceivedSegment): boolean {
  if (!isForHost(segment) || segment.destination().isMulticast) return false;
  return context.deviations.openFromBroadcast || !segment.source().isMulticast;
}

function takeAddresses(child: InetSock, syn: SynRecord): void {
  child.rcv_saddr = child.saddr = syn.localAddress;
  child.daddr = syn.remoteAddress;
  child.dport = syn.remotePort;
  child.sk_bound_dev_if = syn.interfaceIndex;
  child.inet.options = syn.headerOptions;
  child.routes.output = syn.route;
  child.select_af_ops(syn.remoteAddress);
}

/** An IPv6 peer on the link has a scope, which `getpeername` names. */
function takeAddresses6(child: InetSock, syn: SynRecord): void {
  takeAddresses(child, syn);
  if (syn.remoteAddress.isLinkLocal) child.scope_id = syn.interfaceIndex;
}

/** The tables of TCP sockets. */
export const TCP_TABLES: FamilyTables<TcpOperations> = Object.freeze<FamilyTables<TcpOperations>>({
  ipv4: { ...FAMILY_TABLES.ipv4, conn_request: mayOpen4, syn_recv_sock: takeAddresses },
  ipv6: { ...FAMILY_TABLES.ipv6, conn_request: mayOpen6, syn_recv_sock: takeAddresses6 },
  mapped: { ...FAMILY_TABLES.mapped, conn_request: mayOpen4, syn_recv_sock: takeAddresses },
});
