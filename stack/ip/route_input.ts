/**
 * Input routing: is a received packet for us, to be forwarded, or impossible (`ip_route_input`, `ip6_route_input`)?
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH } from "../../abi/errno.ts";
import { IFF_LOOPBACK } from "../link/device.ts";
import { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import type { FibRoute } from "./fib.ts";
import type { InDevice } from "./in_device.ts";
import type { Family, RouteMetrics, RouteType } from "./interface.ts";
import type { RoutingTables } from "./route.ts";
import { Rtable } from "./rtable.ts";
import { inet_select_addr } from "./source_address.ts";

/** What routing asks of the floor. */
export interface RoutingFloor {
  readonly routes: RoutingTables;
}

/**
 * The input route of the packet at `network_header`, to its destination or to `toward`. `-EINVAL`: a martian (RFC 1812
 * section 5.3.7); `-EXDEV`: the reverse path filter refused it.
 */
export function ip_route_input(ip: RoutingFloor, packet: PacketBuffer, toward?: IpAddress): Rtable | number {
  const { bytes, network_header: header } = packet;
  const device = packet.device!;
  const state = ip.routes.devices.get(device.ifindex);
  if (state === undefined) return -EINVAL;
  const loopback = (device.flags & IFF_LOOPBACK) !== 0;
  const source = header + ipv4.SOURCE;
  const destination = header + ipv4.DESTINATION;
  const first = bytes[source]!;
  const anySource = first === 0 && ipv4.sourceU32(bytes, header) === 0;

  // RFC1122-3.2.1.3-src-invalid, RFC1122-3.2.2-no-err-src, RFC1122-4.1.3.6-bad-src
  if ((first & 0xf0) === 0xe0 || ipv4.sourceU32(bytes, header) === 0xffffffff) return -EINVAL;
  const target = toward === undefined ? ipv4.destinationU32(bytes, header) : toward.u32;
  const broadcast = target === 0xffffffff || (anySource && target === 0);
  if (!broadcast) {
    // 0.0.0.0 as a source is for hosts that look for their address; only multicast may still be meant.
    if (anySource && (target >>> 28) !== 0xe) return -EINVAL;
    if (target === 0) return -EINVAL;
    // RFC1122-3.2.1.3-loopback-wire
    if (!loopback && !state.route_localnet.or && (first === 127 || target >>> 24 === 127)) return -EINVAL;
  }

  const cached = toward === undefined
    ? ip.routes.input_cached(4, bytes, destination, device)
    : ip.routes.input_cached(4, toward.bytes, 0, device);
  const route = cached ?? input_slow(ip, toward ?? IpAddress.from(bytes, destination, 4), state, broadcast);
  if (typeof route === "number") return route;
  // RFC9776-3.1-filter
  if (route.type === "multicast" && !state.allows(route.destination, IpAddress.from(bytes, source, 4))) return -EINVAL;
  if (route.error === 0 && !anySource) {
    const invalid = ip.routes.fib_validate_source(bytes, source, state);
    // RFC1122-3.2.1.3-src-invalid, RFC1122-4.1.3.6-bad-src
    if (invalid < 0) return invalid;
  }
  return route;
}

/** `ip_route_input_slow`, for the destination alone, so that the answer can be kept. */
function input_slow(ip: RoutingFloor, destination: IpAddress, state: InDevice, broadcast: boolean): Rtable | number {
  const { routes } = ip;
  if (destination.isMulticast) return cacheInput(ip, 4, destination, state, "multicast", undefined, 0);
  if (broadcast) return cacheInput(ip, 4, destination, state, "broadcast", undefined, 0);
  const found = routes.fib4.lookup(destination, 0);
  const forwarding = state.forwarding4.value !== 0;
  if (found === undefined) {
    return cacheInput(ip, 4, destination, state, "unreachable", undefined, forwarding ? ENETUNREACH : EHOSTUNREACH);
  }
  if (found.type === "local") return cacheInput(ip, 4, destination, state, "local", found, 0);
  if (found.type === "broadcast") return cacheInput(ip, 4, destination, state, "broadcast", found, 0);
  // RFC1122-3.2.1.3-dst-not-ours, RFC1122-3.1-gw-default-off
  if (!forwarding) return cacheInput(ip, 4, destination, state, "unreachable", undefined, EHOSTUNREACH);
  switch (found.type) {
    case "unicast":
      return cacheInput(ip, 4, destination, state, "unicast", found, 0);
    case "unreachable":
      return cacheInput(ip, 4, destination, state, "unreachable", found, EHOSTUNREACH);
    case "prohibit":
      return cacheInput(ip, 4, destination, state, "prohibit", found, EACCES);
    default:
      return -EINVAL;
  }
}

function cacheInput(
  ip: RoutingFloor,
  family: Family,
  destination: IpAddress,
  state: InDevice,
  type: RouteType,
  found: FibRoute | undefined,
  error: number,
): Rtable {
  const { routes } = ip;
  const device = type === "unicast" ? found!.device! : state.device;
  // What a reply or a record of this route would come from.
  const source = type === "local"
    ? destination
    : family === 4
    ? found?.source ?? inet_select_addr(routes.devices.values(), device, destination) ?? IpAddress.ANY4
    : found?.source ?? IpAddress.ANY6;
  const metrics: RouteMetrics = found?.metrics ?? {};
  const route = new Rtable(routes, {
    family,
    type,
    device,
    in_device: routes.in_device(device),
    input: state.device,
    destination,
    source,
    gateway: type === "unicast" ? found!.gateway : undefined,
    metrics,
    exception: (family === 4 ? routes.exceptions4 : routes.exceptions6).find(destination),
    error,
  });
  routes.cache_input(destination, route);
  return route;
}

/** The input route of an IPv6 packet. */
export function ip6_route_input(ip: RoutingFloor, packet: PacketBuffer): Rtable | number {
  const { bytes, network_header: header } = packet;
  const device = packet.device!;
  const at = header + ipv6.DESTINATION;
  const cached = ip.routes.input_cached(6, bytes, at, device);
  if (cached !== undefined) return cached;
  const state = ip.routes.devices.get(device.ifindex);
  if (state === undefined) return -EINVAL;
  const destination = IpAddress.from(bytes, at, 6);
  if (destination.isMulticast) return cacheInput(ip, 6, destination, state, "multicast", undefined, 0);
  // Local addresses are found on every interface; a link-local one only on its own.
  const owner = ip.routes.local6.getAddress(destination);
  if (owner !== undefined && (!destination.isLinkLocal || owner === state)) {
    return cacheInput(ip, 6, destination, state, "local", ip.routes.fib6.lookup(destination, 0), 0);
  }
  const found = ip.routes.fib6.lookup(destination, destination.isLinkLocal ? device.ifindex : 0);
  if (found === undefined || found.type === "throw" || found.type === "local") {
    return cacheInput(ip, 6, destination, state, "unreachable", undefined, ENETUNREACH);
  }
  switch (found.type) {
    case "unicast":
      return cacheInput(ip, 6, destination, state, "unicast", found, 0);
    case "prohibit":
      return cacheInput(ip, 6, destination, state, "prohibit", found, EACCES);
    case "unreachable":
      return cacheInput(ip, 6, destination, state, "unreachable", found, EHOSTUNREACH);
    default:
      return cacheInput(ip, 6, destination, state, "blackhole", undefined, EINVAL);
  }
}
