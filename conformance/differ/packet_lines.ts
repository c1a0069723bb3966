/**
 * The script of a {@link PacketLife}: packets with what they name, and at the end what the stack has counted.
 *
 * @module
 */
import { call, type Line } from "./draft.ts";
import type { Carried, Fault, PacketAct, PacketLife, Piece, Place } from "./packets.ts";

const ADDRESSES: Readonly<Record<PacketLife["family"], Readonly<Record<Place, string>>>> = {
  ipv4: {
    remote: "192.0.2.1",
    own: "192.168.0.1",
    ownBeyond: "10.1.0.1",
    beyond: "10.1.0.2",
    nowhere: "203.0.113.9",
    broadcast: "10.1.0.255",
    group: "224.0.0.1",
    loopback: "127.0.0.1",
    any: "0.0.0.0",
  },
  ipv6: {
    remote: "fd3d:fa7b:d17d::1",
    own: "fd3d:a0b:17d6::1",
    ownBeyond: "2001:db8:1::1",
    beyond: "2001:db8:1::2",
    nowhere: "2001:db8:99::9",
    broadcast: "2001:db8:98::ffff",
    group: "ff02::1",
    loopback: "::1",
    any: "::",
  },
};

/** Options of IPv4 by number: router alert, record route, time stamps without room, source route, unknown, cut off. */
const OPTIONS = ["", "94040000", "070704000000", "4408090000000001", "8307040a010002", "9e040102", "0720"];
/** Extension headers of IPv6 by number: padding, options to skip, to drop at, to report, a routing header, two of them. */
const EXTENSIONS = [
  "",
  "hopopts 0100",
  "dstopts 1e0100",
  "dstopts 5e0100",
  "dstopts 9e0100",
  "routing 0001000000000000000000000000000000000000000000",
  "hopopts 0100, dstopts c20400000000",
];
/** What both stacks count the same whatever the kernel sends by itself. */
const COUNTERS = {
  ipv4: [
    ..."InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards OutNoRoutes".split(" "),
    ..."ReasmReqds ReasmOKs ReasmFails ReasmTimeout FragOKs FragFails FragCreates".split(" "),
  ].map((name) => `Ip.${name}`).concat("Udp.InDatagrams", "Udp.NoPorts", "Udp.InErrors", "Icmp.InErrors"),
  ipv6: [
    ..."InHdrErrors InTooBigErrors InNoRoutes InAddrErrors InUnknownProtos InTruncatedPkts InDiscards".split(" "),
    ..."OutForwDatagrams ReasmReqds ReasmOKs ReasmFails ReasmTimeout FragOKs FragFails FragCreates".split(" "),
  ].map((name) => `Ip6.${name}`).concat("Udp6.InDatagrams", "Udp6.NoPorts", "Udp6.InErrors", "Icmp6.InErrors"),
} as const;

/** What stands before the lines: both links, a router without limits to its errors, reassembly that gives up soon. */
export function packetHeading({ family, mtu }: PacketLife, title: string): string[] {
  return [
    `// title: ${title}`,
    `// variants: ${family}`,
    "// offload: no",
    `// interface: tun1 10.1.0.1/24 2001:db8:1::1/64 mtu ${mtu}`,
    "--tolerance_usecs=20000",
    "",
    "`sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0",
    " sysctl -q net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 net.ipv4.icmp_msgs_burst=1000000",
    " sysctl -q net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1`",
    "",
  ];
}

/** How long after the last packet what has not come whole is given up, and a little, ms. */
const REASSEMBLY_MS = 1200;

/** The lines. */
export function packetLines(life: PacketLife): Line[] {
  const lines: Line[] = [
    { at_ms: 0, text: call("socket(..., SOCK_DGRAM, IPPROTO_UDP)", "3") },
    { at_ms: 0, text: call("bind(3, *:5000, ...)") },
  ];
  let at_ms = 10;
  life.packets.forEach((packet, i) => {
    at_ms += packet.after_ms;
    const texts = packet.pieces.length === 0 || packet.fault !== "none"
      ? [packetText(life.family, packet, i, "")]
      : packet.pieces.map((piece) => packetText(life.family, packet, i, pieceText(piece, packet, life.family)));
    for (const text of texts) lines.push({ at_ms: at_ms++, text });
    if (packet.carried === "open") {
      lines.push({ at_ms, text: call("recvfrom(3, ..., 3000, MSG_DONTWAIT, ..., ...)", "-1 EAGAIN (as it was)") });
    }
  });
  at_ms += REASSEMBLY_MS;
  for (const name of COUNTERS[life.family]) lines.push({ at_ms, text: `mib("${name}") >= +0` });
  return lines;
}

function packetText(family: PacketLife["family"], packet: PacketAct, i: number, fragment: string): string {
  const at = ADDRESSES[family];
  const fields = headerFields(family, packet, i, fragment !== "");
  // The usual interface's route to the other end has the stack's own address as its gateway: nothing is to be passed on by that.
  const through = packet.beyond || packet.destination === "remote" ? "tun1" : "tun0";
  const faulty = packet.fault === "short" ? " trunc 6" : "";
  const body = bodyText(packet.carried, packet.length);
  return `${through} < [${fields.join(", ")}] ${at[packet.source]} > ${
    at[packet.destination]
  }: ${fragment}${body}${faulty}`;
}

function headerFields(family: PacketLife["family"], packet: PacketAct, i: number, fragment: boolean): string[] {
  const tos = `0x${packet.tos.toString(16)}`;
  const six = family === "ipv6";
  const fields = six ? [`hlim ${packet.ttl}`, `class ${tos}`] : [`ttl ${packet.ttl}`, `tos ${tos}`];
  if (!six || fragment) fields.push(`id ${i + 1}`);
  if (!six) fields.push(packet.df && !fragment ? "df" : "-df");
  const more = six ? EXTENSIONS[packet.options]! : OPTIONS[packet.options]!;
  if (more !== "") fields.push(six ? more : `options ${more}`);
  const fault = faultField(packet.fault, six, packet);
  return fault === undefined ? fields : [...fields, fault];
}

function faultField(fault: Fault, six: boolean, { length }: PacketAct): string | undefined {
  switch (fault) {
    case "checksum":
      return six ? undefined : "csum bad";
    case "length":
      return `len ${length + 300}`;
    case "header":
      return six ? "nexthdr 60" : "ihl 4";
    default:
      return undefined;
  }
}

function bodyText(carried: Carried, length: number): string {
  switch (carried) {
    case "open":
      return `udp 1000 > 5000 (${length})`;
    case "closed":
      return `udp 1000 > 9 (${length})`;
    case "echo":
      return `icmp echo_request id 7 seq 1 (${length})`;
    case "unknown":
      return `ip proto 253 (${length})`;
    case "segment":
      return `1000 > 9 S 0:0(0) win 1000`;
    case "error":
      return `icmp unreachable port_unreachable [(udp 5000 > 9 (${length}))]`;
    case "odd":
      return `udp 1000 > 9 (${length}) csum bad`;
  }
}

/** Octets of header that a whole datagram has before its data. */
const HEADER = 8;
/** Octets of IP payload that one packet can have on the first link. */
const ROOM = 1400;

/** `frag A:B …` of a datagram, beyond whose end it may reach. */
function pieceText(
  { start, size, more, fill }: Piece,
  { length, carried }: PacketAct,
  family: PacketLife["family"],
): string {
  const total = carried === "segment" ? 20 : HEADER + length;
  const from = start * 8;
  // IPv6's header does not count, so that a piece may end beyond what a datagram can hold.
  const end = Math.min(from + Math.min(size * 8, ROOM), family === "ipv4" ? 65_528 : 65_536);
  const last = end >= total && from < total ? total : end;
  const flag = more === "set" ? " mf" : more === "clear" ? " -mf" : "";
  return `frag ${from}:${Math.max(last, from + 1)}${flag}${fill ? " fill 0x55" : ""} `;
}
