/**
 * The state behind SOL_IP and SOL_IPV6 options.
 *
 * @module
 */
import type { PmtuDiscovery } from "../ip/interface.ts";
import type { HeaderOptions } from "../ip/header_options.ts";
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

/** SOL_IP options (`struct inet_sock`). */
export class InetOptions {
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
  /** IPv4 options of what is sent. */
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

  /** Where a packet to `destination` goes first: there, or where the source route of IP_OPTIONS leads. */
  first_hop(destination: IpAddress): IpAddress {
    return destination.family === 4 ? this.options?.firstHop ?? destination : destination;
  }
}

/** SOL_IPV6 options (`struct ipv6_pinfo`). */
export class Ipv6Options {
  /** Unicast hop limit, -1 for the default. */
  hop_limit = -1;
  mcast_hops = 1;
  mc_loop = true;
  mc_all = true;
  mcast_oif = 0;
  ucast_oif = 0;
  min_hopcount = 0;
  tclass = 0;
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
  memberships: Membership[] = [];
}
