/**
 * SOL_IPV6 options, and SOL_IP ones on an AF_INET6 socket (`do_ipv6_setsockopt`, `do_ipv6_getsockopt`).
 *
 * @module
 */
import type { PmtuDiscovery } from "../ip/interface.ts";
import { encodeSockaddr } from "./sockaddr.ts";
import { getInt, int } from "../../abi/memory.ts";
import { AF_INET6, SOCK_RAW, SOCK_STREAM, SOL_IP, SOL_IPV6 } from "../../abi/socket_constants.ts";
import { EADDRNOTAVAIL, EINVAL, ENODEV, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import type { InetSock } from "./inet_sock.ts";
import { INET_ECN_MASK, ip_getsockopt, ip_setsockopt } from "./ip_sockglue.ts";
import * as O from "../../abi/ip_constants.ts";
import { membership_setsockopt } from "./membership.ts";

const IPV6_MIN_MTU = 1280;

/** Options that switch one control message on or off. */
const CMSG_FLAGS: ReadonlyMap<number, keyof InetSock["inet6"]["cmsg"]> = new Map([
  [O.IPV6_RECVPKTINFO, "pktinfo"],
  [O.IPV6_2292PKTINFO, "opktinfo"],
  [O.IPV6_RECVHOPLIMIT, "hoplimit"],
  [O.IPV6_2292HOPLIMIT, "ohoplimit"],
  [O.IPV6_RECVTCLASS, "tclass"],
  [O.IPV6_FLOWINFO, "flowinfo"],
  [O.IPV6_RECVPATHMTU, "pathmtu"],
  [O.IPV6_ORIGDSTADDR, "origdstaddr"],
  [O.IPV6_RECVFRAGSIZE, "fragsize"],
  [O.IPV6_RECVHOPOPTS, "hopopts"],
  [O.IPV6_RECVDSTOPTS, "dstopts"],
  [O.IPV6_RECVRTHDR, "rthdr"],
  [O.IPV6_2292HOPOPTS, "ohopopts"],
  [O.IPV6_2292DSTOPTS, "odstopts"],
  [O.IPV6_2292RTHDR, "orthdr"],
  [O.IPV6_ROUTER_ALERT_ISOLATE, "router_alert_isolate"],
]);

/** Extension headers that a program may add to its packets; none are sent here, so only taking them away succeeds. */
const STICKY_HEADERS: ReadonlySet<number> = new Set([
  O.IPV6_HOPOPTS,
  O.IPV6_RTHDRDSTOPTS,
  O.IPV6_RTHDR,
  O.IPV6_DSTOPTS,
]);
/** Sets an option of an AF_INET6 socket: 0 or `-errno`. */
export function ipv6_setsockopt(sk: InetSock, level: number, name: number, value: Uint8Array): number {
  if (level === SOL_IP && sk.type !== SOCK_RAW) return ip_setsockopt(sk, level, name, value);
  if (level !== SOL_IPV6) return -ENOPROTOOPT;
  const membership = membership_setsockopt(sk, 6, name, value);
  if (membership !== undefined) return membership;
  const short = value.length < 4;
  const val = short ? 0 : getInt(value);
  const on = val !== 0;
  const inet6 = sk.inet6;
  const flag = CMSG_FLAGS.get(name);
  if (flag !== undefined) {
    if (short && name !== O.IPV6_RECVFRAGSIZE) return -EINVAL;
    inet6.cmsg[flag] = on;
    return 0;
  }
  if (STICKY_HEADERS.has(name)) return value.length === 0 ? 0 : -EINVAL;
  switch (name) {
    case O.IPV6_UNICAST_HOPS:
      if (short || val > 255 || val < -1) return -EINVAL;
      inet6.hop_limit = val;
      return 0;
    case O.IPV6_MULTICAST_HOPS:
      if (sk.type === SOCK_STREAM) return -ENOPROTOOPT;
      if (short || val > 255 || val < -1) return -EINVAL;
      inet6.mcast_hops = val === -1 ? 1 : val;
      return 0;
    case O.IPV6_MULTICAST_LOOP:
      if (short || val < 0 || val > 1) return -EINVAL;
      inet6.mc_loop = on;
      return 0;
    case O.IPV6_MULTICAST_ALL:
      if (short) return -EINVAL;
      inet6.mc_all = on;
      return 0;
    case O.IPV6_MULTICAST_IF:
      if (sk.type === SOCK_STREAM) return -ENOPROTOOPT;
      if (short) return -EINVAL;
      if (val !== 0 && (sk.ip.device(val) === undefined)) return -ENODEV;
      if (val !== 0 && sk.sk_bound_dev_if !== 0 && sk.sk_bound_dev_if !== val) return -EINVAL;
      inet6.mcast_oif = val;
      return 0;
    case O.IPV6_UNICAST_IF: {
      if (value.length !== 4) return -EINVAL;
      const ifindex = new DataView(value.buffer, value.byteOffset).getUint32(0, false);
      if (ifindex !== 0 && sk.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
      inet6.ucast_oif = ifindex;
      return 0;
    }
    case O.IPV6_MTU:
      if (short || (val !== 0 && val < IPV6_MIN_MTU)) return -EINVAL;
      inet6.frag_size = val;
      return 0;
    case O.IPV6_MTU_DISCOVER:
      if (short || val < O.IP_PMTUDISC_DONT || val > O.IP_PMTUDISC_OMIT) return -EINVAL;
      inet6.pmtudisc = val as PmtuDiscovery;
      return 0;
    case O.IPV6_RECVERR:
      if (short) return -EINVAL;
      inet6.recverr = on;
      if (!on) sk.error_queue.purge();
      return 0;
    case O.IPV6_RECVERR_RFC4884:
      if (short || val < 0 || val > 1) return -EINVAL;
      inet6.recverr_rfc4884 = on;
      return 0;
    case O.IPV6_MINHOPCOUNT:
      if (short || val < 0 || val > 255) return -EINVAL;
      inet6.min_hopcount = val;
      return 0;
    case O.IPV6_DONTFRAG:
      inet6.dontfrag = on;
      return 0;
    case O.IPV6_AUTOFLOWLABEL:
      inet6.autoflowlabel = on;
      return 0;
    case O.IPV6_FLOWINFO_SEND:
      if (short) return -EINVAL;
      inet6.sndflow = on;
      return 0;
    case O.IPV6_ADDR_PREFERENCES:
      if (short) return -EINVAL;
      inet6.srcprefs = val;
      return 0;
    case O.IPV6_V6ONLY:
      if (short || sk.num !== 0) return -EINVAL;
      inet6.v6only = on;
      return 0;
    case O.IPV6_TCLASS: {
      if (short || val < -1 || val > 0xff) return -EINVAL;
      // RFC8200-7-tclass
      let tclass = val === -1 ? 0 : val;
      if (sk.type === SOCK_STREAM) tclass = (tclass & ~INET_ECN_MASK) | (inet6.tclass & INET_ECN_MASK);
      if (inet6.tclass !== tclass) {
        inet6.tclass = tclass;
        sk.sk_dst_reset();
      }
      return 0;
    }
    case O.IPV6_TRANSPARENT:
      if (on && !sk.so.capable) return -EPERM;
      if (short) return -EINVAL;
      sk.inet.transparent = on;
      return 0;
    case O.IPV6_FREEBIND:
      if (short) return -EINVAL;
      sk.inet.freebind = on;
      return 0;
    case O.IPV6_PKTINFO:
      return value.length !== 20 ? -EINVAL : -EOPNOTSUPP;
    case O.IPV6_JOIN_ANYCAST:
    case O.IPV6_LEAVE_ANYCAST:
      return value.length < 20 ? -EINVAL : -EOPNOTSUPP;
    case O.IPV6_ROUTER_ALERT:
      return short ? -EINVAL : -ENOPROTOOPT;
    case O.IPV6_ADDRFORM:
    case O.IPV6_FLOWLABEL_MGR:
      return -EINVAL;
    default:
      return -ENOPROTOOPT;
  }
}

/** The value of an option of an AF_INET6 socket, cut to `length` octets, or `-errno`. */
export function ipv6_getsockopt(sk: InetSock, level: number, name: number, wanted: number): Uint8Array | number {
  if (level === SOL_IP && sk.type !== SOCK_RAW) return ip_getsockopt(sk, level, name, wanted);
  if (level !== SOL_IPV6) return -ENOPROTOOPT;
  // The length is taken as unsigned: a negative one is room enough.
  const length = Math.min(wanted >>> 0, 1 << 16);
  const flag = CMSG_FLAGS.get(name);
  if (flag !== undefined) return int(Number(sk.inet6.cmsg[flag])).subarray(0, length);
  if (STICKY_HEADERS.has(name)) return new Uint8Array(0);
  if (name === O.IPV6_ADDRFORM) return -ENOTCONN;
  if (name === O.IPV6_FLOWLABEL_MGR) return -EINVAL;
  if (name === O.MCAST_MSFILTER) return wanted < 16 ? -EINVAL : -EADDRNOTAVAIL;
  if (name === O.IPV6_MTU) {
    const mtu = sk.sk_dst_check()?.mtu() ?? 0;
    return mtu === 0 ? -ENOTCONN : int(mtu).subarray(0, length);
  }
  if (name === O.IPV6_PATHMTU) return path_mtu(sk, wanted);
  const val = get_int(sk, name);
  return val === undefined ? -ENOPROTOOPT : int(val).subarray(0, length);
}

/** `struct ip6_mtuinfo`: the peer's address and the path MTU to it. */
function path_mtu(sk: InetSock, length: number): Uint8Array | number {
  if (length < 32) return -EINVAL;
  const mtu = sk.sk_dst_check()?.mtu() ?? 0;
  if (mtu === 0) return -ENOTCONN;
  const info = new Uint8Array(32);
  info.set(encodeSockaddr(AF_INET6, { address: sk.daddr, port: sk.dport }), 0);
  info.set(int(mtu), 28);
  return info;
}

function default_hops(sk: InetSock): number {
  return sk.sk_dst_check()?.hoplimit() ?? sk.net.sysctl.getNumber("net.ipv6.conf.all.hop_limit");
}

function get_int(sk: InetSock, name: number): number | undefined {
  const inet6 = sk.inet6;
  switch (name) {
    case O.IPV6_ROUTER_ALERT:
      return 0;
    case O.IPV6_UNICAST_HOPS:
      return inet6.hop_limit < 0 ? default_hops(sk) : inet6.hop_limit;
    case O.IPV6_MULTICAST_HOPS:
      return inet6.mcast_hops;
    case O.IPV6_MULTICAST_LOOP:
      return Number(inet6.mc_loop);
    case O.IPV6_MULTICAST_ALL:
      return Number(inet6.mc_all);
    case O.IPV6_MULTICAST_IF:
      return inet6.mcast_oif;
    case O.IPV6_UNICAST_IF:
      return new DataView(Uint32Array.of(inet6.ucast_oif).buffer).getInt32(0, false);
    case O.IPV6_MTU_DISCOVER:
      return inet6.pmtudisc;
    case O.IPV6_RECVERR:
      return Number(inet6.recverr);
    case O.IPV6_RECVERR_RFC4884:
      return Number(inet6.recverr_rfc4884);
    case O.IPV6_MINHOPCOUNT:
      return inet6.min_hopcount;
    case O.IPV6_DONTFRAG:
      return Number(inet6.dontfrag);
    case O.IPV6_AUTOFLOWLABEL:
      return Number(inet6.autoflowlabel ?? sk.net.sysctl.getNumber("net.ipv6.auto_flowlabels") === 1);
    case O.IPV6_FLOWINFO_SEND:
      return Number(inet6.sndflow);
    case O.IPV6_ADDR_PREFERENCES:
      return inet6.srcprefs;
    case O.IPV6_V6ONLY:
      return Number(inet6.v6only);
    case O.IPV6_TCLASS:
      return inet6.tclass;
    case O.IPV6_TRANSPARENT:
      return Number(sk.inet.transparent);
    case O.IPV6_FREEBIND:
      return Number(sk.inet.freebind);
    default:
      return undefined;
  }
}
