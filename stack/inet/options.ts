/**
 * The state behind SOL_IP and SOL_IPV6 options.
 *
 * @module
 */
import type { HeaderOptions } from "../ip/header_options.ts";
import type { PmtuDiscovery } from "../ip/interface.ts";
import type { SourceFilter } from "../ip/multicast/filter.ts";
import type { IpAddress } from "../wire/address.ts";

/** Most multicast groups that one socket may join (`net.ipv4.igmp_max_memberships` bounds IPv4 further). */
export const MAX_MEMBERSHIPS = 64;

/** A multicast group joined on an interface. */
export interface Membership {
  readonly group: IpAddress;
  readonly ifindex: number;
  /** Which sources are wanted. */
  filter: SourceFilter;
}

/** What the options of either family say of its packets. */
export interface FamilyOptions {
  /** TOS octet, or traffic class. */
  tos: number;
  /** Unicast TTL or hop limit, -1 for the default. */
  uc_ttl: number;
  mc_ttl: number;
  /** Least TTL or hop limit of what is taken. */
  min_ttl: number;
  mc_loop: boolean;
  /** Takes groups that it did not join itself. */
  mc_all: boolean;
  /** Interface for multicasts, 0 for the route's. */
  mc_index: number;
  /** Source address for multicasts. */
  readonly mc_addr: IpAddress | undefined;
  /** Interface for unicasts, 0 for the route's. */
  uc_index: number;
  pmtudisc: PmtuDiscovery;
  recverr: boolean;
  recverr_rfc4884: boolean;
  /** Options in each IPv4 header. */
  readonly options: HeaderOptions | undefined;
  memberships: Membership[];
}

/** SOL_IP options. */
export class InetOptions implements FamilyOptions {
  tos = 0;
  /** Unicast TTL, -1 for the default. */
  uc_ttl = -1;
  mc_ttl = 1;
  mc_loop = true;
  mc_all = true;
  mc_index = 0;
  mc_addr: IpAddress | undefined = undefined;
  uc_index = 0;
  min_ttl = 0;
  pmtudisc: PmtuDiscovery = 1;
  recverr = false;
  recverr_rfc4884 = false;
  hdrincl = false;
  nodefrag = false;
  freebind = false;
  transparent = false;
  bind_address_no_port = false;
  router_alert = false;
  options: HeaderOptions | undefined = undefined;
  /** Range of ephemeral ports, low and high; 0 for the stack's. */
  local_port_range: readonly [number, number] = [0, 0];
  /** Which control messages to give with received datagrams. */
  readonly cmsg = {
    pktinfo: false,
    ttl: false,
    tos: false,
    recvopts: false,
    retopts: false,
    origdstaddr: false,
    checksum: false,
    fragsize: false,
    passsec: false,
  };
  memberships: Membership[] = [];

  /** Takes over what a listener has, its memberships apart. */
  inherit(from: InetOptions): void {
    const { cmsg } = this;
    Object.assign(this, from, { cmsg: Object.assign(cmsg, from.cmsg), memberships: [] });
  }
}

/** SOL_IPV6 options. */
export class Ipv6Options implements FamilyOptions {
  uc_ttl = -1;
  mc_ttl = 1;
  mc_loop = true;
  mc_all = true;
  mc_index = 0;
  uc_index = 0;
  min_ttl = 0;
  tos = 0;
  pmtudisc: PmtuDiscovery = 1;
  /** `IPV6_MTU` set by the program, 0 for none. */
  frag_size = 0;
  recverr = false;
  recverr_rfc4884 = false;
  v6only = false;
  dontfrag = false;
  autoflowlabel: boolean | undefined = undefined;
  sndflow = false;
  /** `IPV6_PREFER_SRC_*`; the default prefers nothing over RFC 6724's rules. */
  srcprefs = 0x500;
  /** Which control messages to give with received datagrams. */
  readonly cmsg = {
    pktinfo: false,
    opktinfo: false,
    hoplimit: false,
    ohoplimit: false,
    tclass: false,
    flowinfo: false,
    pathmtu: false,
    origdstaddr: false,
    fragsize: false,
    hopopts: false,
    dstopts: false,
    rthdr: false,
    ohopopts: false,
    odstopts: false,
    orthdr: false,
    router_alert_isolate: false,
  };
  /** Multicasts go by the route's source. */
  readonly mc_addr = undefined;
  /** Extension headers are no part of the header. */
  readonly options = undefined;
  memberships: Membership[] = [];

  /** Takes over what a listener has, its memberships apart. */
  inherit(from: Ipv6Options): void {
    const { cmsg } = this;
    Object.assign(this, from, { cmsg: Object.assign(cmsg, from.cmsg), memberships: [] });
  }
}
