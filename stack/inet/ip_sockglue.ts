/**
 * SOL_IP options (`do_ip_setsockopt`, `do_ip_getsockopt`).
 *
 * @module
 */
import type { PmtuDiscovery } from "../ip/interface.ts";
import { givenOptions, readHeaderOptions } from "../ip/header_options.ts";
import { rt_tos2priority } from "../link/priority.ts";
import { IpAddress } from "../wire/address.ts";
import { getInt, getUint, int, ints } from "../../abi/memory.ts";
import { IPPROTO_RAW, SOCK_RAW, SOCK_STREAM, SOL_IP } from "../../abi/socket_constants.ts";
import { EADDRNOTAVAIL, EINVAL, ENOBUFS, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import type { InetSock } from "./inet_sock.ts";
import * as O from "../../abi/ip_constants.ts";
import { membership_setsockopt } from "./membership.ts";

/** The ECN bits of a TOS octet: on a stream they are the stack's, not the program's. */
export const INET_ECN_MASK = 3;

/** Options whose value may be an octet as well as an int. */
const OCTET_OR_INT: ReadonlySet<number> = new Set([
  O.IP_PKTINFO,
  O.IP_RECVTTL,
  O.IP_RECVOPTS,
  O.IP_RECVTOS,
  O.IP_RETOPTS,
  O.IP_TOS,
  O.IP_TTL,
  O.IP_HDRINCL,
  O.IP_MTU_DISCOVER,
  O.IP_RECVERR,
  O.IP_ROUTER_ALERT,
  O.IP_FREEBIND,
  O.IP_PASSSEC,
  O.IP_TRANSPARENT,
  O.IP_MINTTL,
  O.IP_NODEFRAG,
  O.IP_BIND_ADDRESS_NO_PORT,
  O.IP_UNICAST_IF,
  O.IP_MULTICAST_TTL,
  O.IP_MULTICAST_ALL,
  O.IP_MULTICAST_LOOP,
  O.IP_RECVORIGDSTADDR,
  O.IP_CHECKSUM,
  O.IP_RECVFRAGSIZE,
  O.IP_RECVERR_RFC4884,
  O.IP_LOCAL_PORT_RANGE,
]);

function octet_or_int(value: Uint8Array): number {
  if (value.length >= 4) return getInt(value);
  return value.length >= 1 ? value[0]! : 0;
}

/** Sets TOS as the program may (`ip_sock_set_tos`). */
export function ip_sock_set_tos(sk: InetSock, tos: number): void {
  let wanted = tos & 0xff;
  if (sk.type === SOCK_STREAM) wanted = (wanted & ~INET_ECN_MASK) | (sk.inet.tos & INET_ECN_MASK);
  if (sk.inet.tos === wanted) return;
  sk.inet.tos = wanted;
  sk.so.priority = rt_tos2priority(wanted);
  sk.sk_dst_reset();
}

/** Sets a SOL_IP option: 0 or `-errno`. */
export function ip_setsockopt(sk: InetSock, level: number, name: number, value: Uint8Array): number {
  if (level !== SOL_IP) return -ENOPROTOOPT;
  if (OCTET_OR_INT.has(name)) return set_int(sk, name, octet_or_int(value), value.length);
  const membership = membership_setsockopt(sk, 4, name, value);
  if (membership !== undefined) return membership;
  switch (name) {
    case O.IP_OPTIONS:
      return set_options(sk, value);
    case O.IP_MULTICAST_IF:
      return set_multicast_if(sk, value);
    case O.IP_IPSEC_POLICY:
      return sk.so.capable ? -EOPNOTSUPP : -EPERM;
    case O.IP_XFRM_POLICY:
      return sk.so.capable ? -EINVAL : -EPERM;
    default:
      return -ENOPROTOOPT;
  }
}

function set_int(sk: InetSock, name: number, val: number, length: number): number {
  const inet = sk.inet;
  const on = val !== 0;
  switch (name) {
    case O.IP_PKTINFO:
      inet.cmsg.pktinfo = on;
      return 0;
    case O.IP_RECVTTL:
      inet.cmsg.ttl = on;
      return 0;
    case O.IP_RECVOPTS:
      inet.cmsg.recvopts = on;
      return 0;
    case O.IP_RETOPTS:
      inet.cmsg.retopts = on;
      return 0;
    case O.IP_RECVTOS:
      inet.cmsg.tos = on;
      return 0;
    case O.IP_PASSSEC:
      inet.cmsg.passsec = on;
      return 0;
    case O.IP_RECVORIGDSTADDR:
      inet.cmsg.origdstaddr = on;
      return 0;
    case O.IP_CHECKSUM:
      inet.cmsg.checksum = on;
      return 0;
    case O.IP_RECVFRAGSIZE:
      if (sk.type !== SOCK_RAW && sk.type === SOCK_STREAM) return -EINVAL;
      inet.cmsg.fragsize = on;
      return 0;
    case O.IP_TOS:
      ip_sock_set_tos(sk, val);
      return 0;
    case O.IP_TTL:
      if (length < 1 || (val !== -1 && (val < 1 || val > 255))) return -EINVAL;
      inet.uc_ttl = val;
      return 0;
    case O.IP_MINTTL:
      if (length < 1 || val < 0 || val > 255) return -EINVAL;
      inet.min_ttl = val;
      return 0;
    case O.IP_HDRINCL:
      if (sk.type !== SOCK_RAW) return -ENOPROTOOPT;
      inet.hdrincl = on;
      return 0;
    case O.IP_NODEFRAG:
      if (sk.type !== SOCK_RAW) return -ENOPROTOOPT;
      inet.nodefrag = on;
      return 0;
    case O.IP_MTU_DISCOVER:
      if (val < O.IP_PMTUDISC_DONT || val > O.IP_PMTUDISC_OMIT) return -EINVAL;
      inet.pmtudisc = val as PmtuDiscovery;
      return 0;
    case O.IP_RECVERR:
      inet.recverr = on;
      if (!on) sk.error_queue.purge();
      return 0;
    case O.IP_RECVERR_RFC4884:
      if (val < 0 || val > 1) return -EINVAL;
      inet.recverr_rfc4884 = on;
      return 0;
    case O.IP_FREEBIND:
      if (length < 1) return -EINVAL;
      inet.freebind = on;
      return 0;
    case O.IP_TRANSPARENT:
      if (on && !sk.so.capable) return -EPERM;
      if (length < 1) return -EINVAL;
      inet.transparent = on;
      return 0;
    case O.IP_BIND_ADDRESS_NO_PORT:
      inet.bind_address_no_port = on;
      return 0;
    case O.IP_ROUTER_ALERT:
      if (sk.type !== SOCK_RAW || sk.num === IPPROTO_RAW) return -EINVAL;
      if (!on && !inet.router_alert) return -ENOBUFS;
      inet.router_alert = on;
      return 0;
    case O.IP_UNICAST_IF:
      return set_unicast_if(sk, val, length);
    case O.IP_MULTICAST_TTL:
      if (sk.type === SOCK_STREAM || length < 1) return -EINVAL;
      if (val < -1 || val > 255) return -EINVAL;
      inet.mc_ttl = val === -1 ? 1 : val;
      return 0;
    case O.IP_MULTICAST_ALL:
      if (length < 1 || val < 0 || val > 1) return -EINVAL;
      inet.mc_all = on;
      return 0;
    case O.IP_MULTICAST_LOOP:
      if (length < 1) return -EINVAL;
      inet.mc_loop = on;
      return 0;
    case O.IP_LOCAL_PORT_RANGE: {
      const low = val & 0xffff;
      const high = val >>> 16;
      if (length !== 4 || (low !== 0 && high !== 0 && low > high)) return -EINVAL;
      inet.local_port_range = [low, high];
      return 0;
    }
    default:
      return -ENOPROTOOPT;
  }
}

/** The interface index comes in network byte order. */
function set_unicast_if(sk: InetSock, val: number, length: number): number {
  if (length !== 4) return -EINVAL;
  const ifindex = ((val & 0xff) << 24 | (val & 0xff00) << 8 | (val >>> 8) & 0xff00 | val >>> 24) >>> 0;
  if (ifindex !== 0 && sk.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
  if (ifindex !== 0 && sk.sk_bound_dev_if !== 0 && sk.sk_bound_dev_if !== ifindex) return -EINVAL;
  sk.inet.uc_index = ifindex;
  return 0;
}

/** Options for every packet. */
function set_options(sk: InetSock, value: Uint8Array): number {
  const options = readHeaderOptions(value);
  if (options === undefined) return -EINVAL;
  sk.inet.options = value.length === 0 ? undefined : options;
  sk.sk_dst_reset();
  return 0;
}

function set_multicast_if(sk: InetSock, value: Uint8Array): number {
  if (sk.type === SOCK_STREAM || value.length < 4) return -EINVAL;
  const whole = value.length >= 8;
  const address = IpAddress.from(value, whole ? 4 : 0, 4);
  const ifindex = value.length >= 12 ? getInt(value, 8) : 0;
  if (ifindex !== 0) {
    if (sk.ip.device(ifindex) === undefined) return -EADDRNOTAVAIL;
    sk.inet.mc_index = ifindex;
    sk.inet.mc_addr = address.isUnspecified ? undefined : address;
    return 0;
  }
  if (address.isUnspecified) {
    sk.inet.mc_index = 0;
    sk.inet.mc_addr = undefined;
    return 0;
  }
  if (sk.ip.address_type(address) !== "local") return -EADDRNOTAVAIL;
  const route = sk.ip.route_output({ family: 4, destination: address });
  sk.inet.mc_index = typeof route === "number" ? 0 : route.device.ifindex;
  sk.inet.mc_addr = address;
  return 0;
}

/** The value of a SOL_IP option, cut to `length` octets, or `-errno`. */
export function ip_getsockopt(sk: InetSock, level: number, name: number, length: number): Uint8Array | number {
  if (level !== SOL_IP) return -EOPNOTSUPP;
  if (length < 0) return -EINVAL;
  const inet = sk.inet;
  switch (name) {
    case O.IP_OPTIONS:
      return inet.options === undefined ? new Uint8Array(0) : givenOptions(inet.options).subarray(0, length);
    case O.IP_MSFILTER:
    case O.MCAST_MSFILTER:
      return length < 16 ? -EINVAL : -EADDRNOTAVAIL;
    case O.IP_MULTICAST_IF:
      return (inet.mc_addr ?? IpAddress.ANY4).bytes.slice(0, length);
    case O.IP_LOCAL_PORT_RANGE:
      return ints(inet.local_port_range[0] | (inet.local_port_range[1] << 16)).subarray(0, length);
    case O.IP_MTU: {
      const mtu = sk.sk_dst_check()?.mtu() ?? 0;
      return mtu === 0 ? -ENOTCONN : narrow(mtu, length);
    }
  }
  const val = get_int(sk, name);
  return val === undefined ? -ENOPROTOOPT : narrow(val, length);
}

/** Small values fit an octet when the program gave room for less than an int. */
function narrow(val: number, length: number): Uint8Array {
  if (length < 4 && length > 0 && val >= 0 && val <= 255) return Uint8Array.of(val);
  return int(val).subarray(0, length);
}

function get_int(sk: InetSock, name: number): number | undefined {
  const inet = sk.inet;
  switch (name) {
    case O.IP_PKTINFO:
      return Number(inet.cmsg.pktinfo);
    case O.IP_RECVTTL:
      return Number(inet.cmsg.ttl);
    case O.IP_RECVTOS:
      return Number(inet.cmsg.tos);
    case O.IP_RECVOPTS:
      return Number(inet.cmsg.recvopts);
    case O.IP_RETOPTS:
      return Number(inet.cmsg.retopts);
    case O.IP_PASSSEC:
      return Number(inet.cmsg.passsec);
    case O.IP_RECVORIGDSTADDR:
      return Number(inet.cmsg.origdstaddr);
    case O.IP_CHECKSUM:
      return Number(inet.cmsg.checksum);
    case O.IP_RECVFRAGSIZE:
      return Number(inet.cmsg.fragsize);
    case O.IP_TOS:
      return inet.tos;
    case O.IP_TTL:
      return inet.uc_ttl < 0 ? sk.net.sysctl.getNumber("net.ipv4.ip_default_ttl") : inet.uc_ttl;
    case O.IP_MINTTL:
      return inet.min_ttl;
    case O.IP_HDRINCL:
      return Number(inet.hdrincl);
    case O.IP_NODEFRAG:
      return Number(inet.nodefrag);
    case O.IP_MTU_DISCOVER:
      return inet.pmtudisc;
    case O.IP_RECVERR:
      return Number(inet.recverr);
    case O.IP_RECVERR_RFC4884:
      return Number(inet.recverr_rfc4884);
    case O.IP_FREEBIND:
      return Number(inet.freebind);
    case O.IP_TRANSPARENT:
      return Number(inet.transparent);
    case O.IP_BIND_ADDRESS_NO_PORT:
      return Number(inet.bind_address_no_port);
    case O.IP_ROUTER_ALERT:
      return Number(inet.router_alert);
    case O.IP_UNICAST_IF: {
      const at = new Uint8Array(4);
      new DataView(at.buffer).setUint32(0, inet.uc_index, false);
      return getUint(at);
    }
    case O.IP_MULTICAST_TTL:
      return inet.mc_ttl;
    case O.IP_MULTICAST_LOOP:
      return Number(inet.mc_loop);
    case O.IP_MULTICAST_ALL:
      return Number(inet.mc_all);
    case O.IP_PROTOCOL:
      return sk.num;
    default:
      return undefined;
  }
}
