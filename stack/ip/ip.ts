/**
 * The IP floor of one stack.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { ENETUNREACH } from "../../abi/errno.ts";
import { Arp } from "../link/arp.ts";
import { IFF_LOOPBACK, IFF_MULTICAST, type NetDevice } from "../link/device.ts";
import { EthernetLayer } from "../link/ethernet.ts";
import { Neighbours } from "../link/neighbours.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import { IpAddress } from "../wire/address.ts";
import { ETH_P_IP, ETH_P_IPV6 } from "../wire/ethernet.ts";
import { ipVersion } from "../wire/ip_version.ts";
import { IpArpHost } from "./arp_host.ts";
import { Hooks } from "./hooks.ts";
import type { IcmpSender } from "./icmp_sender.ts";
import { IpIdents } from "./ident.ts";
import type { InDevice } from "./in_device.ts";
import type { Family, Flow, IcmpErrorRequest, InetProtocol, Ip, IpSendOptions, Route } from "./interface.ts";
import { icmpRequest4, icmpRequest6 } from "./icmp_request.ts";
import { ip_rcv } from "./input.ts";
import { ip6_local_out, ip6_xmit } from "./ip6_output.ts";
import { ip6_rcv } from "./ip6_input.ts";
import type { Recorder } from "./options.ts";
import { ip_local_out, ip_queue_xmit } from "./output.ts";
import { isMembership, type SourceFilter } from "./multicast/filter.ts";
import { Igmp } from "./multicast/igmp.ts";
import { Mld } from "./multicast/mld.ts";
import { Reassembly } from "./reassemble.ts";
import { RedirectLimit } from "./redirect.ts";
import { RoutingTables } from "./route.ts";
import type { Rtable } from "./rtable.ts";

/** See {@link Ip}; in addition what the files of this folder share. */
export class IpFloor implements Ip {
  readonly routes: RoutingTables;
  readonly hooks: Hooks = new Hooks();
  readonly protocols4: (InetProtocol | undefined)[] = new Array(256).fill(undefined);
  readonly protocols6: (InetProtocol | undefined)[] = new Array(256).fill(undefined);
  readonly raw_taps: ((packet: PacketBuffer) => boolean)[] = [];
  readonly idents: IpIdents;
  readonly frags4: Reassembly;
  readonly frags6: Reassembly;
  readonly auto_flowlabels: Setting;
  readonly early_demux: Setting;
  readonly forward_use_pmtu: Setting;
  /** IPv6 forwards for all interfaces or for none. */
  readonly forwarding6: Setting;
  readonly max_dst_opts_number: Setting;
  readonly max_hbh_opts_number: Setting;
  readonly max_dst_opts_length: Setting;
  readonly max_hbh_length: Setting;
  readonly flow_secret: number;
  /** Frames of Ethernet devices. */
  readonly ethernet: EthernetLayer = new EthernetLayer();
  readonly neighbours: Neighbours;
  readonly arp: Arp;
  readonly igmp: Igmp;
  readonly mld: Mld;
  icmp: IcmpSender | undefined;
  /** Tells the sender of a packet that its way by this host is a detour; registered by neighbour discovery. */
  redirecting6: ((packet: PacketBuffer, route: Rtable) => void) | undefined;
  readonly redirects: RedirectLimit;

  /** The floor of a stack whose local packets go through `loopback`. */
  constructor(readonly net: Net, loopback: NetDevice) {
    this.routes = new RoutingTables(net, loopback, (...change) => this.membershipChanged(...change));
    this.neighbours = new Neighbours(net);
    this.arp = new Arp(net, this.ethernet, this.neighbours, new IpArpHost(this));
    this.ethernet.addHandler(ETH_P_IP, (packet) => ip_rcv(this, packet));
    this.ethernet.addHandler(ETH_P_IPV6, (packet) => ip6_rcv(this, packet));
    this.redirects = new RedirectLimit(net);
    this.idents = new IpIdents(net);
    this.flow_secret = net.random();
    this.frags4 = new Reassembly(this, 4);
    this.frags6 = new Reassembly(this, 6);
    this.igmp = new Igmp(this);
    this.mld = new Mld(this);
    this.auto_flowlabels = net.sysctl.entry("net.ipv6.auto_flowlabels");
    this.early_demux = net.sysctl.entry("net.ipv4.ip_early_demux");
    this.forward_use_pmtu = net.sysctl.entry("net.ipv4.ip_forward_use_pmtu");
    this.forwarding6 = net.sysctl.entry("net.ipv6.conf.all.forwarding");
    this.max_dst_opts_number = net.sysctl.entry("net.ipv6.max_dst_opts_number");
    this.max_hbh_opts_number = net.sysctl.entry("net.ipv6.max_hbh_opts_number");
    this.max_dst_opts_length = net.sysctl.entry("net.ipv6.max_dst_opts_length");
    this.max_hbh_length = net.sysctl.entry("net.ipv6.max_hbh_length");
  }

  /** Takes one packet from `device`, whose `data` is at the link header where the device has one, or at the IP header. */
  receive(packet: PacketBuffer, device: NetDevice): void {
    packet.device = device;
    if (device.address !== undefined) this.ethernet.receive(packet, device);
    else this.receiveBare(packet);
  }

  /**
   * Takes one packet without a link header, whose `device` is set: one that this host sent to itself has that which it
   * would have left through.
   */
  receiveBare(packet: PacketBuffer): void {
    if (packet.length < 1) return;
    // The version tells the protocol, as it does for TUN; anything else is dropped there.
    const version = ipVersion(packet.bytes, packet.data);
    if (version === 6) ip6_rcv(this, packet);
    else if (version === 4) ip_rcv(this, packet);
  }

  addProtocol(family: Family, protocol: number, handler: InetProtocol): void {
    (family === 4 ? this.protocols4 : this.protocols6)[protocol & 0xff] = handler;
  }

  addRawTap(tap: (packet: PacketBuffer) => boolean): void {
    this.raw_taps.push(tap);
  }

  route_output(flow: Flow): Rtable | number {
    const route = this.routes.route_output(flow);
    // IPv4 counts this in the transports, IPv6 here (`ip6_dst_lookup_tail`).
    if (route === -ENETUNREACH && flow.family === 6) this.net.mib.inc(Counter.Ip6OutNoRoutes);
    return route;
  }

  queue_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number {
    return route.family === 4 ? this.ip_queue_xmit(packet, route, options) : this.ip6_xmit(packet, route, options);
  }

  ip_queue_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number {
    return ip_queue_xmit(this, packet, route as Rtable, options);
  }

  ip6_xmit(packet: PacketBuffer, route: Route, options: IpSendOptions): number {
    return ip6_xmit(this, packet, route as Rtable, options);
  }

  local_out(packet: PacketBuffer, route: Route): number {
    return route.family === 4
      ? ip_local_out(this, packet, route as Rtable)
      : ip6_local_out(this, packet, route as Rtable);
  }

  icmp_send(about: PacketBuffer, request: IcmpErrorRequest): void {
    if (about.family === 4) icmpRequest4(this, about, request);
    else icmpRequest6(this, about, request);
  }

  update_pmtu(route: Route, mtu: number): void {
    this.routes.update_pmtu(route as Rtable, mtu);
  }

  confirm_neighbour(route: Route): void {
    this.neighbours.confirm(route.device, route.gateway ?? route.destination);
  }

  address_type(address: IpAddress): "unicast" | "local" | "broadcast" | "multicast" | "unspecified" {
    return this.routes.address_type(address);
  }

  device_of(address: IpAddress): NetDevice | undefined {
    return this.routes.ip_dev_find(address)?.device;
  }

  device(by: number | string): NetDevice | undefined {
    if (typeof by === "number") return this.routes.devices.get(by)?.device;
    for (const { device } of this.routes.devices.values()) if (device.name === by) return device;
    return undefined;
  }

  /** Adds a device; on a link with others, what it wants of groups is told there. */
  addDevice(device: NetDevice): void {
    const state = this.routes.addDevice(device);
    if ((device.flags & IFF_MULTICAST) === 0 || (device.flags & IFF_LOOPBACK) !== 0) return;
    state.igmp = this.igmp.host(state);
    state.mld = this.mld.host(state);
  }

  /** Removes a device and all that is known on it. */
  removeDevice(device: NetDevice): void {
    const state = this.routes.devices.get(device.ifindex);
    state?.igmp?.stop();
    state?.mld?.stop();
    this.routes.removeDevice(device);
    this.neighbours.removeDevice(device);
    this.ethernet.removeDevice(device);
  }

  set_membership(member: object, group: IpAddress, ifindex: number, filter: SourceFilter): void {
    this.routes.devices.get(ifindex)?.groups.set(member, group, filter);
  }

  private membershipChanged(state: InDevice, group: IpAddress, before: SourceFilter, after: SourceFilter): void {
    const joined = isMembership(after);
    if (joined !== isMembership(before)) {
      if (joined) this.ethernet.joinGroup(state.device, group);
      else this.ethernet.leaveGroup(state.device, group);
    }
    const host = group.family === 4 ? state.igmp : state.mld;
    host?.changed(group, before, after);
  }

  /** Shows a packet to raw sockets; whether one took a copy. */
  rawDeliver(packet: PacketBuffer): boolean {
    let taken = false;
    for (const tap of this.raw_taps) if (tap(packet)) taken = true;
    return taken;
  }

  /** How this host records itself in options. */
  recorder(address: IpAddress): Recorder {
    return {
      address,
      time: this.inet_current_timestamp(),
      isForeign: (other) => this.address_type(other) === "unicast",
    };
  }

  /** Milliseconds since midnight UT (`inet_current_timestamp`). */
  inet_current_timestamp(): number {
    return Math.floor((this.net.realtime_offset_us + this.net.now) / 1000) % 86_400_000;
  }
}
