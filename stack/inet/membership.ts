/**
 * Multicast memberships of a socket: the options of ip(7), ipv6(7) and RFC 3678, both families.
 *
 * @module
 */
import { MCAST_EXCLUDE, MCAST_INCLUDE } from "../../abi/ip_constants.ts";
import { allows, EVERYBODY, isMembership, NOBODY, type SourceFilter, sourceFilter } from "../ip/multicast/filter.ts";
import type { Ip } from "../ip/interface.ts";
import type { Net } from "../net.ts";
import { type Family, IpAddress } from "../wire/address.ts";
import { getInt, getUint } from "../../abi/memory.ts";
import { AF_INET, AF_INET6, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV, ENOPROTOOPT, EPROTO } from "../../abi/errno.ts";
import type { OctetsOption } from "./option_table.ts";
import { type InetOptions, type Ipv6Options, MAX_MEMBERSHIPS, type Membership } from "./options.ts";

/** `struct sockaddr_storage`. */
const STORAGE = 128;
/** Where the group of `struct group_req`, `group_source_req` and `group_filter` is. */
const GROUP_AT = 8;
const GROUP_REQ = GROUP_AT + STORAGE;
const GROUP_SOURCE_REQ = GROUP_REQ + STORAGE;
/** `struct group_filter` without its sources: mode and number stand behind the group. */
const GROUP_FILTER = GROUP_REQ + 8;
/** `struct ip_mreq_source`. */
const MREQ_SOURCE = 12;
/** `struct ip_msfilter` without its sources. */
const MSFILTER = 16;

type Change = "block" | "unblock" | "add" | "drop";

/** A socket that may be a member. */
export interface MemberSocket {
  readonly net: Net;
  readonly ip: Ip;
  /** `SOCK_*` */
  readonly type: number;
  readonly inet: InetOptions;
  readonly inet6: Ipv6Options;
}

/** A group on an interface. */
interface Place {
  readonly group: IpAddress;
  readonly ifindex: number;
}

function addresses(
  value: Uint8Array,
  from: number,
  step: number,
  count: number,
  at = 0,
  family: Family = 4,
): IpAddress[] {
  return Array.from({ length: count }, (_, i) => IpAddress.from(value, from + step * i + at, family));
}

/** The address of a family in a `sockaddr_storage`. */
function storedAddress(value: Uint8Array, at: number, family: Family): IpAddress | undefined {
  const expected = family === 4 ? AF_INET : AF_INET6;
  if (getUint(value, at) % 0x10000 !== expected) return undefined;
  return IpAddress.from(value, at + (family === 4 ? 4 : 8), family);
}

/** The interface meant: by index, by one of its addresses, or the one that a route to the group leads through. */
function place(sk: MemberSocket, group: IpAddress, index: number, local: IpAddress | undefined): Place | number {
  if (!group.isMulticast) return -EINVAL;
  if (index !== 0) return sk.ip.device(index) === undefined ? -ENODEV : { group, ifindex: index };
  const destination = local === undefined || local.isUnspecified ? group : local;
  if (destination === local && sk.ip.address_type(local) !== "local") return -ENODEV;
  const ifindex = destination === local ? sk.ip.device_of(local)?.ifindex : undefined;
  if (ifindex !== undefined) return { group, ifindex };
  const route = sk.ip.route_output({ family: group.family, destination });
  return typeof route === "number" ? -ENODEV : { group, ifindex: route.device.ifindex };
}

function listOf(sk: MemberSocket, group: IpAddress): Membership[] {
  return group.family === 4 ? sk.inet.memberships : sk.inet6.memberships;
}

function find(sk: MemberSocket, { group, ifindex }: Place): Membership | undefined {
  return listOf(sk, group).find((entry) => entry.ifindex === ifindex && entry.group.equals(group));
}

/** Sets what a socket wants of a group, and tells the IP floor. */
function set(sk: MemberSocket, { group, ifindex }: Place, filter: SourceFilter): void {
  const list = listOf(sk, group);
  const at = list.findIndex((entry) => entry.ifindex === ifindex && entry.group.equals(group));
  if (!isMembership(filter)) {
    if (at >= 0) list.splice(at, 1);
  } else if (at < 0) list.push({ group, ifindex, filter });
  else list[at]!.filter = filter;
  sk.ip.set_membership(sk, group, ifindex, filter);
}

/** 0 if the socket may join one more group. */
function roomForGroup(sk: MemberSocket, group: IpAddress): number {
  const most = group.family === 4
    ? Math.min(MAX_MEMBERSHIPS, sk.net.sysctl.getNumber("net.ipv4.igmp_max_memberships"))
    : MAX_MEMBERSHIPS;
  return listOf(sk, group).length >= most ? -ENOBUFS : 0;
}

function joinOrLeave(sk: MemberSocket, join: boolean, at: Place | number): number {
  if (typeof at === "number") return at;
  const known = find(sk, at);
  if (!join) {
    if (known === undefined) return -EADDRNOTAVAIL;
    set(sk, at, NOBODY);
    return 0;
  }
  if (known !== undefined) return -EADDRINUSE;
  const room = roomForGroup(sk, at.group);
  if (room === 0) set(sk, at, EVERYBODY);
  return room;
}

/** Sources that one filter may have. */
function mostSources(sk: MemberSocket, family: Family): number {
  return sk.net.sysctl.getNumber(family === 4 ? "net.ipv4.igmp_max_msf" : "net.ipv6.mld_max_msf");
}

/** RFC 3678 sections 4.1.1 to 4.1.3. */
function changeSource(sk: MemberSocket, change: Change, at: Place | number, source: IpAddress): number {
  if (typeof at === "number") return at;
  const known = find(sk, at);
  const wanted = change === "add" || change === "drop" ? "include" : "exclude";
  if (known === undefined) {
    if (change !== "add") return -EINVAL;
    const room = roomForGroup(sk, at.group);
    if (room === 0) set(sk, at, sourceFilter("include", [source]));
    return room;
  }
  // A filter of the other mode that names nobody gives way; one that does is the program's mistake.
  if (known.filter.mode !== wanted && known.filter.sources.size > 0) return -EINVAL;
  const sources = new Map(known.filter.mode === wanted ? known.filter.sources : []);
  if (change === "add" || change === "block") {
    if (sources.has(source.key)) return -EADDRNOTAVAIL;
    if (sources.size >= mostSources(sk, at.group.family)) return -ENOBUFS;
    sources.set(source.key, source);
  } else if (!sources.delete(source.key)) return -EADDRNOTAVAIL;
  set(sk, at, { mode: wanted, sources });
  return 0;
}

function countProblem(sk: MemberSocket, family: Family, count: number, room: number): number {
  if (count > mostSources(sk, family)) return -ENOBUFS;
  return count > room ? -EINVAL : 0;
}

/** RFC 3678 section 4.2. */
function setFilter(sk: MemberSocket, at: Place | number, mode: number, sources: readonly IpAddress[]): number {
  if (mode !== MCAST_INCLUDE && mode !== MCAST_EXCLUDE) return -EINVAL;
  if (typeof at === "number") return at;
  if (find(sk, at) === undefined) return -EINVAL;
  set(sk, at, sourceFilter(mode === MCAST_INCLUDE ? "include" : "exclude", sources));
  return 0;
}

/** Joins or leaves by `struct ip_mreq` or `ip_mreqn`. */
function byMreq(join: boolean): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    if (socket.type === SOCK_STREAM) return -EPROTO;
    if (value.length < 8) return -EINVAL;
    const index = value.length >= 12 ? getInt(value, 8) : 0;
    return joinOrLeave(socket, join, place(socket, IpAddress.from(value, 0, 4), index, IpAddress.from(value, 4, 4)));
  };
}

/** Joins or leaves by `struct ipv6_mreq`. */
function byMreq6(join: boolean): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    if (value.length < 20) return -EINVAL;
    if (socket.type === SOCK_STREAM) return -ENOPROTOOPT;
    return joinOrLeave(socket, join, place(socket, IpAddress.from(value, 0, 6), getInt(value, 16), undefined));
  };
}

/** Changes a source by `struct ip_mreq_source`. */
function byMreqSource(change: Change): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    if (value.length !== MREQ_SOURCE) return -EINVAL;
    const at = place(socket, IpAddress.from(value, 0, 4), 0, IpAddress.from(value, 4, 4));
    return changeSource(socket, change, at, IpAddress.from(value, 8, 4));
  };
}

/** Joins or leaves by `struct group_req`. */
function byGroupReq(family: Family, join: boolean): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    const group = value.length < GROUP_REQ ? undefined : storedAddress(value, GROUP_AT, family);
    if (group === undefined) return -EINVAL;
    if (socket.type === SOCK_STREAM) return family === 4 ? -EPROTO : -ENOPROTOOPT;
    return joinOrLeave(socket, join, place(socket, group, getInt(value, 0), undefined));
  };
}

/** Changes a source by `struct group_source_req`. */
function byGroupSource(family: Family, change: Change): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    if (value.length < GROUP_SOURCE_REQ) return -EINVAL;
    const group = storedAddress(value, GROUP_AT, family);
    const source = storedAddress(value, GROUP_REQ, family);
    if (group === undefined || source === undefined) return -EADDRNOTAVAIL;
    return changeSource(socket, change, place(socket, group, getInt(value, 0), undefined), source);
  };
}

/** Sets all sources by `struct ip_msfilter`. */
function byMsfilter(socket: MemberSocket, value: Uint8Array): number {
  if (value.length < MSFILTER) return -EINVAL;
  const count = getUint(value, 12);
  const problem = countProblem(socket, 4, count, (value.length - MSFILTER) / 4);
  if (problem !== 0) return problem;
  const at = place(socket, IpAddress.from(value, 0, 4), 0, IpAddress.from(value, 4, 4));
  return setFilter(socket, at, getUint(value, 8), addresses(value, MSFILTER, 4, count));
}

/** Sets all sources by `struct group_filter`. */
function byGroupFilter(family: Family): (socket: MemberSocket, value: Uint8Array) => number {
  return (socket, value) => {
    if (value.length < GROUP_FILTER) return -EINVAL;
    const count = getUint(value, GROUP_REQ + 4);
    const problem = countProblem(socket, family, count, (value.length - GROUP_FILTER) / STORAGE);
    if (problem !== 0) return problem;
    const group = storedAddress(value, GROUP_AT, family);
    if (group === undefined) return -EADDRNOTAVAIL;
    const sources = addresses(value, GROUP_FILTER, STORAGE, count, family === 4 ? 4 : 8, family);
    return setFilter(socket, place(socket, group, getInt(value, 0), undefined), getUint(value, GROUP_REQ), sources);
  };
}

/** A filter is not given back: nobody is a member as far as this tells. */
function readFilter(_socket: MemberSocket, length: number): number {
  return length < MSFILTER ? -EINVAL : -EADDRNOTAVAIL;
}

/** The options of RFC 3678 that both families have. */
function groupOptions(family: Family): readonly OctetsOption<MemberSocket>[] {
  return [
    { type: "octets", name: "MCAST_JOIN_GROUP", set: byGroupReq(family, true) },
    { type: "octets", name: "MCAST_LEAVE_GROUP", set: byGroupReq(family, false) },
    { type: "octets", name: "MCAST_BLOCK_SOURCE", set: byGroupSource(family, "block") },
    { type: "octets", name: "MCAST_UNBLOCK_SOURCE", set: byGroupSource(family, "unblock") },
    { type: "octets", name: "MCAST_JOIN_SOURCE_GROUP", set: byGroupSource(family, "add") },
    { type: "octets", name: "MCAST_LEAVE_SOURCE_GROUP", set: byGroupSource(family, "drop") },
    { type: "octets", name: "MCAST_MSFILTER", get: readFilter, set: byGroupFilter(family) },
  ];
}

/** Options of `SOL_IP`. */
export const MEMBERSHIP_OPTIONS4: readonly OctetsOption<MemberSocket>[] = [
  { type: "octets", name: "IP_ADD_MEMBERSHIP", set: byMreq(true) },
  { type: "octets", name: "IP_DROP_MEMBERSHIP", set: byMreq(false) },
  { type: "octets", name: "IP_BLOCK_SOURCE", set: byMreqSource("block") },
  { type: "octets", name: "IP_UNBLOCK_SOURCE", set: byMreqSource("unblock") },
  { type: "octets", name: "IP_ADD_SOURCE_MEMBERSHIP", set: byMreqSource("add") },
  { type: "octets", name: "IP_DROP_SOURCE_MEMBERSHIP", set: byMreqSource("drop") },
  { type: "octets", name: "IP_MSFILTER", get: readFilter, set: byMsfilter },
  ...groupOptions(4),
];

/** Options of `SOL_IPV6`. */
export const MEMBERSHIP_OPTIONS6: readonly OctetsOption<MemberSocket>[] = [
  { type: "octets", name: "IPV6_ADD_MEMBERSHIP", set: byMreq6(true) },
  { type: "octets", name: "IPV6_DROP_MEMBERSHIP", set: byMreq6(false) },
  ...groupOptions(6),
];

/** All memberships of a socket that is closed. */
export function leave_all_groups(sk: MemberSocket): void {
  for (const { group, ifindex } of [...sk.inet.memberships, ...sk.inet6.memberships]) {
    sk.ip.set_membership(sk, group, ifindex, NOBODY);
  }
  sk.inet.memberships = [];
  sk.inet6.memberships = [];
}

/** Whether a socket takes a multicast datagram: as it said itself of the group, else as `IP_MULTICAST_ALL` says. */
export function takes_multicast(sk: MemberSocket, group: IpAddress, source: IpAddress, ifindex: number): boolean {
  const own = find(sk, { group, ifindex });
  if (own !== undefined) return allows(own.filter, source);
  return group.family === 4 ? sk.inet.mc_all : sk.inet6.mc_all;
}
