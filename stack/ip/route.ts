/**
 * Routing: addresses and tables of one stack, lookups for output and input, and the destination cache.
 *
 * @module
 */
import {
  EACCES,
  EADDRNOTAVAIL,
  EEXIST,
  EHOSTUNREACH,
  EINVAL,
  ENETDOWN,
  ENETUNREACH,
  ENODEV,
  EXDEV,
} from "../../abi/errno.ts";
import { IFF_LOOPBACK, IFF_NOARP, IFF_UP, type NetDevice } from "../link/device.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import { type Family, IpAddress, type Prefix } from "../wire/address.ts";
import { AddressMap } from "./address_map.ts";
import { Fib, type FibRoute, RT_TABLE_LOCAL, RT_TABLE_MAIN } from "./fib.ts";
import { InDevice, type MembershipListener } from "./in_device.ts";
import type { Flow, RouteMetrics, RouteType } from "./interface.ts";
import { InputRoutes } from "./input_routes.ts";
import { type PathException, PathExceptions } from "./pmtu.ts";
import { Rtable } from "./rtable.ts";
import { inet_select_addr, ipv6_dev_get_saddr } from "./source_address.ts";

/** Destinations in each cache before the oldest goes. */
const MAX_CACHED = 4096;
/** Entries for one destination (different sources and interfaces). */
const MAX_PER_DESTINATION = 16;

/** A route to add. */
export interface RouteSpec {
  /** Destinations it is for. */
  readonly prefix: Prefix;
  /** Next hop; absent for destinations on the link. */
  readonly gateway?: IpAddress | undefined;
  /** Where it leads through; absent with a gateway, through which that is reached. */
  readonly device?: NetDevice | undefined;
  /** Preferred source. */
  readonly source?: IpAddress | undefined;
  /** Attributes that transports read. */
  readonly metrics?: RouteMetrics | undefined;
  /** Default `unicast`. */
  readonly type?: RouteType | "throw" | undefined;
  /** Default main (254). */
  readonly table?: number | undefined;
  /** Priority; default 0 for IPv4, 1024 for IPv6. */
  readonly metric?: number | undefined;
}

interface Cached {
  readonly flow: Flow;
  readonly route: Rtable;
}

/** Addresses, tables and caches of one stack. */
export class RoutingTables {
  readonly fib4 = new Fib(4);
  readonly fib6 = new Fib(6);
  /** Where received packets go. */
  readonly inputs: InputRoutes = new InputRoutes(this);
  readonly exceptions4: PathExceptions;
  readonly exceptions6: PathExceptions;
  readonly min_adv_mss4: Setting;
  readonly min_adv_mss6: Setting;
  readonly default_ttl: Setting;
  /** Counts changes of addresses, tables and devices; older cache entries are invalid. */
  generation = 0;
  /** Interfaces by index. */
  readonly devices = new Map<number, InDevice>();
  /** Local addresses, and the interface that has each. */
  readonly local4: AddressMap<InDevice>;
  readonly local6: AddressMap<InDevice>;
  private readonly output4: AddressMap<Cached[]>;
  private readonly output6: AddressMap<Cached[]>;
  private readonly min_pmtu: Setting;
  private readonly mtu_expires4: Setting;
  private readonly mtu_expires6: Setting;
  private readonly nonlocal_bind: Setting;

  /** Empty tables of a stack; `loopback` is the interface that local routes go through; `groups` is told of memberships. */
  constructor(private readonly net: Net, readonly loopback: NetDevice, private readonly groups: MembershipListener) {
    const seed = net.random();
    this.exceptions4 = new PathExceptions(net, 4, seed);
    this.exceptions6 = new PathExceptions(net, 6, seed);
    this.local4 = new AddressMap(4);
    this.local6 = new AddressMap(6, seed);
    this.output4 = new AddressMap(4);
    this.output6 = new AddressMap(6, seed);
    this.min_adv_mss4 = net.sysctl.entry("net.ipv4.route.min_adv_mss");
    this.min_adv_mss6 = net.sysctl.entry("net.ipv6.route.min_adv_mss");
    this.default_ttl = net.sysctl.entry("net.ipv4.ip_default_ttl");
    this.min_pmtu = net.sysctl.entry("net.ipv4.route.min_pmtu");
    this.mtu_expires4 = net.sysctl.entry("net.ipv4.route.mtu_expires");
    this.mtu_expires6 = net.sysctl.entry("net.ipv6.route.mtu_expires");
    this.nonlocal_bind = net.sysctl.entry("net.ipv4.ip_nonlocal_bind");
    net.sysctl.watch("net.ipv4.ip_forward", () => this.changed());
    net.sysctl.watch("net.ipv6.conf.all.forwarding", () => this.changed());
    net.sysctl.watch("net.ipv4.route.flush", () => this.exceptions4.clear());
    net.sysctl.watch("net.ipv6.route.flush", () => this.exceptions6.clear());
    for (const name of ["net.ipv4.route.flush", "net.ipv6.route.flush"]) net.sysctl.watch(name, () => this.changed());
  }

  /** What was learned about the path to the address at `bytes[offset]` of a packet that is passed on. */
  exceptionAt(family: Family, bytes: Uint8Array, offset: number): PathException | undefined {
    return (family === 4 ? this.exceptions4 : this.exceptions6).at(bytes, offset);
  }

  /** Addresses, tables or devices changed: every cache entry given out is invalid from now on (`rt_cache_flush`). */
  changed(): void {
    this.generation++;
    this.output4.clear();
    this.output6.clear();
  }

  /** The interface state of a device that was added. */
  in_device(device: Pick<NetDevice, "ifindex">): InDevice {
    return this.devices.get(device.ifindex)!;
  }

  /** Adds a device; its settings come from `default`. */
  addDevice(device: NetDevice): InDevice {
    this.net.sysctl.addInterface(device.name);
    const state = new InDevice(this.net, device, this.groups);
    state.joinDefaults();
    this.devices.set(device.ifindex, state);
    if ((device.flags & IFF_LOOPBACK) === 0) {
      const group = { address: IpAddress.parse("ff00::"), length: 8 };
      this.fib6.table(RT_TABLE_LOCAL).insert(
        fibRoute("multicast", group, device, { metric: 256, table: RT_TABLE_LOCAL }),
      );
    }
    this.changed();
    return state;
  }

  /** Removes a device with its addresses and routes. */
  removeDevice(device: NetDevice): void {
    const state = this.devices.get(device.ifindex);
    if (state === undefined) return;
    for (const { address, prefix_length } of [...state.addresses4, ...state.addresses6]) {
      this.removeAddress(device, { address, length: prefix_length });
    }
    this.fib4.removeAll((route) => route.device === device);
    this.fib6.removeAll((route) => route.device === device);
    this.devices.delete(device.ifindex);
    this.changed();
  }

  /** Adds an address with its local, subnet and broadcast routes. False when it is there. */
  addAddress(device: NetDevice, prefix: Prefix): boolean {
    const state = this.in_device(device);
    const { address, length } = prefix;
    const list = address.family === 4 ? state.addresses4 : state.addresses6;
    if (list.some((other) => other.address.equals(address))) return false;
    const loopback = (device.flags & IFF_LOOPBACK) !== 0;
    const broadcast = address.family === 4 && length < 31 && !loopback ? address.filled(length) : undefined;
    list.push({ address, prefix_length: length, broadcast });
    if (address.family === 4) this.addAddress4(state, prefix, broadcast);
    else this.addAddress6(state, prefix);
    this.changed();
    return true;
  }

  /** Removes an address and the routes that came with it. False when it is not there. */
  removeAddress(device: NetDevice, prefix: Prefix): boolean {
    const state = this.in_device(device);
    const { address } = prefix;
    const list = address.family === 4 ? state.addresses4 : state.addresses6;
    const at = list.findIndex((other) => other.address.equals(address));
    if (at < 0) return false;
    list.splice(at, 1);
    (address.family === 4 ? this.local4 : this.local6).delete(address);
    if (address.family === 6) state.leave(address.solicitedNode());
    const fib = address.family === 4 ? this.fib4 : this.fib6;
    fib.removeAll((route) => route.source?.equals(address) === true && route.device === device);
    this.changed();
    return true;
  }

  /** Adds a route: 0, or `-EINVAL`, `-ENODEV`, `-ENETUNREACH` (gateway on no link), `-EEXIST`. */
  addRoute(spec: RouteSpec): number {
    const family = spec.prefix.address.family;
    const type = spec.type ?? "unicast";
    let device = spec.device;
    if (spec.gateway !== undefined && device === undefined) {
      const toward = (family === 4 ? this.fib4 : this.fib6).lookup(spec.gateway, 0);
      // A gateway has to be a neighbour.
      if (toward?.device === undefined || toward.type !== "unicast" || toward.gateway !== undefined) {
        return -ENETUNREACH;
      }
      device = toward.device;
    }
    if (device === undefined && type === "unicast") return -ENODEV;
    if (device !== undefined && !this.devices.has(device.ifindex)) return -ENODEV;
    const table = spec.table ?? RT_TABLE_MAIN;
    const added = (family === 4 ? this.fib4 : this.fib6).table(table).insert({
      prefix: { address: spec.prefix.address.masked(spec.prefix.length), length: spec.prefix.length },
      type,
      gateway: spec.gateway,
      device,
      source: spec.source,
      metrics: spec.metrics ?? {},
      metric: spec.metric ?? (family === 4 ? 0 : 1024),
      table,
    });
    if (!added) return -EEXIST;
    this.changed();
    return 0;
  }

  /** Removes routes of a prefix (through one gateway or device, if given) from a table; how many. */
  removeRoute(spec: Omit<RouteSpec, "metrics">): number {
    const fib = spec.prefix.address.family === 4 ? this.fib4 : this.fib6;
    const count = fib.table(spec.table ?? RT_TABLE_MAIN).remove(
      spec.prefix,
      (route) =>
        (spec.device === undefined || route.device === spec.device) &&
        (spec.gateway === undefined || route.gateway?.equals(spec.gateway) === true) &&
        (spec.metric === undefined || route.metric === spec.metric),
    );
    if (count > 0) this.changed();
    return count;
  }

  /** See `Ip.route_output`. */
  route_output(flow: Flow): Rtable | number {
    const cache = flow.family === 4 ? this.output4 : this.output6;
    const cached = cache.getAddress(flow.destination);
    if (cached !== undefined) {
      for (const entry of cached) if (sameFlow(entry.flow, flow)) return entry.route;
    }
    const route = flow.family === 4 ? this.ip_route_output(flow) : this.ip6_route_output(flow);
    if (typeof route === "number") return route;
    if (cached === undefined) {
      if (cache.size >= MAX_CACHED) cache.evictOldest();
      cache.set(flow.destination, [{ flow, route }]);
    } else {
      if (cached.length >= MAX_PER_DESTINATION) cached.shift();
      cached.push({ flow, route });
    }
    return route;
  }

  /** As `inet_addr_type` and `ipv6_chk_addr`. */
  address_type(address: IpAddress): "unicast" | "local" | "broadcast" | "multicast" | "unspecified" {
    if (address.isUnspecified) return "unspecified";
    if (address.isMulticast) return "multicast";
    if (address.family === 6) return this.local6.getAddress(address) === undefined ? "unicast" : "local";
    if (address.isBroadcast) return "broadcast";
    const found = this.fib4.table(RT_TABLE_LOCAL).lookup(address, 0);
    return found?.type === "local" || found?.type === "broadcast" ? found.type : "unicast";
  }

  /** As `__ip_rt_update_pmtu` and `rt6_do_update_pmtu`. */
  update_pmtu(route: Rtable, mtu: number): void {
    if (route.metrics.mtu_lock === true) return;
    const old = route.mtu();
    if (route.family === 4) {
      // RFC1191-3-no-increase
      if (old < mtu || (route.exception !== undefined && route.mtuLocked())) return;
      // RFC1191-3-floor-68, RFC1191-3-old-message
      const locked = mtu < this.min_pmtu.value;
      const expires = this.mtu_expires4.value * 1_000_000;
      // RFC1191-3-reduce, RFC1191-6.2-notify, RFC1191-3-avoid-more, RFC1191-6.5-udp
      this.learn(route, locked ? Math.min(old, this.min_pmtu.value) : mtu, locked, expires);
    } else {
      // RFC8201-4-below-1280, RFC8201-4-floor, RFC8200-5-ptb-below-1280
      if (mtu < 1280 || mtu >= old) return;
      // RFC8201-4-reduce, RFC8201-4-avoid, RFC8201-4-fast, RFC8201-5.2-path
      this.learn(route, mtu, false, this.mtu_expires6.value * 1_000_000);
    }
  }

  private learn(route: Rtable, pmtu: number, locked: boolean, lifetime_us: number): void {
    const exceptions = route.family === 4 ? this.exceptions4 : this.exceptions6;
    const exception = exceptions.find(route.destination) ?? exceptions.obtain(route.destination);
    exception.pmtu = pmtu;
    exception.locked = locked;
    exception.expires = this.net.now + lifetime_us;
    this.share(route, exception);
  }

  /** Sends a destination through another gateway from now on (redirect). */
  redirect(route: Rtable, gateway: IpAddress): void {
    const exceptions = route.family === 4 ? this.exceptions4 : this.exceptions6;
    const exception = exceptions.obtain(route.destination);
    exception.gateway = gateway;
    this.share(route, exception);
  }

  /** Every cached route to the destination learns with the one that learned. */
  private share(route: Rtable, exception: Rtable["exception"]): void {
    route.exception = exception;
    const cached = (route.family === 4 ? this.output4 : this.output6).getAddress(route.destination);
    for (const entry of cached ?? []) entry.route.exception = exception;
  }

  /**
   * Whether the source at `bytes[source]` of what came in by an interface can be believed (RFC 3704 section 2): 0; `-EINVAL` for one of
   * this host's own; `-EXDEV` where `rp_filter` is on and there is no way back, by this interface (1) or by any (2).
   */
  fib_validate_source(bytes: Uint8Array, source: number, state: InDevice): number {
    if (!state.accept_local.or && this.local4.get(bytes, source) !== undefined) return -EINVAL;
    const filter = state.rp_filter.max;
    if (filter === 0) return 0;
    // RFC1812-5.3.8-src-validation
    const back = this.fib4.lookupAt(bytes, source);
    if (back === undefined) return -EXDEV;
    if (back.type !== "unicast") return back.type === "local" && state.accept_local.or ? 0 : -EINVAL;
    return filter === 1 && back.device !== state.device ? -EXDEV : 0;
  }

  private addAddress4(state: InDevice, prefix: Prefix, broadcast: IpAddress | undefined): void {
    const { address, length } = prefix;
    const device = state.device;
    const local = this.fib4.table(RT_TABLE_LOCAL);
    this.local4.set(address, state);
    const extras = { source: address, table: RT_TABLE_LOCAL, metric: 0 };
    local.insert(fibRoute("local", { address, length: 32 }, device, extras));
    if ((device.flags & IFF_LOOPBACK) !== 0) {
      // All of 127.0.0.0/8 is local.
      local.insert(fibRoute("local", { address: address.masked(length), length }, device, extras));
      return;
    }
    if (length < 32) {
      const subnet = { address: address.masked(length), length };
      this.fib4.table(RT_TABLE_MAIN).insert(
        fibRoute("unicast", subnet, device, { source: address, table: RT_TABLE_MAIN, metric: 0 }),
      );
    }
    if (broadcast !== undefined) {
      local.insert(fibRoute("broadcast", { address: broadcast, length: 32 }, device, extras));
    }
  }

  private addAddress6(state: InDevice, prefix: Prefix): void {
    const { address, length } = prefix;
    const device = state.device;
    this.local6.set(address, state);
    if ((device.flags & (IFF_LOOPBACK | IFF_NOARP)) === 0) state.join(address.solicitedNode());
    this.fib6.table(RT_TABLE_LOCAL).insert(
      fibRoute("local", { address, length: 128 }, device, { source: address, table: RT_TABLE_LOCAL, metric: 0 }),
    );
    if ((device.flags & IFF_LOOPBACK) !== 0 || length === 128) return;
    this.fib6.table(RT_TABLE_MAIN).insert(
      fibRoute("unicast", { address: address.masked(length), length }, device, {
        source: address,
        table: RT_TABLE_MAIN,
        metric: 256,
      }),
    );
  }

  /** `ip_route_output_key_hash_rcu` */
  private ip_route_output(flow: Flow): Rtable | number {
    let source = flow.source === undefined || flow.source.isUnspecified ? undefined : flow.source;
    let destination = flow.destination;
    let oif = flow.oif ?? 0;
    if (source !== undefined) {
      if (source.isMulticast || source.isBroadcast) return -EINVAL;
      const owner = this.ip_dev_find(source);
      if (owner === undefined && flow.anysrc !== true && this.nonlocal_bind.value === 0) return -EINVAL;
      if (oif === 0 && (destination.isMulticast || destination.isBroadcast)) oif = owner?.device.ifindex ?? 0;
    }
    let through: InDevice | undefined;
    if (oif !== 0) {
      through = this.devices.get(oif);
      if (through === undefined) return -ENODEV;
      if ((through.device.flags & IFF_UP) === 0) return -ENETUNREACH;
      if (destination.isLinkLocalMulticast || destination.isBroadcast) {
        source ??= inet_select_addr(this.devices.values(), through.device, undefined);
        return this.mkroute4(flow, destination, source, "unicast", through.device, undefined);
      }
    }
    if (destination.isUnspecified) {
      destination = source ?? IpAddress.LOOPBACK4;
      source ??= IpAddress.LOOPBACK4;
      return this.mkroute4(flow, destination, source, "local", this.loopback, undefined);
    }
    const found = this.fib4.lookup(destination, oif, flow.onlink);
    if (found === undefined) {
      if (through === undefined) return -ENETUNREACH;
      // A packet for an interface without a route to its destination: take it to be on the link.
      source ??= inet_select_addr(this.devices.values(), through.device, undefined);
      return this.mkroute4(flow, destination, source, "unicast", through.device, undefined);
    }
    if (found.type === "local") {
      // fib_info of a subnet of lo has a preferred source that is not the address itself.
      source ??= found.prefix.length === 32 ? found.source ?? destination : destination;
      return this.mkroute4(flow, destination, source, "local", this.loopback, found);
    }
    const failure = failureOf(found.type);
    if (failure !== 0) return failure;
    const device = found.device!;
    if ((device.flags & IFF_UP) === 0) return -ENETUNREACH;
    source ??= found.source ?? inet_select_addr(this.devices.values(), device, found.gateway ?? destination);
    return this.mkroute4(flow, destination, source, found.type as RouteType, device, found);
  }

  /** `__mkroute_output` */
  private mkroute4(
    flow: Flow,
    destination: IpAddress,
    source: IpAddress | undefined,
    type: RouteType,
    device: NetDevice,
    found: FibRoute | undefined,
  ): Rtable | number {
    const state = this.in_device(device);
    if (source?.isLoopback === true && (device.flags & IFF_LOOPBACK) === 0 && !state.route_localnet.or) return -EINVAL;
    if (destination.isBroadcast) type = "broadcast";
    else if (destination.isMulticast) type = "multicast";
    else if (destination.isUnspecified) return -EINVAL;
    return new Rtable(this, {
      family: flow.family,
      type,
      device,
      in_device: state,
      destination,
      source: source ?? IpAddress.ANY4,
      gateway: found?.gateway,
      metrics: found?.metrics ?? {},
      exception: this.exceptions4.find(destination),
    });
  }

  /** `ip6_route_output` with source selection as `ip6_dst_lookup_tail` does it. */
  private ip6_route_output(flow: Flow): Rtable | number {
    let destination = flow.destination;
    const oif = flow.oif ?? 0;
    const wanted = flow.source === undefined || flow.source.isUnspecified ? undefined : flow.source;
    if (destination.isUnspecified) destination = IpAddress.LOOPBACK6;
    if (oif !== 0 && !this.devices.has(oif)) return -ENODEV;
    const found = this.fib6.lookup(destination, oif);
    if (found === undefined) return -ENETUNREACH;
    const failure = failureOf(found.type);
    if (failure !== 0) return failure;
    const local = found.type === "local";
    const device = local ? this.loopback : found.device!;
    if ((device.flags & IFF_UP) === 0) return -ENETUNREACH;
    if (this.in_device(device).disable_ipv6.value !== 0) return -ENETDOWN;
    const source = wanted ?? (local ? destination : found.type === "unicast" ? found.source : undefined) ??
      ipv6_dev_get_saddr(this.devices.values(), device, destination);
    // As in Linux a source that isn't ours is found out at bind or by the ancillary data check, not by routing.
    if (source === undefined && flow.anysrc !== true) return -EADDRNOTAVAIL;
    return new Rtable(this, {
      family: 6,
      type: found.type as RouteType,
      device,
      in_device: this.in_device(device),
      destination,
      source: source ?? IpAddress.ANY6,
      gateway: found.gateway,
      metrics: found.metrics,
      exception: this.exceptions6.find(destination),
    });
  }

  /** The interface that has a local address; any address of 127.0.0.0/8 is loopback's (`__ip_dev_find`). */
  ip_dev_find(address: IpAddress): InDevice | undefined {
    const own = (address.family === 4 ? this.local4 : this.local6).getAddress(address);
    if (own !== undefined || address.family === 6) return own;
    const found = this.fib4.table(RT_TABLE_LOCAL).lookup(address, 0);
    return found?.type === "local" && found.device !== undefined ? this.in_device(found.device) : undefined;
  }
}

function failureOf(type: FibRoute["type"]): number {
  switch (type) {
    case "unreachable":
      return -EHOSTUNREACH;
    case "prohibit":
      return -EACCES;
    case "blackhole":
      return -EINVAL;
    default:
      return 0;
  }
}

function sameFlow(a: Flow, b: Flow): boolean {
  if ((a.oif ?? 0) !== (b.oif ?? 0) || !a.anysrc !== !b.anysrc || !a.onlink !== !b.onlink) return false;
  if (a.source === b.source) return true;
  return a.source !== undefined && b.source !== undefined && a.source.equals(b.source);
}

function fibRoute(
  type: RouteType,
  prefix: Prefix,
  device: NetDevice,
  extras: { readonly source?: IpAddress; readonly table: number; readonly metric: number },
): FibRoute {
  return {
    prefix,
    type,
    gateway: undefined,
    device,
    source: extras.source,
    metrics: {},
    metric: extras.metric,
    table: extras.table,
  };
}
