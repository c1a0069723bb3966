/**
 * A packet that the stack under test sent, taken apart as far as matching needs.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import { ETH_P_IP, ETH_P_IPV6, ETH_P_MPLS_UC } from "../../stack/wire/ethernet.ts";
import * as gre from "../../stack/wire/gre.ts";
import { HEADER_LENGTH as ICMP_HEADER_LENGTH } from "../../stack/wire/icmpv4.ts";
import * as arp from "../../stack/wire/arp.ts";
import * as ethernet from "../../stack/wire/ethernet.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import { finalDestinationAt } from "../../stack/wire/ipv4_option_area.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as extension from "../../stack/wire/ipv6_extension.ts";
import * as mpls from "../../stack/wire/mpls.ts";
import {
  IPPROTO_FRAGMENT,
  IPPROTO_GRE,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IPIP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { CapturedPacket } from "../targets/target.ts";

/** Names of header layers as packetdrill's messages have them. */
export type LayerKind = "ARP" | "IPv4" | "IPv6" | "GRE" | "MPLS" | "TCP" | "UDP" | "ICMPV4" | "ICMPV6" | "payload";

/** One header. */
export interface Layer {
  readonly kind: LayerKind;
  /** Where it starts in the packet. */
  readonly offset: number;
  /** Its length, options included. */
  readonly length: number;
}

/** Most headers in one packet. */
const MAX_LAYERS = 6;

/** Where an IPv6 fragment or IPv4 fragment lies in its datagram. */
export interface FragmentPart {
  /** Octets before it. */
  readonly offset: number;
  readonly more: boolean;
  readonly id: number;
}

/** A captured packet and where its headers lie. */
export class LivePacket {
  readonly bytes: Uint8Array;
  readonly time_us: number;
  readonly checksumPartial: boolean;
  readonly gsoSize: number;
  /** Outermost first, the transport header last. */
  readonly layers: Layer[] = [];
  /** Offset of the innermost IP header. */
  ip = 0;
  /** Family of that header. */
  family: 4 | 6 = 4;
  /** Protocol behind it and its extension headers. */
  protocol = 0;
  /** Offset of what follows it and its extension headers. */
  transport = 0;
  /** Where the payload of the transport starts. */
  payload = 0;
  /** Behind the innermost IP packet. */
  end = 0;
  /** Extension headers of the innermost IPv6 header, the fragment header included. */
  readonly extensions: { readonly kind: number; readonly offset: number; readonly length: number }[] = [];
  fragment: FragmentPart | undefined;
  /** What packetdrill's sniffer chokes on. */
  fault: string | undefined;
  /** Its Ethernet header, where it came in a frame; {@link bytes} begin behind it. */
  readonly ethernet: ethernet.EthernetHeader | undefined;
  /** What it is if it is ARP. */
  readonly arp: arp.ArpPacket | undefined;
  /** The interface that it went out by. */
  readonly interface: string | undefined;
  /** packetdrill's sniffer passes it over: an unknown protocol or an extension header. */
  foreign = false;

  /** `framed`: its octets begin with an Ethernet header. */
  constructor(packet: CapturedPacket, framed = false) {
    const whole = packet.bytes;
    const inFrame = framed && ethernet.check(whole, 0, whole.length) === undefined;
    const frame = inFrame ? ethernet.parse(whole) : undefined;
    this.ethernet = frame?.header;
    this.bytes = frame === undefined ? whole : whole.subarray(frame.payloadOffset);
    this.time_us = packet.time_us;
    this.interface = packet.interface;
    this.checksumPartial = packet.checksumPartial;
    this.gsoSize = packet.gsoSize;
    const isArp = frame?.header.etherType === ethernet.ETH_P_ARP &&
      arp.check(this.bytes, 0, this.bytes.length) === undefined;
    this.arp = isArp ? arp.parse(this.bytes).header : undefined;
    if (framed && frame === undefined) this.fault = "Ethernet header is truncated";
    else if (this.arp !== undefined) this.#isArp();
    else this.#parseIp(0, this.bytes.length);
  }

  #isArp(): void {
    this.layers.push({ kind: "ARP", offset: 0, length: arp.LENGTH });
    this.protocol = -1;
    this.payload = this.end = arp.LENGTH;
    this.foreign = true;
  }

  /** Where the address stands of who it is for, source routes gone to their end. */
  get finalDestinationAt(): number {
    return this.family === 4 ? finalDestinationAt(this.bytes, this.ip) : this.ip + ipv6.DESTINATION;
  }

  /** Octets of payload behind the transport header. */
  get payloadLength(): number {
    return this.end - this.payload;
  }

  get isTcp(): boolean {
    return this.transportKind === "TCP";
  }

  /** Kind of the innermost header. */
  get transportKind(): LayerKind {
    return this.layers.length === 0 ? "payload" : this.layers[this.layers.length - 1]!.kind;
  }

  #parseIp(offset: number, end: number): void {
    const version = offset < end ? this.bytes[offset]! >> 4 : 0;
    if (version === 4) this.#parseIpv4(offset, end);
    else if (version === 6) this.#parseIpv6(offset, end);
    else this.foreign = true;
  }

  #parseIpv4(offset: number, end: number): void {
    const { bytes } = this;
    const problem = ipv4.checkLengths(bytes, offset, end);
    if (problem !== undefined) {
      this.fault = problem === "truncated" ? "IP packet is truncated" : `IPv4 ${problem} is not consistent`;
      return;
    }
    const length = ipv4.headerLength(bytes, offset);
    this.layers.push({ kind: "IPv4", offset, length });
    this.ip = offset;
    this.family = 4;
    this.extensions.length = 0;
    this.end = offset + ipv4.totalLength(bytes, offset);
    if (!ipv4.verifyHeaderChecksum(bytes, offset)) this.fault ??= "Bad IP checksum";
    if (ipv4.isFragment(bytes, offset)) {
      this.fragment = {
        offset: ipv4.fragmentOffset(bytes, offset),
        more: ipv4.moreFragments(bytes, offset),
        id: ipv4.identification(bytes, offset),
      };
    }
    this.#parseNext(ipv4.protocol(bytes, offset), offset + length);
  }

  #parseIpv6(offset: number, end: number): void {
    const { bytes } = this;
    if (ipv6.check(bytes, offset, end) !== undefined) {
      this.fault = "IPv6 packet is truncated";
      return;
    }
    this.layers.push({ kind: "IPv6", offset, length: ipv6.HEADER_LENGTH });
    this.ip = offset;
    this.family = 6;
    this.extensions.length = 0;
    this.end = offset + ipv6.HEADER_LENGTH + ipv6.payloadLength(bytes, offset);
    let at = offset + ipv6.HEADER_LENGTH;
    let next = ipv6.nextHeader(bytes, offset);
    while (extension.isExtension(next)) {
      if (extension.check(bytes, at, this.end, next) !== undefined) {
        this.fault = "IPv6 extension header is truncated";
        return;
      }
      const length = extension.lengthOf(next, bytes, at);
      this.extensions.push({ kind: next, offset: at, length });
      this.foreign = true;
      if (next === IPPROTO_FRAGMENT) {
        this.fragment = {
          offset: extension.fragmentOffset(bytes, at),
          more: extension.moreFragments(bytes, at),
          id: extension.identification(bytes, at),
        };
      }
      next = extension.nextHeader(bytes, at);
      at += length;
      if (this.fragment !== undefined && this.fragment.offset > 0) break;
    }
    this.#parseNext(next, at);
  }

  #parseNext(protocol: number, at: number): void {
    this.protocol = protocol;
    this.transport = at;
    this.payload = at;
    if (this.layers.length >= MAX_LAYERS) {
      this.fault = "too many headers";
      return;
    }
    if (this.fragment !== undefined && this.fragment.offset > 0) {
      this.layers.push({ kind: "payload", offset: at, length: 0 });
      return;
    }
    switch (protocol) {
      case IPPROTO_TCP:
        return this.#parseTcp(at);
      case IPPROTO_UDP:
        return this.#parseUdp(at);
      case IPPROTO_ICMP:
      case IPPROTO_ICMPV6:
        if (this.end - at < ICMP_HEADER_LENGTH) {
          this.fault = "ICMP header is truncated";
          return;
        }
        this.layers.push({
          kind: protocol === IPPROTO_ICMP ? "ICMPV4" : "ICMPV6",
          offset: at,
          length: ICMP_HEADER_LENGTH,
        });
        this.payload = at + ICMP_HEADER_LENGTH;
        return;
      case IPPROTO_IPIP:
      case IPPROTO_IPV6:
        return this.#parseIp(at, this.end);
      case IPPROTO_GRE:
        return this.#parseGre(at);
      default:
        this.foreign = true;
        this.layers.push({ kind: "payload", offset: at, length: 0 });
    }
  }

  #parseTcp(at: number): void {
    const problem = tcp.check(this.bytes, at, this.end);
    if (problem !== undefined) {
      this.fault = problem === "truncated" ? "TCP header is truncated" : "TCP data offset is not consistent";
      return;
    }
    const length = tcp.headerLength(this.bytes, at);
    this.layers.push({ kind: "TCP", offset: at, length });
    this.payload = at + length;
  }

  #parseUdp(at: number): void {
    if (this.end - at < udp.HEADER_LENGTH) {
      this.fault = "UDP header is truncated";
      return;
    }
    if (this.fragment === undefined && this.gsoSize === 0 && udp.length(this.bytes, at) !== this.end - at) {
      this.fault = "UDP length is not that of the IP payload";
    }
    this.layers.push({ kind: "UDP", offset: at, length: udp.HEADER_LENGTH });
    this.payload = at + udp.HEADER_LENGTH;
  }

  #parseGre(at: number): void {
    const { bytes, end } = this;
    const problem = gre.check(bytes, at, end);
    if (problem !== undefined) {
      this.fault = problem === "truncated" ? "GRE header is truncated" : "GRE version or routing is not supported";
      return;
    }
    const length = gre.headerLength(bytes, at);
    this.layers.push({ kind: "GRE", offset: at, length });
    const ethertype = gre.protocol(bytes, at);
    if (ethertype === ETH_P_IP || ethertype === ETH_P_IPV6) return this.#parseIp(at + length, end);
    if (ethertype === ETH_P_MPLS_UC) return this.#parseMpls(at + length);
    this.foreign = true;
    this.transport = this.payload = at + length;
    this.layers.push({ kind: "payload", offset: at + length, length: 0 });
  }

  #parseMpls(at: number): void {
    const length = mpls.stackLength(this.bytes, at, this.end);
    if (length === 0) {
      this.fault = "MPLS label stack is truncated";
      return;
    }
    this.layers.push({ kind: "MPLS", offset: at, length });
    this.#parseIp(at + length, this.end);
  }
}

/** What packetdrill's sniffer says of a fragment. */
export function fragmentFault(fragment: FragmentPart): string {
  return fragment.more ? "More fragments remaining" : "Non-zero fragment offset";
}

/** Lines of 16 octets, as packetdrill prints packets that it can't read. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  const shown = Math.min(bytes.length, 256);
  for (let at = 0; at < shown; at += 16) {
    const row = Array.from(bytes.subarray(at, Math.min(at + 16, shown)), (byte) => toHex(Uint8Array.of(byte)) + " ");
    lines.push(`0x${at.toString(16).padStart(4, "0")}: ${row.join("")}`);
  }
  if (shown < bytes.length) lines.push(`… ${bytes.length - shown} more`);
  return lines.join("\n");
}
