/**
 * IP headers, extension headers, fragments and encapsulation of packets to inject.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import { ETH_P_IP, ETH_P_IPV6, ETH_P_MPLS_UC } from "../../stack/wire/ethernet.ts";
import * as gre from "../../stack/wire/gre.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as extension from "../../stack/wire/ipv6_extension.ts";
import * as mpls from "../../stack/wire/mpls.ts";
import {
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_GRE,
  IPPROTO_HOPOPTS,
  IPPROTO_IPIP,
  IPPROTO_IPV6,
  IPPROTO_ROUTING,
} from "../../abi/socket_constants.ts";
import type { ChecksumSpec, Encapsulation, ExtensionHeader, Fragment, IpInfo } from "../script/syntax.ts";
import { UnsupportedError } from "../targets/target.ts";
import { ipVersion, setIpVersion } from "../../stack/wire/ip_version.ts";

/** TTL or hop limit of a packet that does not say. */
export const DEFAULT_TTL = 255;
const ECN_BITS = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 2 } as const;

/** The TOS or traffic class octet that an IP info asks for. */
export function tosOctet(ip: IpInfo | undefined): number {
  if (ip === undefined) return 0;
  const tos = ip.tos ?? (ip.dscp ?? 0) << 2;
  return ip.ecn === undefined ? tos : (tos & 0xfc) | ECN_BITS[ip.ecn];
}

/** A checksum as asked for: the right one, one that is certainly wrong, or a literal. */
export function applyChecksum(right: number, spec: ChecksumSpec | undefined): number {
  if (spec === undefined) return right;
  return spec.kind === "value" ? spec.value : right ^ 0x5555;
}

/** What goes into one IP packet. */
export interface IpContent {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** The datagram's payload: transport header and data. */
  readonly payload: Uint8Array;
  readonly info: IpInfo | undefined;
  readonly fragment: Fragment | undefined;
}

/** An IP packet of the family of its source address. */
export function buildIp(content: IpContent): Uint8Array {
  const { fragment } = content;
  const payload = fragment === undefined ? content.payload : fragmentOf(content.payload, fragment);
  return content.source.family === 4 ? buildIpv4(content, payload) : buildIpv6(content, payload);
}

function fragmentOf(datagram: Uint8Array, fragment: Fragment): Uint8Array {
  const part = new Uint8Array(Math.max(0, fragment.end - fragment.start));
  if (fragment.fill !== undefined) return part.fill(fragment.fill);
  part.set(datagram.subarray(fragment.start, fragment.end));
  return part;
}

function moreFragments(content: IpContent): boolean {
  const { fragment, info } = content;
  if (info?.mf !== undefined) return info.mf;
  if (fragment === undefined) return false;
  return fragment.mf ?? fragment.end < content.payload.length;
}

function fragmentOffset(content: IpContent): number {
  return content.info?.fragmentOffset ?? content.fragment?.start ?? 0;
}

function buildIpv4(content: IpContent, payload: Uint8Array): Uint8Array {
  const { info } = content;
  const options = info?.options ?? new Uint8Array(0);
  const length = ipv4.MIN_HEADER_LENGTH + ((options.length + 3) & ~3);
  const bytes = new Uint8Array(length + payload.length);
  ipv4.setVersionAndHeaderLength(bytes, 0, (info?.headerLength ?? length >> 2) << 2);
  if (info?.version !== undefined) setIpVersion(bytes, 0, info.version);
  ipv4.setTypeOfService(bytes, 0, tosOctet(info));
  ipv4.setTotalLength(bytes, 0, info?.totalLength ?? bytes.length);
  ipv4.setIdentification(bytes, 0, info?.id ?? 0);
  ipv4.setFlagsAndOffset(
    bytes,
    0,
    (info?.reserved ? ipv4.RF : 0) | (info?.df ? ipv4.DF : 0) | (moreFragments(content) ? ipv4.MF : 0) |
      ((fragmentOffset(content) >> 3) & ipv4.OFFSET_MASK),
  );
  ipv4.setTimeToLive(bytes, 0, info?.ttl || DEFAULT_TTL);
  ipv4.setProtocol(bytes, 0, info?.protocol ?? content.protocol);
  ipv4.setSource(bytes, 0, content.source);
  ipv4.setDestination(bytes, 0, content.destination);
  bytes.set(options, ipv4.MIN_HEADER_LENGTH);
  bytes.set(payload, length);
  // A header length that lies may point outside the packet; the sum is taken over what is there.
  if ((info?.headerLength ?? 5) * 4 <= bytes.length) ipv4.fillHeaderChecksum(bytes, 0);
  ipv4.setHeaderChecksum(bytes, 0, applyChecksum(ipv4.headerChecksum(bytes, 0), info?.checksum));
  return bytes;
}

function buildIpv6(content: IpContent, payload: Uint8Array): Uint8Array {
  const { info } = content;
  const extensions = (info?.extensions ?? []).map((header) => ({
    next: nextHeaderOf(header),
    bytes: extensionBytes(header),
  }));
  const fragmented = content.fragment !== undefined || info?.fragmentOffset !== undefined || info?.mf !== undefined;
  if (fragmented) {
    const header = new Uint8Array(extension.FRAGMENT_LENGTH);
    const more = moreFragments(content) ? extension.IP6_MF : 0;
    extension.setOffsetAndMore(header, 0, (fragmentOffset(content) & extension.IP6_OFFSET) | more);
    extension.setIdentification(header, 0, info?.id ?? 0);
    extensions.push({ next: IPPROTO_FRAGMENT, bytes: header });
  }
  let next = info?.protocol ?? content.protocol;
  for (const header of [...extensions].reverse()) {
    extension.setNextHeader(header.bytes, 0, next);
    next = header.next;
  }
  const body = concatBytes(...extensions.map((header) => header.bytes), payload);
  const bytes = new Uint8Array(ipv6.HEADER_LENGTH + body.length);
  ipv6.setVersionClassFlow(bytes, 0, tosOctet(info), info?.flowLabel ?? 0);
  if (info?.version !== undefined) setIpVersion(bytes, 0, info.version);
  ipv6.setPayloadLength(bytes, 0, info?.totalLength ?? body.length);
  ipv6.setNextHeader(bytes, 0, next);
  ipv6.setHopLimit(bytes, 0, info?.ttl || DEFAULT_TTL);
  ipv6.setSource(bytes, 0, content.source);
  ipv6.setDestination(bytes, 0, content.destination);
  bytes.set(body, ipv6.HEADER_LENGTH);
  return bytes;
}

function nextHeaderOf(extension: ExtensionHeader): number {
  return extension.kind === "hop-by-hop"
    ? IPPROTO_HOPOPTS
    : extension.kind === "routing"
    ? IPPROTO_ROUTING
    : IPPROTO_DSTOPTS;
}

/** The header with its length octet, padded to a multiple of 8 (options with PadN, a routing header with zeros). */
function extensionBytes(header: ExtensionHeader): Uint8Array {
  return extension.build(header.data, header.kind !== "routing");
}

/** Puts the outer headers of a script packet around an IP packet. */
export function encapsulate(encapsulations: readonly Encapsulation[], inner: Uint8Array): Uint8Array {
  let packet = inner;
  let ethertype = ipVersion(inner, 0) === ipv4.VERSION ? ETH_P_IP : ETH_P_IPV6;
  let protocol = ethertype === ETH_P_IP ? IPPROTO_IPIP : IPPROTO_IPV6;
  for (const outer of [...encapsulations].reverse()) {
    switch (outer.kind) {
      case "gre":
        packet = concatBytes(greHeader(outer.gre, ethertype), packet);
        protocol = IPPROTO_GRE;
        break;
      case "mpls": {
        packet = concatBytes(mpls.emit(outer.entries), packet);
        ethertype = ETH_P_MPLS_UC;
        break;
      }
      case "ipv4":
      case "ipv6": {
        const source = IpAddress.parse(outer.source);
        const destination = IpAddress.parse(outer.destination);
        if (source.family !== destination.family || (source.family === 4) !== (outer.kind === "ipv4")) {
          throw new UnsupportedError("outer addresses that are not of the outer header's family");
        }
        packet = buildIp({ source, destination, protocol, payload: packet, info: outer.ip, fragment: undefined });
        ethertype = outer.kind === "ipv4" ? ETH_P_IP : ETH_P_IPV6;
        protocol = outer.kind === "ipv4" ? IPPROTO_IPIP : IPPROTO_IPV6;
      }
    }
  }
  return packet;
}

/**
 * packetdrill lays all fields out as if the header had them all, and cuts it to the length that its flags imply.
 */
export function greHeader(header: Omit<gre.GreFields, "protocol">, ethertype: number): Uint8Array {
  const { flags } = header;
  const bytes = gre.emit({ ...header, flags: flags | gre.GRE_CSUM | gre.GRE_KEY | gre.GRE_SEQ, protocol: ethertype });
  gre.setFlags(bytes, 0, flags);
  return bytes.subarray(0, gre.lengthOf(flags));
}
