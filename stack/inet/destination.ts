/**
 * The way of one datagram: its route, whether it fits, and what stands in its header.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { firstHopOf, type HeaderOptions } from "../ip/header_options.ts";
import { PmtuDiscovery, type Route } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import type { Family, IpAddress } from "../wire/address.ts";
import { EACCES, ENETUNREACH } from "../../abi/errno.ts";
import type { AfOperations } from "./af_ops.ts";
import type { OptionSocket } from "./option_socket.ts";
import type { FamilyOptions } from "./options.ts";
import type { SendControl } from "./send_control.ts";

const IP_MAX_MTU = 65535;
/** Octets that fragments are counted in. */
const FRAGMENT_UNIT = 8;

/** A socket that sends datagrams. */
export interface DatagramSender extends OptionSocket {
  /** Source address of what is sent; unspecified lets the route choose. */
  readonly saddr: IpAddress;
  /** IPv6 flow label and traffic class given by the program in `connect`. */
  readonly flow_label: number;
  /** Scope of a link-local peer address. */
  readonly scope_id: number;
  /** The operations for packets of IP version `family`. */
  operations_for(family: Family): AfOperations;
}

/** Where a datagram goes, once routed. */
export interface Destination {
  /** Those of the family that it is sent by. */
  readonly operations: AfOperations;
  readonly route: Route;
  readonly source: IpAddress;
  readonly address: IpAddress;
  readonly port: number;
  readonly control: SendControl;
}

/** Options in the header of a datagram: of a control message, or of the socket. */
function headerOptions(
  { operations, control }: Pick<Destination, "operations" | "control">,
  own: FamilyOptions,
): HeaderOptions | undefined {
  return (operations.family === 4 ? control.options : undefined) ?? own.options;
}

/** Looks a route up for one destination and checks the permission to broadcast. */
export function routeDatagram(socket: DatagramSender, wanted: IpAddress, control: SendControl): Route | number {
  const operations = socket.operations_for(wanted.family);
  const options = operations.options(socket);
  let oif = control.oif ?? socket.sk_bound_dev_if;
  let source = control.source ??
    (socket.saddr.family === wanted.family && !socket.saddr.isUnspecified ? socket.saddr : undefined);
  if (wanted.isMulticast) {
    if (oif === 0) oif = options.mc_index;
    source ??= options.mc_addr;
  } else if (oif === 0) {
    oif = options.uc_index;
  }
  if (oif === 0 && wanted.family === 6 && wanted.isLinkLocal) oif = socket.scope_id;
  const route = socket.ip.route_output({
    family: operations.family,
    destination: firstHopOf(headerOptions({ operations, control }, options), wanted),
    source,
    oif,
    tos: control.tos ?? options.tos,
    mark: control.mark ?? socket.so.mark,
    onlink: control.onlink === true || socket.so.dontroute,
    anysrc: socket.inet.transparent || socket.inet.freebind || socket.inet.hdrincl,
  });
  if (typeof route === "number") {
    const noRoutes = operations.family === 4 ? Counter.IpOutNoRoutes : Counter.Ip6OutNoRoutes;
    if (route === -ENETUNREACH) socket.net.mib.inc(noRoutes);
    return route;
  }
  if (route.type === "broadcast" && !socket.so.broadcast) return -EACCES;
  return route;
}

/** Gives a datagram, transport header and all, to IP: 0 or `-errno`. */
export function transmitDatagram(socket: DatagramSender, packet: PacketBuffer, destination: Destination): number {
  const { operations, control, address } = destination;
  const options = operations.options(socket);
  // RFC1122-3.2.1.7-ttl-set, RFC1122-4.1.4-spec, RFC1112-6.1-ttl
  const ttl = control.ttl ?? (address.isMulticast ? options.mc_ttl : Math.max(options.uc_ttl, 0));
  return operations.queue_xmit(socket.ip, packet, destination.route, {
    source: destination.source,
    destination: address,
    protocol: packet.protocol,
    // RFC1122-3.2.1.6-tos-set, RFC1122-4.1.4-spec, RFC8200-7-tclass
    tos: control.tos ?? options.tos,
    ttl,
    pmtudisc: options.pmtudisc,
    loop: options.mc_loop,
    flowlabel: socket.flow_label & 0xfffff,
    options: headerOptions(destination, options),
  });
}

/**
 * What `length` octets behind the IP header are refused by: the most that the program may then be told, octets; undefined
 * where one datagram takes them, fragmented if the mode allows.
 */
export function refusedBy(socket: DatagramSender, destination: Destination, length: number): number | undefined {
  const { operations, control, route } = destination;
  const options = operations.options(socket);
  const six = operations.family === 6;
  const optionLength = headerOptions(destination, options)?.octets.length ?? 0;
  const header = operations.net_header_len + optionLength;
  const mode = options.pmtudisc;
  let mtu = mode < PmtuDiscovery.PROBE ? route.mtu() : route.device.mtu;
  if (six && socket.inet6.frag_size !== 0) mtu = Math.min(mtu, socket.inet6.frag_size);
  const fragmentable = (mode < PmtuDiscovery.DO || mode === PmtuDiscovery.OMIT) &&
    !(six && (control.dontfrag ?? socket.inet6.dontfrag)) &&
    // A fragment that is not the last has at least eight octets of the datagram.
    mtu - header - operations.net_frag_header_len >= FRAGMENT_UNIT;
  const most = fragmentable ? (six ? operations.net_header_len + IP_MAX_MTU : IP_MAX_MTU) : mtu;
  return length + header <= most ? undefined : mtu - optionLength;
}
