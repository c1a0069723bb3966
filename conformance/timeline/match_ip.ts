/**
 * Comparing IP headers, fragments, and the headers of encapsulations.
 *
 * @module
 */
import { ETH_P_IP, ETH_P_IPV6, ETH_P_MPLS_UC } from "../../stack/wire/ethernet.ts";
import * as gre from "../../stack/wire/gre.ts";
import * as mpls from "../../stack/wire/mpls.ts";
import { get16, get32, toHex } from "../../stack/wire/bytes.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import { IPPROTO_GRE, IPPROTO_IPIP, IPPROTO_IPV6 } from "../../abi/socket_constants.ts";
import type { Encapsulation, GreHeader, IpInfo, MplsEncapsulation, PacketAction } from "../script/syntax.ts";
import { endpointsOf, outboundTransport } from "./build.ts";
import { greHeader, tosOctet } from "./build_ip.ts";
import { type Comparison, octetsOf } from "./fields.ts";
import type { Layer, LayerKind, LivePacket } from "./live.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import type { ScriptSocket } from "./sockets.ts";

/** Octets of the IP header that a script describes. */
export function ipHeaderLength(ip: IpInfo | undefined, family: 4 | 6): number {
  if (family === 6) return ipv6.HEADER_LENGTH;
  return ipv4.MIN_HEADER_LENGTH + (((ip?.options?.length ?? 0) + 3) & ~3);
}

/** Compares an outer header. `inner` is the number of octets behind it, undefined where the script leaves that open. */
export function compareOuter(
  comparison: Comparison,
  mapped: MappedPacket,
  layer: Layer,
  outer: Encapsulation,
  packet: PacketAction,
  next: LayerKind,
  inner: number | undefined,
  context: MatchContext,
): void {
  switch (outer.kind) {
    case "gre":
      return compareGre(comparison, mapped.live, layer, outer.gre, next);
    case "mpls":
      return compareMpls(comparison, mapped.live, layer, outer);
    default: {
      const family = outer.kind === "ipv4" ? 4 : 6;
      const protocol = next === "GRE" ? IPPROTO_GRE : next === "IPv4" ? IPPROTO_IPIP : IPPROTO_IPV6;
      // The TOS rule of the script packet applies to every IP layer of it.
      compareIp(comparison, mapped, layer, outer.ip, packet.ip ?? outer.ip, protocol, {
        headerLength: ipHeaderLength(outer.ip, family),
        payload: inner,
        extensions: 0,
      }, context);
    }
  }
}

function compareGre(comparison: Comparison, live: LivePacket, layer: Layer, header: GreHeader, next: LayerKind): void {
  const expected = greHeader(header, next === "IPv4" ? ETH_P_IP : next === "IPv6" ? ETH_P_IPV6 : ETH_P_MPLS_UC);
  const at = layer.offset;
  comparison.number("gre_len", expected.length, layer.length, { start: at, end: at + layer.length });
  for (const [field, from, length] of gre.WHOLE) {
    if (from + length > Math.min(expected.length, layer.length)) return;
    const read = length === 2 ? get16 : get32;
    const wanted = read(expected, from);
    const came = read(live.bytes, at + from);
    if (wanted === came) continue;
    comparison.differ(
      `gre_${field}`,
      `0x${wanted.toString(16)}`,
      `0x${came.toString(16)}`,
      `mismatch in GRE ${field}`,
      {
        start: at + from,
        end: at + from + length,
      },
    );
  }
}

function compareMpls(comparison: Comparison, live: LivePacket, layer: Layer, outer: MplsEncapsulation): void {
  comparison.number("mpls_stack_depth", outer.entries.length, layer.length / mpls.ENTRY_LENGTH);
  outer.entries.slice(0, layer.length / mpls.ENTRY_LENGTH).forEach((entry, i) => {
    const start = layer.offset + mpls.ENTRY_LENGTH * i;
    const wanted = mpls.wordOf(entry);
    const came = mpls.word(live.bytes, start);
    if (wanted === came) return;
    const at = { start, end: start + mpls.ENTRY_LENGTH };
    comparison.differ(
      "mpls",
      `0x${wanted.toString(16)}`,
      `0x${came.toString(16)}`,
      `mismatch in MPLS label ${i}`,
      at,
    );
  });
}

/** Lengths that an IP header has to agree with. */
export interface IpShape {
  readonly headerLength: number;
  /** Octets behind the IP header, undefined: unchecked. */
  readonly payload: number | undefined;
  readonly extensions: number;
}

/** Compares one IP header; `tosInfo` holds the TOS and TTL rules. */
export function compareIp(
  comparison: Comparison,
  mapped: MappedPacket,
  layer: Layer,
  info: IpInfo | undefined,
  tosInfo: IpInfo | undefined,
  protocol: number,
  shape: IpShape,
  context: MatchContext,
): void {
  const bytes = mapped.live.bytes;
  const at = layer.offset;
  const four = layer.kind === "IPv4";
  const where = (name: string) => octetsOf(four ? ipv4.FIELDS : ipv6.FIELDS, name, at);
  if (four) {
    comparison.number("ipv4_version", info?.version ?? 4, bytes[at]! >> 4, where("version"));
    comparison.number("ipv4_protocol", info?.protocol ?? protocol, ipv4.protocol(bytes, at), where("protocol"));
    const words = info?.headerLength ?? shape.headerLength >> 2;
    comparison.number("ipv4_header_length", words, ipv4.ihl(bytes, at), where("ihl"));
    const total = info?.totalLength ?? (shape.payload === undefined ? undefined : shape.headerLength + shape.payload);
    if (total !== undefined) {
      comparison.number("ipv4_total_length", total, ipv4.totalLength(bytes, at), where("totalLength"));
    }
  } else {
    comparison.number("ipv6_version", info?.version ?? 6, bytes[at]! >> 4, where("version"));
    const total = info?.totalLength ?? shape.payload;
    if (total !== undefined) {
      comparison.number("ipv6_payload_len", total, ipv6.payloadLength(bytes, at), where("payloadLength"));
    }
    if (shape.extensions === 0 && mapped.live.fragment === undefined) {
      comparison.number(
        "ipv6_next_header",
        info?.protocol ?? protocol,
        ipv6.nextHeader(bytes, at),
        where("nextHeader"),
      );
    } else {
      compareExtensions(comparison, mapped.live, info, protocol);
    }
  }
  compareTos(comparison, bytes, layer, tosInfo, context);
  const ttl = tosInfo?.ttl;
  if (ttl !== undefined && ttl !== 0 && ttl !== 255) {
    const actual = four ? ipv4.timeToLive(bytes, at) : ipv6.hopLimit(bytes, at);
    comparison.number("ttl", ttl, actual, where(four ? "timeToLive" : "hopLimit"));
  }
  if (four && info !== undefined) compareIpv4Superset(comparison, bytes, at, info);
}

function compareExtensions(comparison: Comparison, live: LivePacket, info: IpInfo | undefined, protocol: number): void {
  comparison.number("ipv6_next_header", info?.protocol ?? protocol, live.protocol);
  const wanted = (info?.extensions ?? []).map((one) =>
    ({ "hop-by-hop": 0, "routing": 43, "destination": 60 })[one.kind]
  );
  if (live.fragment !== undefined) wanted.push(44);
  const came = live.extensions.map((one) => one.kind);
  if (wanted.join() === came.join()) return;
  comparison.differ(
    "ipv6_extensions",
    wanted.join(","),
    came.join(","),
    `live packet extension headers: expected: ${wanted.join(",")} vs actual: ${came.join(",")}`,
  );
}

function compareTos(
  comparison: Comparison,
  bytes: Uint8Array,
  layer: Layer,
  info: IpInfo | undefined,
  context: MatchContext,
): void {
  if (info === undefined) return;
  const four = layer.kind === "IPv4";
  const actual = four ? ipv4.typeOfService(bytes, layer.offset) : ipv6.trafficClass(bytes, layer.offset);
  const at = four ? { start: layer.offset + 1, end: layer.offset + 2 } : { start: layer.offset, end: layer.offset + 2 };
  if (info.ecn === "ect01") {
    if ((actual & 3) !== 1 && (actual & 3) !== 2) {
      const hex = `0x${(actual & 3).toString(16)}`;
      comparison.differ(
        "ip_ecn",
        "0x1 or 0x2",
        hex,
        `live packet field ip_ecn: expected: 0x1 or 0x2 vs actual: ${hex}`,
        at,
      );
    }
  } else if (info.ecn !== undefined) {
    comparison.number(context.nplab ? "ecn" : "ip_ecn", tosOctet(info) & 3, actual & 3, at);
  }
  if (info.tos !== undefined) comparison.number("tos", info.tos, actual, at);
  if (info.dscp !== undefined) comparison.number("dscp", info.dscp, actual >> 2, at);
}

/** Fields that packetdrill never compares, as far as the script names them. */
function compareIpv4Superset(comparison: Comparison, bytes: Uint8Array, at: number, info: IpInfo): void {
  const where = (name: string) => octetsOf(ipv4.FIELDS, name, at);
  const word = ipv4.flagsAndOffset(bytes, at);
  const flag = (field: string, expected: boolean | undefined, mask: number, name: string) => {
    if (expected !== undefined) comparison.number(field, expected ? 1 : 0, word & mask ? 1 : 0, where(name));
  };
  if (info.id !== undefined) {
    comparison.number("ipv4_id", info.id, ipv4.identification(bytes, at), where("identification"));
  }
  flag("ipv4_reserved", info.reserved, ipv4.RF, "reservedFlag");
  flag("ipv4_df", info.df, ipv4.DF, "dontFragment");
  flag("ipv4_mf", info.mf, ipv4.MF, "moreFragments");
  if (info.fragmentOffset !== undefined) {
    comparison.number("ipv4_frag_off", info.fragmentOffset, ipv4.fragmentOffset(bytes, at), where("fragmentOffset"));
  }
  if (info.checksum?.kind === "value") {
    comparison.number(
      "ipv4_checksum",
      info.checksum.value,
      ipv4.headerChecksum(bytes, at),
      where("headerChecksum"),
    );
  }
  if (info.options !== undefined) {
    const wanted = new Uint8Array((info.options.length + 3) & ~3);
    wanted.set(info.options);
    const range = { start: at + ipv4.MIN_HEADER_LENGTH, end: at + ipv4.headerLength(bytes, at) };
    const came = toHex(bytes.subarray(range.start, range.end));
    if (toHex(wanted) !== came) {
      comparison.differ(
        "ipv4_options",
        toHex(wanted),
        came,
        `live packet field ipv4_options: expected: ${toHex(wanted)} vs actual: ${came}`,
        range,
      );
    }
  }
}

/** Offset, more-fragments flag and contents of a fragment. */
export function compareFragment(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { live } = mapped;
  const wanted = packet.fragment;
  const came = live.fragment;
  const named = packet.ip?.mf !== undefined || packet.ip?.fragmentOffset !== undefined;
  if (wanted === undefined) {
    if (came !== undefined && !named) {
      const text = `${came.offset}:${came.offset + live.end - live.transport}`;
      comparison.differ("fragment", "none", text, `live packet is a fragment: ${text}`);
    }
    return;
  }
  const offset = came?.offset ?? 0;
  const length = live.end - live.transport;
  comparison.number("fragment_start", wanted.start, offset);
  comparison.number("fragment_end", wanted.end, offset + length);
  const datagram = outboundTransport(packet.transport, endpointsOf(packet, context.socket), {
    socket: context.socket,
    ecrScaled: false,
    nplab: context.nplab,
    mptcp: context.mptcp,
  });
  const more = wanted.mf ?? wanted.end < datagram.length;
  comparison.number("fragment_mf", more ? 1 : 0, came?.more ? 1 : 0);
  if (packet.ip?.id !== undefined && came !== undefined && live.family === 6) {
    comparison.number("fragment_id", packet.ip.id, came.id);
  }
  // Fragments of one datagram have its identification, whatever that is.
  if (came !== undefined && wanted.start === 0) context.socket.fragmentId = came.id;
  else if (came !== undefined && context.socket.fragmentId !== undefined) {
    comparison.number("fragment_id", context.socket.fragmentId, came.id);
  }
  for (let i = 0; i < length; i++) {
    const expected = wanted.fill ?? datagram[wanted.start + i] ?? 0;
    const actual = live.bytes[live.transport + i]!;
    if (expected === actual) continue;
    const at = { start: live.transport + i, end: live.transport + i + 1 };
    comparison.differ(
      `fragment[${offset + i}]`,
      `0x${expected.toString(16)}`,
      `0x${actual.toString(16)}`,
      "incorrect outbound fragment payload",
      at,
    );
    return;
  }
}

/** What a flow label check needs to remember is remembered, whether it holds or not. */
export function compareFlowLabel(
  comparison: Comparison,
  live: LivePacket,
  expected: number | undefined,
  socket: ScriptSocket,
): void {
  if (live.family !== 6 || expected === undefined || expected === 0) return;
  const actual = ipv6.flowLabel(live.bytes, live.ip);
  const at = { start: live.ip + 1, end: live.ip + 4 };
  const hex = (value: number) => `0x${value.toString(16)}`;
  if (actual === 0) {
    comparison.differ("flowlabel", hex(expected), "0x0", "flowlabel unmarked in the live packet", at);
    return;
  }
  const known = socket.flowLabel;
  if (known === undefined) {
    socket.flowLabel = { script: expected, live: actual };
  } else if (known.script === expected) {
    if (known.live !== actual) {
      const reason = `inconsistent flowlabels for this packet: expected: ${hex(known.live)} vs actual: ${hex(actual)}`;
      comparison.differ("flowlabel", hex(known.live), hex(actual), reason, at);
    }
  } else if (known.live === actual) {
    const reason = "expected a different flowlabel but got the same";
    comparison.differ("flowlabel", `not ${hex(known.live)}`, hex(actual), reason, at);
  } else {
    socket.flowLabel = { script: expected, live: actual };
  }
}
