/**
 * What the IP floor offers to the floors above it, for both families, and what they register with it.
 *
 * @module
 */
import type { PacketBuffer, PacketDevice, PacketRoute } from "../buffer.ts";
import type { NetDevice } from "../link/device.ts";
import type { Family, IpAddress } from "../wire/address.ts";
import type { HeaderOptions } from "./header_options.ts";
import type { SourceFilter } from "./multicast/filter.ts";

export type { Family } from "../wire/address.ts";

/** What kind of destination a route leads to (`RTN_*`). */
export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit";

/** Attributes of a route that transports read (`RTAX_*`); absent means not set. Times in µs, sizes in octets. */
export interface RouteMetrics {
  /** Path MTU. */
  mtu?: number;
  /** The MTU may not be learned, and DF not be set. */
  mtu_lock?: boolean;
  /** MSS to advertise. */
  advmss?: number;
  /** Initial congestion window, segments. */
  initcwnd?: number;
  /** Initial receive window, segments. */
  initrwnd?: number;
  /** Smallest retransmission timeout. */
  rto_min?: number;
  /** Round-trip time to start from. */
  rtt?: number;
  /** Slow-start threshold, segments. */
  ssthresh?: number;
  /** Clamp of the congestion window, segments. */
  cwnd?: number;
  /** Reordering to start from, segments. */
  reordering?: number;
  /** TTL or hop limit. */
  hoplimit?: number;
  /** Acknowledge at once. */
  quickack?: boolean;
  /** Congestion control by name. */
  cc_algo?: string;
  /** Ask for ECN. */
  features_ecn?: boolean;
  /** TCP Fast Open without cookies. */
  fastopen_no_cookie?: boolean;
}

/** The question a route lookup answers (`struct flowi`). */
export interface Flow {
  /** IP version. */
  readonly family: Family;
  /** Where to. */
  readonly destination: IpAddress;
  /** Source wanted by the caller; absent or unspecified lets the route choose. */
  readonly source?: IpAddress | undefined;
  /** Output interface index, 0 or absent for any. */
  readonly oif?: number | undefined;
  /** TOS octet or traffic class. */
  readonly tos?: number | undefined;
  /** `SO_MARK` of the sender. */
  readonly mark?: number | undefined;
  /** Through no gateway, as `SO_DONTROUTE` and `MSG_DONTROUTE` ask for. Linux was seen to heed it in IPv4 only. */
  readonly onlink?: boolean | undefined;
  /** The source need not be an address of this host (`FLOWI_FLAG_ANYSRC`: IP_TRANSPARENT, IP_FREEBIND, IP_HDRINCL). */
  readonly anysrc?: boolean | undefined;
}

/** A destination cache entry (`struct dst_entry`, `struct rtable`, `struct rt6_info`). */
export interface Route {
  /** IP version. */
  readonly family: Family;
  /** What kind of destination it leads to. */
  readonly type: RouteType;
  /** Output interface. */
  readonly device: NetDevice;
  /** Where to. */
  readonly destination: IpAddress;
  /** Source address to use. */
  readonly source: IpAddress;
  /** Next hop when it is not the destination itself. */
  readonly gateway: IpAddress | undefined;
  /** Attributes of the route it came from. */
  readonly metrics: RouteMetrics;
  /** Whether the entry may still be used: false once tables, addresses, devices or exceptions changed (`dst_check`). */
  isValid(): boolean;
  /** Path MTU now: a learned exception that has not expired, else the route's or device's MTU (`dst_mtu`). */
  mtu(): number;
  /** The MSS to advertise (`dst_metric_advmss`): from the route or the *device* MTU, with Linux's minimum. */
  advmss(): number;
  /** TTL or hop limit by default (`ip4_dst_hoplimit`). */
  hoplimit(): number;
}

/** `IP_MTU_DISCOVER` modes, numbers as Linux has them. */
export const PmtuDiscovery: {
  readonly DONT: 0;
  readonly WANT: 1;
  readonly DO: 2;
  readonly PROBE: 3;
  readonly INTERFACE: 4;
  readonly OMIT: 5;
} = Object.freeze({ DONT: 0, WANT: 1, DO: 2, PROBE: 3, INTERFACE: 4, OMIT: 5 });
/** One of {@link PmtuDiscovery}'s values. */
export type PmtuDiscovery = (typeof PmtuDiscovery)[keyof typeof PmtuDiscovery];

/** How a transport wants its packet sent. */
export interface IpSendOptions {
  /** Source address. */
  readonly source: IpAddress;
  /** Destination address. */
  readonly destination: IpAddress;
  /** Transport protocol number. */
  readonly protocol: number;
  /** TOS octet or traffic class, ECN bits included. */
  readonly tos: number;
  /** TTL or hop limit; 0 takes the route's default. */
  readonly ttl: number;
  /** How the path MTU is treated. */
  readonly pmtudisc: PmtuDiscovery;
  /**
   * IPv4 DF. Absent: as for datagrams, DF in modes DO and PROBE, and in WANT when the packet fits the path MTU. True: as
   * for TCP, DF unless the path MTU is locked, however long the packet is. False: no DF.
   */
  readonly df?: boolean | undefined;
  /** IPv6 flow label; absent or 0: one made from {@link hash} or the addresses and ports (`net.ipv6.auto_flowlabels`). */
  readonly flowlabel?: number | undefined;
  /** Hash of the flow (`sk_txhash`) for automatic flow labels. */
  readonly hash?: number | undefined;
  /** IPv4 options of the header. */
  readonly options?: HeaderOptions | undefined;
  /** Whether a multicast that this host itself is a member of comes in again (`IP_MULTICAST_LOOP`). Default true. */
  readonly loop?: boolean | undefined;
  /** IPv4: identification to use; absent lets IP choose (RFC 6864 rules as Linux applies them). */
  readonly id?: number | undefined;
}

/** An ICMP error that concerns a packet this stack sent, as given to the transport (`err_handler`). */
export interface IcmpError {
  /** IP version. */
  readonly family: Family;
  /** ICMP type. */
  readonly type: number;
  /** ICMP code. */
  readonly code: number;
  /** MTU of a frag-needed or packet-too-big, pointer of a parameter problem, else 0. */
  readonly info: number;
  /** Who sent the ICMP message. */
  readonly offender: IpAddress;
  /** errno it maps to (`icmp_err_convert`, `icmpv6_err_convert`), positive. */
  readonly errno: number;
  /** Whether the mapping is a hard error. */
  readonly fatal: boolean;
  /** The device it came in on. */
  readonly device: PacketDevice | undefined;
}

/** A transport protocol, registered by number (`inet_add_protocol`, `inet6_add_protocol`). */
export interface InetProtocol {
  /**
   * The route of a packet whose endpoint knows it from those before, so that none has to be looked up. `data` is at the IP
   * header still; `transport_header` is set, and what is there is not checked.
   */
  early_demux?(packet: PacketBuffer): PacketRoute | undefined;
  /** A packet for this host: `network_header`, `transport_header` and `data` (at the transport header) are set. */
  receive(packet: PacketBuffer): void;
  /**
   * An ICMP error about a packet sent from here. `packet.network_header` is at the quoted IP header, `transport_header`
   * and `data` at what is quoted of the transport header; at least 8 octets are there.
   */
  error(packet: PacketBuffer, error: IcmpError): void;
}

/** Reasons a receiving transport may ask an ICMP error for, family-neutral. */
export type IcmpErrorRequest =
  | { readonly kind: "port-unreachable" }
  | { readonly kind: "protocol-unreachable"; readonly pointer: number }
  | { readonly kind: "host-unreachable" }
  | { readonly kind: "network-unreachable" }
  | { readonly kind: "administratively-prohibited" }
  | { readonly kind: "fragmentation-needed"; readonly mtu: number }
  | { readonly kind: "time-exceeded" }
  | { readonly kind: "reassembly-time-exceeded" }
  | { readonly kind: "parameter-problem"; readonly code: number; readonly pointer: number };

/** The IP floor of one stack, both families. Functions that can fail return `-errno`. */
export interface Ip {
  /** Registers a transport for one family. */
  addProtocol(family: Family, protocol: number, handler: InetProtocol): void;
  /** Sees every packet delivered locally before its transport does; true consumes nothing (raw sockets get copies). */
  addRawTap(tap: (packet: PacketBuffer) => boolean): void;
  /** Route lookup for sending (`ip_route_output_flow`, `ip6_route_output`), cached. A number is `-errno` (ENETUNREACH, EINVAL, EACCES …). */
  route_output(flow: Flow): Route | number;
  /**
   * Sends a packet whose `data` is at the transport header, checksum already filled in (or `partial`): adds the IP
   * header, runs LOCAL_OUT and POST_ROUTING, fragments if allowed. 0 or `-errno` (EMSGSIZE, ENOBUFS, EPERM …).
   */
  queue_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number;
  /** The same over IPv4. */
  ip_queue_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number;
  /** The same over IPv6. */
  ip6_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number;
  /** Sends a packet whose IPv4 or IPv6 header the caller built (`IP_HDRINCL`, reinjection). */
  local_out(packet: PacketBuffer, route: Route): number;
  /** Sends an ICMP error about a packet received (or being forwarded), where the RFCs and rate limits allow one (`icmp_send`). */
  icmp_send(about: PacketBuffer, request: IcmpErrorRequest): void;
  /** Records a smaller path MTU for a destination (`ipv4_update_pmtu`, `ip6_update_pmtu`), with Linux's bounds and expiry. */
  update_pmtu(route: Route, mtu: number): void;
  /** What was sent by a route was seen to arrive: its next hop is reachable (`dst_confirm_neigh`). */
  confirm_neighbour(route: Route): void;
  /** Type of an address for this host (`inet_addr_type`). */
  address_type(address: IpAddress): "unicast" | "local" | "broadcast" | "multicast" | "unspecified";
  /** Sets what a member, a socket say, wants of a multicast group on an interface; of nothing, it is none any more. */
  set_membership(member: object, group: IpAddress, ifindex: number, filter: SourceFilter): void;
  /** The interface that has a local address. */
  device_of(address: IpAddress): NetDevice | undefined;
  /** Interface by index or name. */
  device(by: number | string): NetDevice | undefined;
}
