/**
 * The ICMP floor of one stack, both families.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Family, IcmpError } from "../ip/interface.ts";
import type { IcmpSender } from "../ip/icmp_sender.ts";
import type { IpFloor } from "../ip/ip.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6 } from "../../abi/socket_constants.ts";
import { type Icmp4Floor, icmp_error, icmp_rcv, icmp_send } from "./icmpv4.ts";
import { type Icmp6Floor, icmpv6_error, icmpv6_rcv, icmpv6_send } from "./icmpv6.ts";
import { IcmpRateLimit } from "./rate_limit.ts";
import type { PingErrorReceiver, PingReceiver } from "./shared.ts";

/** Milliseconds of a tick, in which `net.ipv4.route.error_cost` is told (HZ 250). */
const JIFFY_MS = 4;

/** A host is told of better first hops once in so long, after the first few (RFC 4861 section 8.2 wants a limit). */
const REDIRECT_INTERVAL_MS = 1000;

/** Sees every error about a packet sent from here, for raw sockets; pointers as for `InetProtocol.error`. */
export type RawErrorTap = (packet: PacketBuffer, protocol: number, error: IcmpError) => void;

/** ICMP of one stack: answers, reports errors up, sends errors for the floors below and above. */
export class IcmpFloor implements IcmpSender, Icmp4Floor, Icmp6Floor {
  readonly rate: IcmpRateLimit;
  readonly ping_receivers: PingReceiver[] = [];
  readonly ping_error_receivers: PingErrorReceiver[] = [];
  readonly raw_error_taps: RawErrorTap[] = [];
  /** Who takes ICMPv6 messages, by type. */
  readonly handlers6: Map<number, (packet: PacketBuffer) => void> = new Map();
  readonly net: Net;
  readonly echo_ignore_all: Setting;
  readonly echo_ignore_broadcasts: Setting;
  readonly echo_ignore_all6: Setting;
  readonly echo_ignore_multicast6: Setting;
  readonly ignore_bogus: Setting;
  readonly use_inbound_ifaddr: Setting;
  readonly ratelimit4: Setting;
  readonly ratemask4: Setting;
  readonly ratelimit6: Setting;
  readonly no_pmtu_disc: Setting;
  readonly route_error_cost: Setting;
  readonly route_error_burst: Setting;
  readonly flowlabel_reflect: Setting;
  /** ICMPv6 types that are rate limited. */
  readonly ratemask6: Uint8Array = new Uint8Array(256);

  /** Registers with the IP floor. */
  constructor(readonly ip: IpFloor) {
    const { sysctl } = ip.net;
    this.net = ip.net;
    this.rate = new IcmpRateLimit(ip.net);
    this.echo_ignore_all = sysctl.entry("net.ipv4.icmp_echo_ignore_all");
    this.echo_ignore_broadcasts = sysctl.entry("net.ipv4.icmp_echo_ignore_broadcasts");
    this.echo_ignore_all6 = sysctl.entry("net.ipv6.icmp.echo_ignore_all");
    this.echo_ignore_multicast6 = sysctl.entry("net.ipv6.icmp.echo_ignore_multicast");
    this.ignore_bogus = sysctl.entry("net.ipv4.icmp_ignore_bogus_error_responses");
    this.use_inbound_ifaddr = sysctl.entry("net.ipv4.icmp_errors_use_inbound_ifaddr");
    this.ratelimit4 = sysctl.entry("net.ipv4.icmp_ratelimit");
    this.ratemask4 = sysctl.entry("net.ipv4.icmp_ratemask");
    this.ratelimit6 = sysctl.entry("net.ipv6.icmp.ratelimit");
    this.route_error_cost = sysctl.entry("net.ipv4.route.error_cost");
    this.route_error_burst = sysctl.entry("net.ipv4.route.error_burst");
    this.no_pmtu_disc = sysctl.entry("net.ipv4.ip_no_pmtu_disc");
    this.flowlabel_reflect = sysctl.entry("net.ipv6.flowlabel_reflect");
    const mask = sysctl.entry("net.ipv6.icmp.ratemask");
    const readMask = (text: string) => {
      this.ratemask6.fill(0);
      for (const range of text === "" ? [] : text.split(",")) {
        const [low, high] = range.split("-").map(Number);
        this.ratemask6.fill(1, low, (high ?? low)! + 1);
      }
    };
    readMask(mask.text);
    sysctl.watch(mask.name, (setting) => readMask(setting.text));

    ip.icmp = this;
    ip.addProtocol(4, IPPROTO_ICMP, {
      receive: (packet) => icmp_rcv(this, packet),
      error: (packet, error) => icmp_error(this, packet, error),
    });
    ip.addProtocol(6, IPPROTO_ICMPV6, {
      receive: (packet) => icmpv6_rcv(this, packet),
      error: (packet, error) => icmpv6_error(this, packet, error),
    });
  }

  icmp_send(about: PacketBuffer, type: number, code: number, info: number): void {
    icmp_send(this, about, type, code, info);
  }

  routeErrorAllowed(source: IpAddress): boolean {
    return this.rate.destinationAllows(
      4,
      source,
      this.route_error_cost.value * JIFFY_MS,
      this.route_error_burst.value * JIFFY_MS,
    );
  }

  redirectAllowed(destination: IpAddress): boolean {
    return this.rate.destinationAllows(6, destination, REDIRECT_INTERVAL_MS);
  }

  icmp6_send(about: PacketBuffer, type: number, code: number, info: number): void {
    icmpv6_send(this, about, type, code, info);
  }

  /** Registers who takes echo replies (ping sockets). */
  addPingReceiver(receiver: PingReceiver, errors?: PingErrorReceiver): void {
    this.ping_receivers.push(receiver);
    if (errors !== undefined) this.ping_error_receivers.push(errors);
  }

  /** Registers who takes ICMPv6 messages of a type, whose checksum is right. */
  addHandler6(type: number, handler: (packet: PacketBuffer) => void): void {
    this.handlers6.set(type, handler);
  }

  /** Registers who sees errors for raw sockets. */
  addRawErrorTap(tap: RawErrorTap): void {
    this.raw_error_taps.push(tap);
  }

  /** Hands an error to whom it concerns: raw sockets, then the transport. */
  deliverError(family: Family, protocol: number, packet: PacketBuffer, error: IcmpError): void {
    for (const tap of this.raw_error_taps) tap(packet, protocol, error);
    const protocols = family === 4 ? this.ip.protocols4 : this.ip.protocols6;
    protocols[protocol]?.error(packet, error);
  }
}
