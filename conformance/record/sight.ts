/**
 * A packet of TCP, or an ICMP error about one, taken from a frame. Only headers are looked at, so a capture may have cut the
 * rest of its packets off.
 *
 * @module
 */
import { IPPROTO_FRAGMENT, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP } from "../../abi/socket_constants.ts";
import type { IpAddress } from "../../stack/wire/address.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as extension from "../../stack/wire/ipv6_extension.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { Frame } from "./capture/frame.ts";
import { ipPlace } from "./capture/link_layer.ts";

/** One end of a connection. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** Two ends, in the direction of a packet. */
export interface Ends {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** A segment. */
export interface SegmentSight extends Ends {
  readonly kind: "segment";
  readonly family: 4 | 6;
  /** The ECN bits of the IP header. */
  readonly ecn: number;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly urgent: number;
  /** Octets of payload. */
  readonly length: number;
  /** Its options, octets of its own. */
  readonly options: Uint8Array;
  /** The same in two packets that one was seen as: what tells a packet from the next. */
  readonly print: string;
}

/** An ICMP error about a segment. */
export interface IcmpSight {
  readonly kind: "icmp";
  readonly family: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** What fits, where it says. */
  readonly mtu: number;
  /** Ends of the segment that it quotes, in that one's direction. */
  readonly quoted: Ends;
  readonly seq: number;
  readonly length: number;
  /** As of a segment. */
  readonly print: string;
}

/** What was seen, and where and when. */
export interface Sight {
  readonly time_us: number;
  /** Where its record is in the file. */
  readonly offset: number;
  readonly port: string;
  readonly direction: Frame["direction"];
  readonly what: SegmentSight | IcmpSight;
}

/** What a frame is that holds no sight. */
export type Nothing = "other" | "fragment" | "cut";

/** What a frame holds. */
export function sightOf(frame: Frame): Sight | Nothing {
  const place = ipPlace(frame);
  if (place === undefined) return "other";
  const found = packetAt(frame.bytes, place.at, frame.length);
  if (typeof found === "string") return found;
  const { port, direction } = place;
  return { time_us: frame.time_us, offset: frame.offset, port, direction, what: found };
}

/** An IP packet in place. */
interface Packet {
  readonly bytes: Uint8Array;
  readonly family: 4 | 6;
  readonly at: number;
  /** Behind it, as long as it was on the wire; more than was captured, maybe. */
  readonly end: number;
  readonly protocol: number;
  readonly transport: number;
}

function packetAt(bytes: Uint8Array, at: number, wireLength: number): SegmentSight | IcmpSight | Nothing {
  const packet = ipPacket(bytes, at, wireLength, bytes.length);
  if (typeof packet === "string") return packet;
  switch (packet.protocol) {
    case IPPROTO_TCP:
      return segment(packet);
    case IPPROTO_ICMP:
      return packet.family === 4 ? icmp(packet) : "other";
    case IPPROTO_ICMPV6:
      return packet.family === 6 ? icmp(packet) : "other";
    default:
      return "other";
  }
}

function ipPacket(bytes: Uint8Array, at: number, wireLength: number, limit: number): Packet | Nothing {
  if (at >= limit) return "other";
  const version = ipv4.version(bytes, at);
  if (version === ipv4.VERSION) return ipv4Packet(bytes, at, wireLength, limit);
  if (version === ipv6.VERSION) return ipv6Packet(bytes, at, wireLength, limit);
  return "other";
}

function ipv4Packet(bytes: Uint8Array, at: number, wireLength: number, limit: number): Packet | Nothing {
  if (at + ipv4.MIN_HEADER_LENGTH > limit) return "cut";
  // As long as the packet was, not what is left of it.
  const problem = ipv4.checkLengths(bytes, at, at + ipv4.MAX_TOTAL_LENGTH);
  // An aggregate that its length field has no room for says 0.
  const total = ipv4.totalLength(bytes, at);
  if (problem !== undefined && !(problem === "total-length" && total === 0)) return "other";
  const transport = at + ipv4.headerLength(bytes, at);
  if (transport > limit) return "cut";
  if (ipv4.isFragment(bytes, at)) return "fragment";
  const end = total === 0 ? wireLength : at + total;
  return { bytes, family: 4, at, end, protocol: ipv4.protocol(bytes, at), transport };
}

function ipv6Packet(bytes: Uint8Array, at: number, wireLength: number, limit: number): Packet | Nothing {
  let transport = at + ipv6.HEADER_LENGTH;
  if (transport > limit) return "cut";
  const payload = ipv6.payloadLength(bytes, at);
  const end = payload === 0 ? wireLength : transport + payload;
  let next = ipv6.nextHeader(bytes, at);
  while (extension.isExtension(next)) {
    if (extension.check(bytes, transport, Math.min(end, limit), next) !== undefined) return "cut";
    if (next === IPPROTO_FRAGMENT) return "fragment";
    const length = extension.lengthOf(next, bytes, transport);
    next = extension.nextHeader(bytes, transport);
    transport += length;
  }
  return { bytes, family: 6, at, end, protocol: next, transport };
}

function ends({ bytes, family, at, transport }: Packet): Ends {
  const ip = family === 4 ? ipv4 : ipv6;
  return {
    source: { address: ip.source(bytes, at), port: tcp.sourcePort(bytes, transport) },
    destination: { address: ip.destination(bytes, at), port: tcp.destinationPort(bytes, transport) },
  };
}

function segment(packet: Packet): SegmentSight | Nothing {
  const { bytes, family, at, transport, end } = packet;
  const problem = tcp.check(bytes, transport, Math.min(end, bytes.length));
  if (problem !== undefined) return problem === "truncated" ? "cut" : "other";
  const payload = transport + tcp.headerLength(bytes, transport);
  if (payload > end) return "other";
  const identification = family === 4 ? ipv4.identification(bytes, at) : 0;
  const seen = {
    flags: tcp.flags(bytes, transport),
    seq: tcp.sequenceNumber(bytes, transport),
    ack: tcp.acknowledgmentNumber(bytes, transport),
    window: tcp.window(bytes, transport),
    length: end - payload,
    options: bytes.slice(transport + tcp.MIN_HEADER_LENGTH, payload),
  };
  return {
    kind: "segment",
    family,
    ...ends(packet),
    ecn: family === 4 ? ipv4.ecn(bytes, at) : ipv6.ecn(bytes, at),
    urgent: tcp.hasFlag(bytes, transport, tcp.URG) ? tcp.urgentPointer(bytes, transport) : 0,
    ...seen,
    print: [identification, seen.flags, seen.seq, seen.ack, seen.window, seen.length, ...seen.options].join(" "),
  };
}

function icmp({ bytes, family, transport, end }: Packet): IcmpSight | Nothing {
  const limit = Math.min(end, bytes.length);
  if (transport + icmpv4.HEADER_LENGTH > limit) return "cut";
  const messages = family === 4 ? icmpv4 : icmpv6;
  const type = messages.type(bytes, transport);
  if (!messages.isError(type)) return "other";
  const inner = transport + icmpv4.HEADER_LENGTH;
  const quoted = ipPacket(bytes, inner, limit, limit);
  if (typeof quoted === "string") return quoted === "fragment" ? "other" : quoted;
  if (quoted.protocol !== IPPROTO_TCP || quoted.family !== family) return "other";
  // The first eight octets of a segment are there at least (RFC 792): ports and sequence number.
  if (quoted.transport + icmpv4.HEADER_LENGTH > limit) return "cut";
  const seq = tcp.sequenceNumber(bytes, quoted.transport);
  const code = messages.code(bytes, transport);
  return {
    kind: "icmp",
    family,
    type,
    code,
    mtu: family === 4 ? icmpv4.nextHopMtu(bytes, transport) : icmpv6.mtu(bytes, transport),
    quoted: ends(quoted),
    seq,
    length: Math.max(0, quoted.end - quoted.transport - tcp.MIN_HEADER_LENGTH),
    print: `icmp ${type} ${code} ${seq}`,
  };
}
