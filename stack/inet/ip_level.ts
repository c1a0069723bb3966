/**
 * The options of `SOL_IP` (ip(7)).
 *
 * @module
 */
import { givenOptions, readHeaderOptions } from "../ip/header_options.ts";
import type { PmtuDiscovery } from "../ip/interface.ts";
import { rt_tos2priority } from "../link/priority.ts";
import { IpAddress } from "../wire/address.ts";
import { getInt, htonl, int } from "../../abi/memory.ts";
import { IPPROTO_RAW, SOCK_RAW, SOCK_STREAM, SOL_IP } from "../../abi/socket_constants.ts";
import { EADDRNOTAVAIL, EINVAL, ENOBUFS, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";
import { MEMBERSHIP_OPTIONS4 } from "./membership.ts";
import type { OptionSocket } from "./option_socket.ts";
import {
  constant,
  flag,
  flagIn,
  narrow,
  numberIn,
  octetOrInt,
  OptionTable,
  type SocketOption,
} from "./option_table.ts";
import type { InetOptions } from "./options.ts";

/** The ECN bits of a TOS octet: on a stream they are the stack's, not the program's. */
export const INET_ECN_MASK = 3;

const SMALL = { type: "octet or int" } as const;
const inet = (socket: OptionSocket): InetOptions => socket.inet;
const wanted = (socket: OptionSocket): InetOptions["cmsg"] => socket.inet.cmsg;

/** `-errno` of a socket that is no raw one. */
function rawOnly(socket: OptionSocket): number {
  return socket.type === SOCK_RAW ? 0 : -ENOPROTOOPT;
}

/** Sets TOS as the program may. */
function setTos(socket: OptionSocket, value: number): void {
  const { inet } = socket;
  const kept = socket.type === SOCK_STREAM ? INET_ECN_MASK : 0;
  const tos = (value & 0xff & ~kept) | (inet.tos & kept);
  if (inet.tos === tos) return;
  inet.tos = tos;
  socket.so.priority = rt_tos2priority(tos);
  socket.sk_dst_reset();
}

/** The interface index comes in network byte order. */
function setUnicastInterface(socket: OptionSocket, value: number, length: number): number {
  if (length !== 4) return -EINVAL;
  const ifindex = htonl(value);
  if (ifindex !== 0 && socket.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
  const bound = socket.sk_bound_dev_if;
  if (ifindex !== 0 && bound !== 0 && bound !== ifindex) return -EINVAL;
  socket.inet.uc_index = ifindex;
  return 0;
}

/** A `struct in_addr`, `ip_mreq` or `ip_mreqn`: the address of an interface, or its index. */
function setMulticastInterface(socket: OptionSocket, value: Uint8Array): number {
  if (socket.type === SOCK_STREAM || value.length < 4) return -EINVAL;
  const address = IpAddress.from(value, value.length >= 8 ? 4 : 0, 4);
  const named = address.isUnspecified ? undefined : address;
  let ifindex = value.length >= 12 ? getInt(value, 8) : 0;
  if (ifindex !== 0) {
    if (socket.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
  } else if (named !== undefined) {
    if (socket.ip.address_type(named) !== "local") return -EADDRNOTAVAIL;
    const route = socket.ip.route_output({ family: 4, destination: named });
    ifindex = typeof route === "number" ? 0 : route.device.ifindex;
  }
  socket.inet.mc_index = ifindex;
  socket.inet.mc_addr = named;
  return 0;
}

function setOptions(socket: OptionSocket, value: Uint8Array): number {
  const options = readHeaderOptions(value);
  if (options === undefined) return -EINVAL;
  socket.inet.options = value.length === 0 ? undefined : options;
  socket.sk_dst_reset();
  return 0;
}

function getOptions({ inet: { options } }: OptionSocket): Uint8Array {
  return options === undefined ? new Uint8Array(0) : givenOptions(options);
}

/** Low port and high port in one number. */
function setPortRange(socket: OptionSocket, value: Uint8Array): number {
  const range = octetOrInt(value);
  const low = range & 0xffff;
  const high = range >>> 16;
  if (value.length !== 4 || (low !== 0 && high !== 0 && low > high)) return -EINVAL;
  socket.inet.local_port_range = [low, high];
  return 0;
}

type Option = SocketOption<OptionSocket>;

/** Which control messages come with received datagrams. */
const CONTROL: readonly Option[] = [
  flagIn("IP_PKTINFO", wanted, "pktinfo", SMALL),
  flagIn("IP_RECVTTL", wanted, "ttl", SMALL),
  flagIn("IP_RECVOPTS", wanted, "recvopts", SMALL),
  flagIn("IP_RETOPTS", wanted, "retopts", SMALL),
  flagIn("IP_RECVTOS", wanted, "tos", SMALL),
  flagIn("IP_PASSSEC", wanted, "passsec", SMALL),
  flagIn("IP_RECVORIGDSTADDR", wanted, "origdstaddr", SMALL),
  flagIn("IP_CHECKSUM", wanted, "checksum", SMALL),
  flag("IP_RECVFRAGSIZE", (s) => s.inet.cmsg.fragsize, (s, on) => {
    if (s.type === SOCK_STREAM) return -EINVAL;
    s.inet.cmsg.fragsize = on;
    return 0;
  }, SMALL),
  flag("IP_RECVERR", (s) => s.inet.recverr, (s, on) => {
    s.inet.recverr = on;
    if (!on) s.error_queue.purge();
  }, SMALL),
  flagIn("IP_RECVERR_RFC4884", inet, "recverr_rfc4884", { ...SMALL, range: [0, 1] }),
];

/** What is sent. */
const HEADER: readonly Option[] = [
  // RFC1122-3.2.1.6-tos-set
  { type: "octet or int", name: "IP_TOS", get: (s) => s.inet.tos, set: setTos },
  {
    type: "octet or int",
    name: "IP_TTL",
    least: 1,
    range: [-1, 255],
    get: (s) => s.inet.uc_ttl < 0 ? s.net.sysctl.getNumber("net.ipv4.ip_default_ttl") : s.inet.uc_ttl,
    set: (s, value) => {
      if (value === 0) return -EINVAL;
      s.inet.uc_ttl = value;
      return 0;
    },
  },
  numberIn("IP_MINTTL", inet, "min_ttl", { ...SMALL, least: 1, range: [0, 255] }),
  {
    type: "octet or int",
    name: "IP_MTU_DISCOVER",
    range: [O.IP_PMTUDISC_DONT, O.IP_PMTUDISC_OMIT],
    get: (s) => s.inet.pmtudisc,
    set: (s, value) => {
      s.inet.pmtudisc = value as PmtuDiscovery;
    },
  },
  { type: "octets", name: "IP_OPTIONS", get: getOptions, set: setOptions },
  flag("IP_HDRINCL", (s) => s.inet.hdrincl, (s, on) => {
    if (rawOnly(s) !== 0) return rawOnly(s);
    s.inet.hdrincl = on;
    return 0;
  }, SMALL),
  flag("IP_NODEFRAG", (s) => s.inet.nodefrag, (s, on) => {
    if (rawOnly(s) !== 0) return rawOnly(s);
    s.inet.nodefrag = on;
    return 0;
  }, SMALL),
  flag("IP_ROUTER_ALERT", (s) => s.inet.router_alert, (s, on) => {
    if (s.type !== SOCK_RAW || s.num === IPPROTO_RAW) return -EINVAL;
    if (!on && !s.inet.router_alert) return -ENOBUFS;
    s.inet.router_alert = on;
    return 0;
  }, SMALL),
];

/** Addresses, ports and interfaces. */
const PLACES: readonly Option[] = [
  flagIn("IP_FREEBIND", inet, "freebind", { ...SMALL, least: 1 }),
  flag("IP_TRANSPARENT", (s) => s.inet.transparent, (s, on) => {
    if (on && !s.so.capable) return -EPERM;
    s.inet.transparent = on;
    return 0;
  }, { ...SMALL, least: 1 }),
  flagIn("IP_BIND_ADDRESS_NO_PORT", inet, "bind_address_no_port", SMALL),
  {
    type: "octets",
    name: "IP_LOCAL_PORT_RANGE",
    get: ({ inet: { local_port_range: [low, high] } }) => int(low | (high << 16)),
    set: setPortRange,
  },
  { type: "octet or int", name: "IP_UNICAST_IF", get: (s) => htonl(s.inet.uc_index), set: setUnicastInterface },
  constant("IP_PROTOCOL", (s) => s.num),
  {
    type: "octets",
    name: "IP_MTU",
    get: (s, length) => {
      const mtu = s.sk_dst_check()?.mtu() ?? 0;
      return mtu === 0 ? -ENOTCONN : narrow(mtu, length);
    },
  },
  { type: "octets", name: "IP_IPSEC_POLICY", set: (s) => s.so.capable ? -EOPNOTSUPP : -EPERM },
  { type: "octets", name: "IP_XFRM_POLICY", set: (s) => s.so.capable ? -EINVAL : -EPERM },
];

const MULTICAST: readonly Option[] = [
  {
    type: "octets",
    name: "IP_MULTICAST_IF",
    get: (s) => (s.inet.mc_addr ?? IpAddress.ANY4).bytes.slice(),
    set: setMulticastInterface,
  },
  {
    type: "octet or int",
    name: "IP_MULTICAST_TTL",
    least: 1,
    range: [-1, 255],
    get: (s) => s.inet.mc_ttl,
    set: (s, value) => {
      if (s.type === SOCK_STREAM) return -EINVAL;
      s.inet.mc_ttl = value === -1 ? 1 : value;
      return 0;
    },
  },
  flagIn("IP_MULTICAST_LOOP", inet, "mc_loop", { ...SMALL, least: 1 }),
  flagIn("IP_MULTICAST_ALL", inet, "mc_all", { ...SMALL, least: 1, range: [0, 1] }),
  ...MEMBERSHIP_OPTIONS4,
];

/** The options of `SOL_IP`. */
export const IP_LEVEL: OptionTable<OptionSocket> = new OptionTable<OptionSocket>(
  O,
  [...CONTROL, ...HEADER, ...PLACES, ...MULTICAST],
  { shortUnknown: -ENOPROTOOPT, checksLength: true },
);

/** Sets an option of an AF_INET socket: 0 or `-errno`. */
export function ip_setsockopt(socket: OptionSocket, level: number, name: number, value: Uint8Array): number {
  return level === SOL_IP ? IP_LEVEL.setOption(socket, name, value) : -ENOPROTOOPT;
}

/** The value of an option of an AF_INET socket, cut to `length` octets, or `-errno`. */
export function ip_getsockopt(
  socket: OptionSocket,
  level: number,
  name: number,
  length: number,
): Uint8Array | number {
  return level === SOL_IP ? IP_LEVEL.getOption(socket, name, length) : -EOPNOTSUPP;
}
