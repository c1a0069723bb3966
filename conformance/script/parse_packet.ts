/** A packet line: direction, outer headers, IP fields, and what it carries. */
import type { Cursor } from "./cursor.ts";
import { parseAddressPair } from "./parse_addresses.ts";
import { parseEncapsulations } from "./parse_encapsulation.ts";
import { parseIcmp, parseQuote } from "./parse_icmp.ts";
import { parseFragment, parseIpInfo } from "./parse_ip_info.ts";
import { isInterfaceName, parseArp, parseEthernet, parseInterfaceName } from "./parse_link.ts";
import { isWordedMessage, parseMessage } from "./parse_message.ts";
import { parseRawIp, parseTcp, parseUdp, parseUdpLite } from "./parse_tcp.ts";
import type { PacketAction, Repeat, SilenceAction, Transport } from "./syntax.ts";

/** IP, transport and four encapsulations: what packetdrill has room for. */
const MAX_HEADERS = 6;

/** From `<` or `>` to the end of the packet. */
export function parsePacket(c: Cursor): PacketAction | SilenceAction {
  const start = c.peek().start;
  const through = isInterfaceName(c) ? parseInterfaceName(c) : undefined;
  const mark = c.next();
  const direction = mark.text === "<" ? "in" : "out";
  const repeat = parseRepeat(c, direction);
  if (direction === "out" && c.isKeyword("none")) {
    c.next();
    const span = c.spanFrom(start);
    c.uses("none", span);
    return { kind: "silence", interface: through, span };
  }
  if (c.isKeyword("dev")) c.fail("write the interface in front of the mark: eth0 <", "'dev' is reserved");
  const ethernet = parseEthernet(c);
  const encapsulations = parseEncapsulations(c, direction);
  const quoteFirst = c.isChar("[") && c.isKind("integer", 1) ? parseQuote(c, direction, parseQuoted) : undefined;
  const ip = c.isChar("(") || c.isChar("[") ? parseIpInfo(c, direction, c.wire) : undefined;
  const addresses = parseAddressPair(c);
  const fragment = c.isKeyword("frag") ? parseFragment(c) : undefined;
  const transport = quoteFirst === undefined
    ? parseTransport(c, direction, false)
    : parseIcmp(c, direction, parseQuoted, quoteFirst);
  const span = c.spanFrom(start);
  if (transport.kind === "udp" && ip?.ecn !== undefined) {
    c.semantic(ip.span, "ECN can only be used with TCP packets", "write tos 0x… instead");
  }
  if (encapsulations.length + 2 > MAX_HEADERS) {
    c.semantic(span, "too many headers", `a packet has room for ${MAX_HEADERS}, transport included`);
  }
  if (transport.kind === "arp" && (ip !== undefined || addresses !== undefined || encapsulations.length > 0)) {
    c.semantic(transport.span, "ARP is not carried by IP", "leave out what stands in front of it, but for eth …:");
  }
  return {
    kind: "packet",
    interface: through,
    direction,
    repeat,
    ethernet,
    encapsulations,
    ip,
    addresses,
    fragment,
    transport,
    span,
  };
}

/** What follows the IP header. */
function parseTransport(c: Cursor, direction: "in" | "out", quoted: boolean): Transport {
  if (c.isKeyword("udp")) return parseUdp(c, direction, quoted);
  if (c.isKeyword("udplite")) return parseUdpLite(c);
  if (c.isKeyword("icmp") || c.isKeyword("icmpv4") || c.isKeyword("icmpv6")) {
    return parseIcmp(c, direction, parseQuoted);
  }
  if (c.isKeyword("sctp")) c.fail("netproof reads and runs TCP, UDP and ICMP", "SCTP is not part of the language");
  if (c.isKeyword("ip") && c.isKeyword("proto", 1)) return parseRawIp(c);
  if (!quoted && isWordedMessage(c)) return parseMessage(c);
  if (!quoted && c.isKeyword("arp")) return parseArp(c);
  for (const what of ["'udp'", "'icmp'", "ports"]) c.expecting(what);
  return parseTcp(c, direction, quoted);
}

/** What follows the IP header of a packet that an ICMP message quotes. */
function parseQuoted(c: Cursor, direction: "in" | "out"): Transport {
  return parseTransport(c, direction, true);
}

/** Superset `{n}`, `{min,max}`, `{min,}` and `?` behind the direction mark. */
function parseRepeat(c: Cursor, direction: "in" | "out"): Repeat | undefined {
  const start = c.peek().start;
  let min = 0;
  let max = 1;
  if (c.isChar("?")) {
    c.next();
  } else if (c.isChar("{")) {
    c.next();
    min = c.integer("least count", 65535);
    max = min;
    if (c.acceptChar(",")) {
      max = c.isKind("integer") ? c.integer("largest count", 65535) : Number.POSITIVE_INFINITY;
    }
    c.expectChar("}");
  } else {
    return undefined;
  }
  const span = c.spanFrom(start);
  if (max < min) c.semantic(span, "the largest count is less than the least", "write {least,largest}");
  if (direction === "in" && min !== max) {
    c.semantic(span, "an inbound packet needs one count", "write {N}: what is injected is not up to the other side");
  }
  c.uses("repeat", span);
  return { min, max, span };
}
