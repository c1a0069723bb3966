/**
 * Where a received packet goes: to this host, on to another, or nowhere (RFC 1122 section 3.2.1.3, RFC 1812 sections 5.2.3 and 5.3.7,
 * RFC 4291 section 2.5).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH } from "../../abi/errno.ts";
import { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import type { FibRoute } from "./fib.ts";
import type { InDevice } from "./in_device.ts";
import { isLoopback } from "./input_routes.ts";
import type { RoutingTables } from "./route.ts";
import type { Rtable } from "./rtable.ts";

const BROADCAST = 0xffffffff;
/** First octet of loopback's network, and the first four bits of groups. */
const LOOPBACK_NETWORK = 127;
const GROUP = 0xe;

/** What routing asks of the floor. */
export interface RoutingFloor {
  readonly routes: RoutingTables;
}

/**
 * The input route of the packet at `network_header`, to its destination or to `toward`. `-EINVAL`: it has an address that nobody can have
 * there (a martian); `-EXDEV`: the reverse path filter refused it.
 */
export function ip_route_input(ip: RoutingFloor, packet: PacketBuffer, toward?: IpAddress): Rtable | number {
  const { bytes, network_header: header } = packet;
  const state = ip.routes.devices.get(packet.device!.ifindex);
  if (state === undefined) return -EINVAL;
  const source = ipv4.sourceU32(bytes, header);
  const destination = toward === undefined ? ipv4.destinationU32(bytes, header) : toward.u32;
  if (!arePossible(source, destination, state)) return -EINVAL;
  const route = toward === undefined
    ? routeTo(ip, state, destination, bytes, header + ipv4.DESTINATION)
    : routeTo(ip, state, destination, toward.bytes, 0);
  if (typeof route === "number" || route.error !== 0) return route;
  // RFC9776-3.1-filter
  if (route.type === "multicast" && !state.allows(route.destination, ipv4.source(bytes, header))) return -EINVAL;
  // RFC1122-3.2.1.3-src-invalid, RFC1122-4.1.3.6-bad-src
  const invalid = source === 0 ? 0 : ip.routes.fib_validate_source(bytes, header + ipv4.SOURCE, state);
  return invalid < 0 ? invalid : route;
}

/** Whether two hosts can have these addresses, as far as the addresses alone tell. */
function arePossible(source: number, destination: number, state: InDevice): boolean {
  // RFC1122-3.2.1.3-src-invalid, RFC1122-3.2.2-no-err-src, RFC1122-4.1.3.6-bad-src, RFC1812-5.3.7-martian-src,
  // RFC1812-4.2.2.11-bad-src
  if (source >>> 28 === GROUP || source === BROADCAST) return false;
  if (source === 0) {
    // RFC1122-3.2.1.3-zero-src: a host that does not know its address yet, which can only mean everybody.
    return destination === BROADCAST || destination === 0 || destination >>> 28 === GROUP;
  }
  // RFC1812-5.3.7-martian-dst
  if (destination === BROADCAST) return true;
  if (destination === 0) return false;
  // RFC1122-3.2.1.3-loopback-wire
  const inside = source >>> 24 === LOOPBACK_NETWORK || destination >>> 24 === LOOPBACK_NETWORK;
  return !inside || isLoopback(state) || state.route_localnet.or;
}

/** The input route to the address at `bytes[at]`, which has the value `destination`. */
function routeTo(
  ip: RoutingFloor,
  state: InDevice,
  destination: number,
  bytes: Uint8Array,
  at: number,
): Rtable | number {
  const { inputs, fib4 } = ip.routes;
  if (destination >>> 28 === GROUP) return inputs.to(state, "multicast", 4, bytes, at);
  // RFC1812-5.3.5.1-limited, RFC1122-3.3.6-recognise
  if (destination === BROADCAST || destination === 0) return inputs.to(state, "broadcast", 4, bytes, at);
  const found = fib4.lookupAt(bytes, at);
  // RFC1812-5.2.3-local
  if (found?.type === "local") return inputs.local(state, found, bytes, at);
  if (found?.type === "broadcast") return toEverybody(ip, state, found, bytes, at);
  // RFC1122-3.2.1.3-dst-not-ours, RFC1122-3.1-gw-default-off
  if (state.forwarding4.value === 0) return inputs.nowhere(state, 4, EHOSTUNREACH);
  return onward(ip, state, found, 4);
}

/** RFC1812-5.3.5.2-directed: on another interface's link only where both that and that of all interfaces is allowed. */
function toEverybody(ip: RoutingFloor, state: InDevice, found: FibRoute, bytes: Uint8Array, at: number): Rtable {
  const { inputs } = ip.routes;
  const onward = found.device !== state.device && state.forwarding4.value !== 0 && state.bc_forwarding.and;
  return onward ? inputs.ofRoute(state, found, "broadcast", 0) : inputs.to(state, "broadcast", 4, bytes, at);
}

/** The way of what is for others. */
function onward(ip: RoutingFloor, state: InDevice, found: FibRoute | undefined, family: 4 | 6): Rtable | number {
  const { inputs } = ip.routes;
  switch (found?.type) {
    case "unicast":
      return inputs.ofRoute(state, found, "unicast", 0);
    case "unreachable":
      return inputs.ofRoute(state, found, "unreachable", EHOSTUNREACH);
    case "prohibit":
      return inputs.ofRoute(state, found, "prohibit", EACCES);
    case "blackhole":
      return -EINVAL;
    default:
      // RFC1812-5.2.4.3-noroute, RFC4443-3.1-noroute-code0
      return inputs.nowhere(state, family, ENETUNREACH);
  }
}

/** The input route of an IPv6 packet; as of {@link ip_route_input}. */
export function ip6_route_input(ip: RoutingFloor, packet: PacketBuffer): Rtable | number {
  const { bytes, network_header: header } = packet;
  const { routes } = ip;
  const state = routes.devices.get(packet.device!.ifindex);
  if (state === undefined) return -EINVAL;
  const at = header + ipv6.DESTINATION;
  if (bytes[at] === 0xff) return routes.inputs.to(state, "multicast", 6, bytes, at);
  const owner = routes.local6.get(bytes, at);
  const linkLocal = ipv6.isLinkLocal(bytes, at);
  // Local addresses are found on every interface; a link-local one only on its own.
  if (owner !== undefined && (!linkLocal || owner === state)) return routes.inputs.to(state, "local", 6, bytes, at);
  const found = linkLocal
    ? routes.fib6.lookup(IpAddress.from(bytes, at, 6), state.device.ifindex)
    : routes.fib6.lookupAt(bytes, at);
  return onward(ip, state, found, 6);
}
