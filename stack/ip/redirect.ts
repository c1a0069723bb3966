/**
 * Senders that could have sent to the next hop themselves are told so (RFC 792, RFC 1812 section 5.2.7.2, RFC 4861 section 8.2).
 *
 * @module
 */
import { ICMP_REDIR_HOST, ICMP_REDIRECT } from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { AddressMap } from "./address_map.ts";
import type { FibRoute } from "./fib.ts";
import type { InDevice } from "./in_device.ts";
import type { Rtable } from "./rtable.ts";

/** What sends redirects, and how often. */
export interface RedirectSender {
  readonly routes: { readonly fib4: { lookupAt(bytes: Uint8Array, offset: number): FibRoute | undefined } };
  readonly redirects: RedirectLimit;
  /** Sends an ICMP message about a packet. */
  readonly icmp: { icmp_send(about: PacketBuffer, type: number, code: number, info: number): void } | undefined;
}

/** Senders that are remembered. */
const MAX_SENDERS = 4096;
/** The settings of `net.ipv4.route` count ticks of 4 ms (HZ 250). */
const TICK_US = 4000;

/** Whether an IPv4 packet leaves by the interface that it came in by, which its sender did not ask for by a source route. */
export function isDetour4(packet: PacketBuffer, route: Rtable): boolean {
  // RFC1812-5.2.7.2-redirect-cond
  return route.device === packet.device && route.type === "unicast" && packet.opt?.sourceRoute === undefined;
}

/** The same of an IPv6 packet. */
export function isDetour6(packet: PacketBuffer, route: Rtable): boolean {
  return route.device === packet.device && !ipv6.destination(packet.bytes, packet.network_header).isMulticast;
}

/** Tells the sender of an IPv4 packet of the next hop, if it may be told and that is on its own network. */
export function tellOfBetterHop4(ip: RedirectSender, packet: PacketBuffer, route: Rtable): void {
  const state = route.in_device;
  // RFC1812-5.2.7.2-redirect-off
  if (!state.send_redirects.or) return;
  const { bytes, network_header: at } = packet;
  // Who is not on this link can't use another first hop there.
  const back = ip.routes.fib4.lookupAt(bytes, at + ipv4.SOURCE);
  if (back?.type !== "unicast" || back.gateway !== undefined || back.device !== route.device) return;
  const source = ipv4.source(bytes, at);
  const hop = route.gateway ?? ipv4.destination(bytes, at);
  // On a medium that several networks share, hosts may reach whom they have no address in common with (RFC 1620).
  if (!state.shared_media.or && !areNeighbours(state, source, hop)) return;
  if (!ip.redirects.allows(source)) return;
  // RFC1812-5.2.7.2-redirect-net: never about a whole network.
  ip.icmp?.icmp_send(packet, ICMP_REDIRECT, ICMP_REDIR_HOST, hop.u32);
}

/** Whether two addresses are of one network of an interface. */
function areNeighbours({ addresses4 }: InDevice, one: IpAddress, other: IpAddress): boolean {
  return addresses4.some(({ address, prefix_length }) =>
    one.inPrefix(address, prefix_length) && other.inPrefix(address, prefix_length)
  );
}

/** What a sender was told. */
interface Told {
  times: number;
  last_us: number;
}

/**
 * How often a sender is told: after each time twice as long passes before the next (`redirect_load`), and after some times
 * (`redirect_number`) it is told no more, until it was left alone for long (`redirect_silence`).
 */
export class RedirectLimit {
  private readonly senders: AddressMap<Told>;
  private readonly load: Setting;
  private readonly number: Setting;
  private readonly silence: Setting;

  /** Nobody has been told anything. */
  constructor(private readonly net: Net) {
    this.senders = new AddressMap(4);
    this.load = net.sysctl.entry("net.ipv4.route.redirect_load");
    this.number = net.sysctl.entry("net.ipv4.route.redirect_number");
    this.silence = net.sysctl.entry("net.ipv4.route.redirect_silence");
  }

  /** Whether a sender may be told now; then it counts as told. */
  allows(sender: IpAddress): boolean {
    const { now } = this.net;
    let told = this.senders.getAddress(sender);
    if (told === undefined) {
      if (this.senders.size >= MAX_SENDERS) this.senders.evictOldest();
      this.senders.set(sender, told = { times: 0, last_us: now });
    }
    const since_us = now - told.last_us;
    if (since_us > this.silence.value * TICK_US) told.times = 0;
    if (told.times >= this.number.value) return false;
    if (told.times > 0 && since_us < this.load.value * TICK_US * 2 ** told.times) return false;
    told.times++;
    told.last_us = now;
    return true;
  }
}
