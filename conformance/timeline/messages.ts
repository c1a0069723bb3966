/**
 * Messages in words (`nd`, `igmp`, `mld`): their octets, and the IP header that goes with them.
 *
 * @module
 */
import { emptyIpInfo } from "../script/parse_ip_info.ts";
import {
  ICMPV6_MGM_QUERY,
  ICMPV6_MGM_REDUCTION,
  ICMPV6_MGM_REPORT,
  ICMPV6_MLD2_REPORT,
} from "../../abi/icmp_constants.ts";
import { IpAddress, MacAddress } from "../../stack/wire/address.ts";
import { pseudoHeaderSum } from "../../stack/wire/checksum.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import * as igmp from "../../stack/wire/igmp.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as mld from "../../stack/wire/mld.ts";
import * as nd from "../../stack/wire/nd.ts";
import { IPPROTO_ICMPV6, IPPROTO_IGMP } from "../../abi/socket_constants.ts";
import type { IpInfo, MessageBody, PacketAction, WordedMessage } from "../script/syntax.ts";
import { applyChecksum } from "./build_ip.ts";
import type { Comparison } from "./fields.ts";
import type { LivePacket } from "./live.ts";

/** Router alert: IPv4 option (RFC 2113), and what stands in the hop-by-hop header behind its length (RFC 2711). */
const ROUTER_ALERT4 = Uint8Array.of(0x94, 4, 0, 0);
const ROUTER_ALERT6 = Uint8Array.of(5, 2, 0, 0, 1, 0);
const ND_HOP_LIMIT = 255;
const IGMP_TOS = 0xc0;
const CHECKSUM = 2;

const ND_TYPES = {
  "router-solicitation": nd.NDISC_ROUTER_SOLICITATION,
  "router-advertisement": nd.NDISC_ROUTER_ADVERTISEMENT,
  "neighbor-solicitation": nd.NDISC_NEIGHBOUR_SOLICITATION,
  "neighbor-advertisement": nd.NDISC_NEIGHBOUR_ADVERTISEMENT,
  "redirect": nd.NDISC_REDIRECT,
} as const;
const MLD_TYPES = {
  "mld-query": ICMPV6_MGM_QUERY,
  "mld-report": ICMPV6_MGM_REPORT,
  "mld-done": ICMPV6_MGM_REDUCTION,
  "mld2-report": ICMPV6_MLD2_REPORT,
} as const;
const ALL_IGMP_ROUTERS = IpAddress.fromU32(0xe0000016);
const ALL_ROUTERS4 = IpAddress.fromU32(0xe0000002);
const ALL_MLD2_ROUTERS = IpAddress.parse("ff02::16");

/** Its ICMPv6 or IGMP type. */
export function messageType(message: MessageBody): number {
  switch (message.protocol) {
    case "nd":
      return ND_TYPES[message.body.kind];
    case "mld":
      return MLD_TYPES[message.body.kind];
    case "igmp":
      return message.type;
  }
}

/** The number of its protocol. */
export function messageProtocol(message: MessageBody): number {
  return message.protocol === "igmp" ? IPPROTO_IGMP : IPPROTO_ICMPV6;
}

/** Where such a message goes if nobody says otherwise; undefined: to the other end. */
export function usualDestination(message: MessageBody): IpAddress | undefined {
  switch (message.protocol) {
    case "nd":
      return ndDestination(message.body);
    case "mld":
      return mldDestination(message.body);
    case "igmp": {
      const { body, type } = message;
      if (body.kind === "report3") return ALL_IGMP_ROUTERS;
      if (type === igmp.IGMP_HOST_LEAVE_MESSAGE) return ALL_ROUTERS4;
      return body.group.isUnspecified ? IpAddress.ALL_SYSTEMS4 : body.group;
    }
  }
}

function ndDestination(body: nd.NdBody): IpAddress | undefined {
  switch (body.kind) {
    case "neighbor-solicitation":
      return body.target.solicitedNode();
    case "router-advertisement":
      return IpAddress.ALL_NODES6;
    case "router-solicitation":
      return IpAddress.ALL_ROUTERS6;
    default:
      return undefined;
  }
}

function mldDestination(body: mld.MldBody): IpAddress {
  switch (body.kind) {
    case "mld2-report":
      return ALL_MLD2_ROUTERS;
    case "mld-done":
      return IpAddress.ALL_ROUTERS6;
    default:
      return body.multicastAddress.isUnspecified ? IpAddress.ALL_NODES6 : body.multicastAddress;
  }
}

/** The link-local address that goes with a MAC address (RFC 4291 appendix A). */
export function linkLocalOf(mac: string): IpAddress {
  const bytes = IpAddress.parse("fe80::").bytes.slice();
  bytes.set(MacAddress.parse(mac).eui64(), 8);
  return new IpAddress(bytes);
}

/** What stands in the IP header of such a message, but for what a script says otherwise. */
export function messageIpInfo(packet: PacketAction, message: MessageBody): IpInfo {
  const { ip, span } = packet;
  const base = ip ?? emptyIpInfo(span);
  const ttl = base.ttl ?? (message.protocol === "nd" ? ND_HOP_LIMIT : 1);
  if (message.protocol === "igmp") {
    return { ...base, ttl, tos: base.tos ?? IGMP_TOS, options: base.options ?? ROUTER_ALERT4 };
  }
  const alert = { kind: "hop-by-hop", data: ROUTER_ALERT6, span } as const;
  const extensions = message.protocol === "mld" && base.extensions.length === 0 ? [alert] : base.extensions;
  return { ...base, ttl, extensions };
}

/** The message's octets, its checksum done. */
export function messageOctets(worded: WordedMessage, source: IpAddress, destination: IpAddress): Uint8Array {
  const { message } = worded;
  let octets: Uint8Array;
  if (message.protocol === "igmp") {
    octets = igmp.emit({ type: message.type, maxRespCode: message.maxRespCode, body: message.body });
  } else {
    octets = message.protocol === "nd" ? nd.emitNd(message.body) : mld.emitMld(message.body);
    icmpv6.setType(octets, 0, messageType(message));
    icmpv6.fillChecksum(octets, 0, octets.length, pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, octets.length));
  }
  icmpv6.setChecksum(octets, 0, applyChecksum(icmpv6.checksum(octets, 0), worded.checksum));
  return octets;
}

/** What a message is about: the target asked for or told, the groups reported; empty where it is about nothing in particular. */
export function subjectOf(message: MessageBody): string {
  switch (message.protocol) {
    case "nd":
      return "target" in message.body ? message.body.target.key : "";
    case "mld":
      return message.body.kind === "mld2-report"
        ? message.body.records.map((record) => record.multicastAddress).join()
        : message.body.multicastAddress.key;
    case "igmp":
      return message.body.kind === "report3"
        ? message.body.records.map((record) => record.group).join()
        : message.body.group.key;
  }
}

/** As {@link subjectOf}, of a live message. */
export function liveSubject(live: LivePacket): string {
  const message = liveMessage(live);
  return message === undefined ? "" : subjectOf(message);
}

/** A live message taken apart; undefined if it is none of these. */
function liveMessage(live: LivePacket): MessageBody | undefined {
  const { bytes, transport: at, end } = live;
  if (live.family === 4) {
    if (live.protocol !== IPPROTO_IGMP || igmp.check(bytes, at, end) !== undefined) return undefined;
    return { protocol: "igmp", ...igmp.parse(bytes, at, end).header };
  }
  if (live.protocol !== IPPROTO_ICMPV6 || end - at < icmpv6.HEADER_LENGTH) return undefined;
  const found = nd.isNdType(bytes[at]!) ? nd.parseNd(bytes, at, end) : undefined;
  if (found !== undefined) return { protocol: "nd", body: found.body };
  const listener = mld.isMldType(bytes[at]!) ? mld.parseMld(bytes, at, end) : undefined;
  return listener === undefined ? undefined : { protocol: "mld", body: listener.body };
}

/** The message in words, as listings show it. */
export function formatMessage(message: MessageBody): string {
  switch (message.protocol) {
    case "nd":
      return `nd ${message.body.kind} ${nd.formatNd(message.body)}`.trimEnd();
    case "mld":
      return `mld ${message.body.kind} ${mld.formatMld(message.body)}`.trimEnd();
    case "igmp":
      return igmp.format({ type: message.type, maxRespCode: message.maxRespCode, checksum: 0, body: message.body });
  }
}

/** A live message in words; undefined if it is none of these. */
export function formatLiveMessage(live: LivePacket): string | undefined {
  const message = liveMessage(live);
  return message === undefined ? undefined : formatMessage(message);
}

/** Compares a live message with the expected one, octet by octet; the checksum was verified before. */
export function compareMessage(comparison: Comparison, live: LivePacket, worded: WordedMessage): void {
  const { bytes, transport: at, end } = live;
  const expected = messageOctets(worded, sourceOf(live), destinationOf(live));
  const length = worded.open ? Math.min(end - at, expected.length) : Math.max(end - at, expected.length);
  for (let i = 0; i < Math.max(length, expected.length); i++) {
    if (i === CHECKSUM || i === CHECKSUM + 1) continue;
    const came = at + i < end ? bytes[at + i] : undefined;
    if (came === expected[i]) continue;
    const wanted = formatMessage(worded.message);
    const actual = formatLiveMessage(live) ?? "another message";
    comparison.differ(
      "message",
      wanted,
      actual,
      `live message: octet ${i} differs: expected: ${wanted} vs actual: ${actual}`,
      {
        start: at + i,
        end: at + i + 1,
      },
    );
    return;
  }
}

function sourceOf(live: LivePacket): IpAddress {
  return live.family === 4 ? ipv4.source(live.bytes, live.ip) : ipv6.source(live.bytes, live.ip);
}

function destinationOf(live: LivePacket): IpAddress {
  return live.family === 4 ? ipv4.destination(live.bytes, live.ip) : ipv6.destination(live.bytes, live.ip);
}
