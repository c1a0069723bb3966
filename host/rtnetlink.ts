/**
 * Interfaces, addresses and routes through rtnetlink, without a child process. See `rtnetlink(7)`,
 * `linux/if_link.h`, `linux/if_addr.h`. Needs `--allow-ffi`, and CAP_NET_ADMIN for changes.
 *
 * @module
 */

import { AF_INET, AF_INET6 } from "../abi/socket_constants.ts";
import { SystemError } from "./errno.ts";
import { formatAddress, parseAddress, parsePrefix } from "./address.ts";
import { attribute, concat, NetlinkSocket, NLM_F, parseAttributes, stringOf, u32, zstring } from "./netlink.ts";

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFLA_LINKINFO = 18;
const IFLA_STATS64 = 23;
const IFLA_NET_NS_FD = 28;
const IFLA_GSO_MAX_SIZE = 41;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const NESTED = 0x8000;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
const IFA_F_NODAD = 2;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTAX_MTU = 2;
const RTNH_F_ONLINK = 4;
const RT_TABLE_MAIN = 254;
const RT_TABLE_LOCAL = 255;
const RTPROT_BOOT = 3;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_HOST = 254;
const RT_SCOPE_NOWHERE = 255;

/** Interface flags of `netdevice(7)`. */
export const IFF = {
  UP: 1,
  BROADCAST: 2,
  LOOPBACK: 8,
  POINTOPOINT: 0x10,
  RUNNING: 0x40,
  NOARP: 0x80,
  PROMISC: 0x100,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const;

/** Counters of an interface (`rtnl_link_stats64`, the first ones). */
export interface LinkStatistics {
  /** Packets received. */
  readonly rxPackets: number;
  /** Packets sent. */
  readonly txPackets: number;
  /** Octets received. */
  readonly rxBytes: number;
  /** Octets sent. */
  readonly txBytes: number;
  /** Packets received in error. */
  readonly rxErrors: number;
  /** Packets that could not be sent. */
  readonly txErrors: number;
  /** Received packets dropped for want of room. */
  readonly rxDropped: number;
  /** Packets to send dropped for want of room. */
  readonly txDropped: number;
}

/** An interface as the kernel lists it. */
export interface Link {
  /** Interface index. */
  readonly index: number;
  /** Interface name. */
  readonly name: string;
  /** ARPHRD_ number: 1 Ethernet, 772 loopback, 65534 none (TUN). */
  readonly hardwareType: number;
  /** {@link IFF} bits. */
  readonly flags: number;
  /** MTU in octets. */
  readonly mtu: number;
  /** `02:00:00:00:00:01`, or empty. */
  readonly mac: string;
  /** `veth`, `tun`, … or empty. */
  readonly kind: string;
  /** Counters, where the kernel gives them. */
  readonly statistics: LinkStatistics | undefined;
}

/** An address of an interface. */
export interface InterfaceAddress {
  /** Interface index. */
  readonly index: number;
  /** As text. */
  readonly address: string;
  /** Length of the prefix in bits. */
  readonly prefixLength: number;
}

/** What to change about an interface; what is absent stays. */
export interface LinkChange {
  /** Whether it is up. */
  readonly up?: boolean;
  /** MTU in octets. */
  readonly mtu?: number;
  /** Ethernet address, `02:00:00:00:00:01`. */
  readonly mac?: string;
  /** New name, 1 to 15 characters. */
  readonly name?: string;
  /** Other {@link IFF} bits to set and to clear. */
  readonly setFlags?: number;
  /** {@link IFF} bits to clear. */
  readonly clearFlags?: number;
  /** Packets that its queue holds. */
  readonly txQueueLength?: number;
  /** Largest aggregate in octets that the stack hands to the device. */
  readonly gsoMaxSize?: number;
  /** Moves the interface into the namespace of this descriptor. */
  readonly namespaceFd?: number;
}

/** A route. */
export interface Route {
  /** `192.0.2.0/24`; `0.0.0.0/0` or `::/0` is the default route. */
  readonly destination: string;
  /** Next hop, as text. */
  readonly gateway?: string;
  /** Interface name or index. */
  readonly device?: string | number;
  /** The gateway is on the link even where no address of ours covers it. */
  readonly onlink?: boolean;
  /** Address to send from. */
  readonly source?: string;
  /** Of several routes to one destination, the one with the smallest metric is used. */
  readonly metric?: number;
  /** Path MTU in octets. */
  readonly mtu?: number;
  /** Routing table; the main one unless given. */
  readonly table?: number;
  /** `unicast` unless given; `local` makes the kernel answer for every address in the prefix (AnyIP). */
  readonly type?: "unicast" | "local" | "blackhole" | "unreachable" | "prohibit";
}

/** One side of a veth pair. */
export interface VethEnd {
  /** Interface name. */
  readonly name: string;
  /** Descriptor of the namespace to put it in; the socket's own unless given. */
  readonly namespaceFd?: number;
  /** Ethernet address; random unless given. */
  readonly mac?: string;
  /** MTU in octets; 1500 unless given. */
  readonly mtu?: number;
}

const ROUTE_TYPES = { unicast: 1, local: 2, blackhole: 6, unreachable: 7, prohibit: 8 } as const;

function macBytes(mac: string): Uint8Array {
  const parts = mac.split(":");
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-fA-F]{2}$/.test(part))) {
    throw new TypeError(`Not an Ethernet address: ${JSON.stringify(mac)}`);
  }
  return new Uint8Array(parts.map((part) => parseInt(part, 16)));
}

function interfaceName(name: string): Uint8Array {
  if (name.length === 0 || name.length > 15 || /[\s/]/.test(name)) {
    throw new TypeError(`Not an interface name (1 to 15 characters): ${JSON.stringify(name)}`);
  }
  return zstring(name);
}

function ifinfomsg(index: number, flags = 0, change = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}

/** rtnetlink requests in the network namespace in which this object was made. Dispose it to close its socket. */
export class RouteSocket implements Disposable {
  readonly #socket = new NetlinkSocket(0);
  readonly #indexes = new Map<string, number>();

  /** Index of an interface. Throws ENODEV where there is none of that name. */
  indexOf(device: string | number): number {
    if (typeof device === "number") return device;
    const known = this.#indexes.get(device);
    if (known !== undefined) return known;
    const found = this.#getLinks(NLM_F.ACK, attribute(IFLA_IFNAME, interfaceName(device)), `link ${device}`)[0];
    if (!found) throw new SystemError(19, `link ${device}`);
    this.#indexes.set(device, found.index);
    return found.index;
  }

  /** All interfaces. */
  links(): Link[] {
    return this.#getLinks(NLM_F.DUMP, new Uint8Array(0), "list links");
  }

  #getLinks(flags: number, attributes: Uint8Array, what: string): Link[] {
    return this.#socket.request(RTM_GETLINK, flags, concat(ifinfomsg(0), attributes), what)
      .filter((message) => message.type === RTM_NEWLINK && message.payload.length >= 16)
      .map((message) => parseLink(message.payload));
  }

  /** Changes an interface. */
  setLink(device: string | number, change: LinkChange): void {
    let flags = change.setFlags ?? 0;
    let mask = flags | (change.clearFlags ?? 0);
    if (change.up !== undefined) {
      mask |= IFF.UP;
      if (change.up) flags |= IFF.UP;
    }
    const parts: Uint8Array[] = [ifinfomsg(this.indexOf(device), flags, mask)];
    if (change.name !== undefined) parts.push(attribute(IFLA_IFNAME, interfaceName(change.name)));
    if (change.mac !== undefined) parts.push(attribute(IFLA_ADDRESS, macBytes(change.mac)));
    if (change.mtu !== undefined) parts.push(attribute(IFLA_MTU, u32(change.mtu)));
    if (change.txQueueLength !== undefined) parts.push(attribute(IFLA_TXQLEN, u32(change.txQueueLength)));
    if (change.gsoMaxSize !== undefined) parts.push(attribute(IFLA_GSO_MAX_SIZE, u32(change.gsoMaxSize)));
    if (change.namespaceFd !== undefined) parts.push(attribute(IFLA_NET_NS_FD, u32(change.namespaceFd)));
    this.#socket.request(RTM_NEWLINK, 0, concat(...parts), `set link ${device}`);
    if (change.name !== undefined || change.namespaceFd !== undefined) this.#indexes.clear();
  }

  /** Deletes an interface (a veth takes its peer with it). */
  deleteLink(device: string | number): void {
    this.#socket.request(RTM_DELLINK, 0, ifinfomsg(this.indexOf(device)), `delete link ${device}`);
    this.#indexes.clear();
  }

  /** Makes a pair of connected Ethernet devices, each optionally in another namespace. */
  addVeth(end: VethEnd, peer: VethEnd): void {
    const attributes = (side: VethEnd): Uint8Array[] => {
      const parts: Uint8Array[] = [attribute(IFLA_IFNAME, interfaceName(side.name))];
      if (side.mac !== undefined) parts.push(attribute(IFLA_ADDRESS, macBytes(side.mac)));
      if (side.mtu !== undefined) parts.push(attribute(IFLA_MTU, u32(side.mtu)));
      if (side.namespaceFd !== undefined) parts.push(attribute(IFLA_NET_NS_FD, u32(side.namespaceFd)));
      return parts;
    };
    const peerData = attribute(VETH_INFO_PEER | NESTED, concat(ifinfomsg(0), ...attributes(peer)));
    const info = attribute(
      IFLA_LINKINFO | NESTED,
      concat(attribute(IFLA_INFO_KIND, zstring("veth")), attribute(IFLA_INFO_DATA | NESTED, peerData)),
    );
    const body = concat(ifinfomsg(0), ...attributes(end), info);
    this.#socket.request(RTM_NEWLINK, NLM_F.CREATE | NLM_F.EXCL, body, `add veth ${end.name}`);
  }

  /** Makes a device of a kind that needs no options: `dummy`, `ifb`, `bridge`. */
  addLink(kind: string, name: string): void {
    const info = attribute(IFLA_LINKINFO | NESTED, attribute(IFLA_INFO_KIND, zstring(kind)));
    const body = concat(ifinfomsg(0), attribute(IFLA_IFNAME, interfaceName(name)), info);
    this.#socket.request(RTM_NEWLINK, NLM_F.CREATE | NLM_F.EXCL, body, `add ${kind} ${name}`);
  }

  /**
   * Adds an address, `192.0.2.1/24` or `2001:db8::1/64`. IPv6 addresses are usable at once: duplicate address
   * detection is off for them (IFA_F_NODAD).
   */
  addAddress(device: string | number, prefix: string, options: { peer?: string } = {}): void {
    const { address } = parsePrefix(prefix);
    const parts = [this.#ifaddrmsg(device, prefix), attribute(IFA_LOCAL, address)];
    const peer = options.peer === undefined ? address : parseAddress(options.peer);
    if (peer.length !== address.length) throw new TypeError(`${options.peer} is not of the family of ${prefix}`);
    parts.push(attribute(IFA_ADDRESS, peer));
    if (address.length === 16) parts.push(attribute(IFA_FLAGS, u32(IFA_F_NODAD)));
    const what = `add address ${prefix} to ${device}`;
    this.#socket.request(RTM_NEWADDR, NLM_F.CREATE | NLM_F.REPLACE, concat(...parts), what);
  }

  /** Removes an address. */
  deleteAddress(device: string | number, prefix: string): void {
    const { address } = parsePrefix(prefix);
    const body = concat(this.#ifaddrmsg(device, prefix), attribute(IFA_LOCAL, address));
    this.#socket.request(RTM_DELADDR, 0, body, `delete address ${prefix} of ${device}`);
  }

  /** All addresses of both families. */
  addresses(): InterfaceAddress[] {
    const addresses: InterfaceAddress[] = [];
    for (
      const { type, payload } of this.#socket.request(RTM_GETADDR, NLM_F.DUMP, new Uint8Array(8), "list addresses")
    ) {
      if (type !== RTM_NEWADDR || payload.length < 8) continue;
      const attributes = parseAttributes(payload, 8);
      const found = attributes.find((a) => a.type === IFA_LOCAL) ?? attributes.find((a) => a.type === IFA_ADDRESS);
      if (!found || (found.payload.length !== 4 && found.payload.length !== 16)) continue;
      const index = new DataView(payload.buffer, payload.byteOffset).getUint32(4, true);
      addresses.push({ index, address: formatAddress(found.payload), prefixLength: payload[1]! });
    }
    return addresses;
  }

  #ifaddrmsg(device: string | number, prefix: string): Uint8Array {
    const { address, prefixLength } = parsePrefix(prefix);
    const bytes = new Uint8Array(8);
    bytes[0] = address.length === 4 ? AF_INET : AF_INET6;
    bytes[1] = prefixLength;
    if (address[0] === 127) bytes[3] = RT_SCOPE_HOST;
    new DataView(bytes.buffer).setUint32(4, this.indexOf(device), true);
    return bytes;
  }

  /** Adds a route, replacing one to the same destination with the same metric. */
  addRoute(route: Route): void {
    const what = `add route ${route.destination}`;
    this.#socket.request(RTM_NEWROUTE, NLM_F.CREATE | NLM_F.REPLACE, this.#rtmsg(route), what);
  }

  /** Deletes the first route that matches what is said. */
  deleteRoute(route: Route): void {
    this.#socket.request(RTM_DELROUTE, 0, this.#rtmsg(route, true), `delete route ${route.destination}`);
  }

  #rtmsg(route: Route, deleting = false): Uint8Array {
    const { address, prefixLength } = parsePrefix(route.destination);
    const type = route.type ?? "unicast";
    const header = new Uint8Array(12);
    header[0] = address.length === 4 ? AF_INET : AF_INET6;
    header[1] = prefixLength;
    header[4] = route.table ?? (type === "local" ? RT_TABLE_LOCAL : RT_TABLE_MAIN);
    header[5] = RTPROT_BOOT;
    header[6] = type === "local"
      ? RT_SCOPE_HOST
      : type === "unicast" && route.gateway === undefined
      ? RT_SCOPE_LINK
      : 0;
    header[7] = ROUTE_TYPES[type];
    if (deleting) {
      // What is not said matches any route, as in ip-route(8).
      header[5] = 0;
      header[6] = RT_SCOPE_NOWHERE;
      if (route.type === undefined) header[7] = 0;
    }
    if (route.onlink) new DataView(header.buffer).setUint32(8, RTNH_F_ONLINK, true);
    const parts: Uint8Array[] = [header];
    if (prefixLength > 0) parts.push(attribute(RTA_DST, address));
    if (route.gateway !== undefined) parts.push(attribute(RTA_GATEWAY, parseAddress(route.gateway)));
    if (route.device !== undefined) parts.push(attribute(RTA_OIF, u32(this.indexOf(route.device))));
    if (route.source !== undefined) parts.push(attribute(RTA_PREFSRC, parseAddress(route.source)));
    if (route.metric !== undefined) parts.push(attribute(RTA_PRIORITY, u32(route.metric)));
    if (route.mtu !== undefined) parts.push(attribute(RTA_METRICS | NESTED, attribute(RTAX_MTU, u32(route.mtu))));
    return concat(...parts);
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

function parseLink(payload: Uint8Array<ArrayBuffer>): Link {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  let name = "";
  let mtu = 0;
  let mac = "";
  let kind = "";
  let statistics: LinkStatistics | undefined;
  for (const { type, payload: value } of parseAttributes(payload, 16)) {
    const valueView = new DataView(value.buffer, value.byteOffset, value.length);
    if (type === IFLA_IFNAME) name = stringOf(value);
    else if (type === IFLA_MTU && value.length >= 4) mtu = valueView.getUint32(0, true);
    else if (type === IFLA_ADDRESS) mac = Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
    else if (type === IFLA_LINKINFO) {
      const found = parseAttributes(value).find((a) => a.type === IFLA_INFO_KIND);
      if (found) kind = stringOf(found.payload);
    } else if (type === IFLA_STATS64 && value.length >= 64) {
      const counter = (at: number) => Number(valueView.getBigUint64(8 * at, true));
      statistics = {
        rxPackets: counter(0),
        txPackets: counter(1),
        rxBytes: counter(2),
        txBytes: counter(3),
        rxErrors: counter(4),
        txErrors: counter(5),
        rxDropped: counter(6),
        txDropped: counter(7),
      };
    }
  }
  return {
    index: view.getInt32(4, true),
    name,
    hardwareType: view.getUint16(2, true),
    flags: view.getUint32(8, true),
    mtu,
    mac,
    kind,
    statistics,
  };
}
