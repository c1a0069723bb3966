/**
 * The options of `SOL_IPV6` (ipv6(7), RFC 3493, RFC 3542), and those of `SOL_IP` on an AF_INET6 socket.
 *
 * @module
 */
import type { PmtuDiscovery } from "../ip/interface.ts";
import { MIN_MTU } from "../wire/ipv6.ts";
import { getInt, htonl, int } from "../../abi/memory.ts";
import { SOCK_RAW, SOCK_STREAM, SOL_IP, SOL_IPV6 } from "../../abi/socket_constants.ts";
import { EADDRNOTAVAIL, EINVAL, ENODEV, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";
import { INET_ECN_MASK, IP_LEVEL } from "./ip_level.ts";
import { MEMBERSHIP_OPTIONS6 } from "./membership.ts";
import type { OptionSocket } from "./option_socket.ts";
import { flag, flagIn, numberIn, OptionTable, type SocketOption } from "./option_table.ts";
import type { Ipv6Options } from "./options.ts";
import { sockaddrIn6 } from "./sockaddr.ts";

/** Octets of `struct ip6_mtuinfo`, and where its MTU is. */
const MTUINFO = 32;
const MTUINFO_MTU = 28;
/** Octets of `struct in6_pktinfo` and of `struct ipv6_mreq`. */
const PKTINFO = 20;

const inet6 = (socket: OptionSocket): Ipv6Options => socket.inet6;
const wanted = (socket: OptionSocket): Ipv6Options["cmsg"] => socket.inet6.cmsg;

type Option = SocketOption<OptionSocket>;

/** Which control messages come with received datagrams. */
const CONTROL: readonly Option[] = [
  flagIn("IPV6_RECVPKTINFO", wanted, "pktinfo"),
  flagIn("IPV6_2292PKTINFO", wanted, "opktinfo"),
  flagIn("IPV6_RECVHOPLIMIT", wanted, "hoplimit"),
  flagIn("IPV6_2292HOPLIMIT", wanted, "ohoplimit"),
  flagIn("IPV6_RECVTCLASS", wanted, "tclass"),
  flagIn("IPV6_FLOWINFO", wanted, "flowinfo"),
  flagIn("IPV6_RECVPATHMTU", wanted, "pathmtu"),
  flagIn("IPV6_ORIGDSTADDR", wanted, "origdstaddr"),
  flagIn("IPV6_RECVFRAGSIZE", wanted, "fragsize", { type: "loose int" }),
  flagIn("IPV6_RECVHOPOPTS", wanted, "hopopts"),
  flagIn("IPV6_RECVDSTOPTS", wanted, "dstopts"),
  flagIn("IPV6_RECVRTHDR", wanted, "rthdr"),
  flagIn("IPV6_2292HOPOPTS", wanted, "ohopopts"),
  flagIn("IPV6_2292DSTOPTS", wanted, "odstopts"),
  flagIn("IPV6_2292RTHDR", wanted, "orthdr"),
  flagIn("IPV6_ROUTER_ALERT_ISOLATE", wanted, "router_alert_isolate"),
  flag("IPV6_RECVERR", (s) => s.inet6.recverr, (s, on) => {
    s.inet6.recverr = on;
    if (!on) s.error_queue.purge();
  }),
  flagIn("IPV6_RECVERR_RFC4884", inet6, "recverr_rfc4884", { range: [0, 1] }),
];

/** An extension header on every packet: none is sent here, so only taking it away succeeds. */
function stickyHeader(name: string): Option {
  return {
    type: "octets",
    name,
    get: () => new Uint8Array(0),
    set: (_, value) => value.length === 0 ? 0 : -EINVAL,
  };
}

/** What is known, and refused: a structure of at least, or of just, so many octets. */
function unsupported(name: string, fits: (length: number) => boolean): Option {
  return { type: "octets", name, set: (_, value) => fits(value.length) ? -EOPNOTSUPP : -EINVAL };
}

function setTrafficClass(socket: OptionSocket, value: number): void {
  const { inet6 } = socket;
  const kept = socket.type === SOCK_STREAM ? INET_ECN_MASK : 0;
  const tclass = (Math.max(value, 0) & ~kept) | (inet6.tos & kept);
  // RFC8200-7-tclass
  if (inet6.tos === tclass) return;
  inet6.tos = tclass;
  socket.sk_dst_reset();
}

/** What is sent. */
const HEADER: readonly Option[] = [
  {
    type: "int",
    name: "IPV6_UNICAST_HOPS",
    range: [-1, 255],
    get: (s) => s.inet6.uc_ttl < 0 ? defaultHops(s) : s.inet6.uc_ttl,
    set: (s, value) => {
      s.inet6.uc_ttl = value;
    },
  },
  { type: "int", name: "IPV6_TCLASS", range: [-1, 255], get: (s) => s.inet6.tos, set: setTrafficClass },
  numberIn("IPV6_MINHOPCOUNT", inet6, "min_ttl", { range: [0, 255] }),
  flagIn("IPV6_DONTFRAG", inet6, "dontfrag", { type: "loose int" }),
  flag(
    "IPV6_AUTOFLOWLABEL",
    (s) => s.inet6.autoflowlabel ?? s.net.sysctl.getNumber("net.ipv6.auto_flowlabels") === 1,
    (s, on) => {
      s.inet6.autoflowlabel = on;
    },
    { type: "loose int" },
  ),
  flagIn("IPV6_FLOWINFO_SEND", inet6, "sndflow"),
  { type: "octets", name: "IPV6_FLOWLABEL_MGR", get: () => -EINVAL, set: () => -EINVAL },
  { type: "int", name: "IPV6_ROUTER_ALERT", get: () => 0, set: () => -ENOPROTOOPT },
  stickyHeader("IPV6_HOPOPTS"),
  stickyHeader("IPV6_RTHDRDSTOPTS"),
  stickyHeader("IPV6_RTHDR"),
  stickyHeader("IPV6_DSTOPTS"),
  unsupported("IPV6_PKTINFO", (length) => length === PKTINFO),
];

function defaultHops(socket: OptionSocket): number {
  return socket.sk_dst_check()?.hoplimit() ?? socket.net.sysctl.getNumber("net.ipv6.conf.all.hop_limit");
}

/** `struct ip6_mtuinfo`: the peer's address and the path MTU to it. */
function pathMtu(socket: OptionSocket, length: number): Uint8Array | number {
  if (length < MTUINFO) return -EINVAL;
  const mtu = socket.sk_dst_check()?.mtu() ?? 0;
  if (mtu === 0) return -ENOTCONN;
  const info = new Uint8Array(MTUINFO);
  info.set(sockaddrIn6({ address: socket.daddr, port: socket.dport }));
  info.set(int(mtu), MTUINFO_MTU);
  return info;
}

const PATH: readonly Option[] = [
  {
    type: "octets",
    name: "IPV6_MTU",
    get: (s) => {
      const mtu = s.sk_dst_check()?.mtu() ?? 0;
      return mtu === 0 ? -ENOTCONN : int(mtu);
    },
    set: (s, value) => {
      const mtu = value.length < 4 ? -1 : getInt(value);
      if (mtu !== 0 && mtu < MIN_MTU) return -EINVAL;
      s.inet6.frag_size = mtu;
      return 0;
    },
  },
  {
    type: "int",
    name: "IPV6_MTU_DISCOVER",
    range: [O.IP_PMTUDISC_DONT, O.IP_PMTUDISC_OMIT],
    get: (s) => s.inet6.pmtudisc,
    set: (s, value) => {
      s.inet6.pmtudisc = value as PmtuDiscovery;
    },
  },
  { type: "octets", name: "IPV6_PATHMTU", get: pathMtu },
];

/** Addresses and interfaces. */
const PLACES: readonly Option[] = [
  flag("IPV6_V6ONLY", (s) => s.inet6.v6only, (s, on) => {
    if (s.num !== 0) return -EINVAL;
    s.inet6.v6only = on;
    return 0;
  }),
  flag("IPV6_TRANSPARENT", (s) => s.inet.transparent, (s, on) => {
    if (on && !s.so.capable) return -EPERM;
    s.inet.transparent = on;
    return 0;
  }),
  flagIn("IPV6_FREEBIND", (s: OptionSocket) => s.inet, "freebind"),
  numberIn("IPV6_ADDR_PREFERENCES", inet6, "srcprefs"),
  {
    type: "loose int",
    name: "IPV6_UNICAST_IF",
    get: (s) => htonl(s.inet6.uc_index) | 0,
    set: (s, value, length) => {
      if (length !== 4) return -EINVAL;
      const ifindex = htonl(value);
      if (ifindex !== 0 && s.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
      s.inet6.uc_index = ifindex;
      return 0;
    },
  },
  { type: "octets", name: "IPV6_ADDRFORM", get: () => -ENOTCONN, set: () => -EINVAL },
  unsupported("IPV6_JOIN_ANYCAST", (length) => length >= PKTINFO),
  unsupported("IPV6_LEAVE_ANYCAST", (length) => length >= PKTINFO),
];

const MULTICAST: readonly Option[] = [
  {
    type: "loose int",
    name: "IPV6_MULTICAST_HOPS",
    get: (s) => s.inet6.mc_ttl,
    set: (s, value, length) => {
      if (s.type === SOCK_STREAM) return -ENOPROTOOPT;
      if (length < 4 || value > 255 || value < -1) return -EINVAL;
      s.inet6.mc_ttl = value === -1 ? 1 : value;
      return 0;
    },
  },
  flagIn("IPV6_MULTICAST_LOOP", inet6, "mc_loop", { range: [0, 1] }),
  flagIn("IPV6_MULTICAST_ALL", inet6, "mc_all"),
  {
    type: "loose int",
    name: "IPV6_MULTICAST_IF",
    get: (s) => s.inet6.mc_index,
    set: (s, value, length) => {
      if (s.type === SOCK_STREAM) return -ENOPROTOOPT;
      if (length < 4) return -EINVAL;
      if (value !== 0 && s.ip.device(value) === undefined) return -ENODEV;
      const bound = s.sk_bound_dev_if;
      if (value !== 0 && bound !== 0 && bound !== value) return -EINVAL;
      s.inet6.mc_index = value;
      return 0;
    },
  },
  ...MEMBERSHIP_OPTIONS6,
];

/** The options of `SOL_IPV6`. A negative length to read into is room enough. */
export const IPV6_LEVEL: OptionTable<OptionSocket> = new OptionTable<OptionSocket>(
  O,
  [...CONTROL, ...HEADER, ...PATH, ...PLACES, ...MULTICAST],
  { shortUnknown: -ENOPROTOOPT, checksLength: false },
);

/** The table of a level on an AF_INET6 socket: raw sockets of that family know IPv6's alone. */
function levelOf(socket: OptionSocket, level: number): OptionTable<OptionSocket> | undefined {
  if (level === SOL_IPV6) return IPV6_LEVEL;
  return level === SOL_IP && socket.type !== SOCK_RAW ? IP_LEVEL : undefined;
}

/** Sets an option of an AF_INET6 socket: 0 or `-errno`. */
export function ipv6_setsockopt(socket: OptionSocket, level: number, name: number, value: Uint8Array): number {
  return levelOf(socket, level)?.setOption(socket, name, value) ?? -ENOPROTOOPT;
}

/** The value of an option of an AF_INET6 socket, cut to `length` octets, or `-errno`. */
export function ipv6_getsockopt(
  socket: OptionSocket,
  level: number,
  name: number,
  length: number,
): Uint8Array | number {
  return levelOf(socket, level)?.getOption(socket, name, length) ?? -ENOPROTOOPT;
}
