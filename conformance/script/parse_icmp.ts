/** ICMP and ICMPv6 messages and what they quote. */
import type { Cursor } from "./cursor.ts";
import { icmpCode, icmpCodes, icmpType, icmpTypes } from "./icmp_names.ts";
import { nearest } from "./diagnostics.ts";
import { parseAddressPair } from "./parse_addresses.ts";
import { parseFragment, parseIpInfo } from "./parse_ip_info.ts";
import { checkPayloadLength, parseExtras, parseSequence, parseUdpSuffix } from "./parse_tcp.ts";
import type { Token } from "./lexer.ts";
import type { IcmpMessage, IcmpQuote, Transport } from "./syntax.ts";

/** Reads what a quoted packet carries, whatever that is: this file knows but the message around it. */
export type QuotedParser = (c: Cursor, direction: "in" | "out") => Transport;

/**
 * `icmp type [code] [mtu N] [id N] [quote]` and the superset's `seq N`, `pointer N`, `(N)`, `exact`.
 *
 * @param parseQuoted reads what a quoted packet carries
 * @param quoteFirst what packetdrill's first versions had in front of the word
 */
export function parseIcmp(
  c: Cursor,
  direction: "in" | "out",
  parseQuoted: QuotedParser,
  quoteFirst?: IcmpQuote,
): IcmpMessage {
  const word = parseIcmpWord(c);
  const start = quoteFirst?.span.start ?? word.start;
  const { type, code, known } = parseTypeAndCode(c);
  const mtuStart = c.peek().start;
  const mtu = c.acceptKeyword("mtu") ? c.integer("mtu value") : undefined;
  const mtuSpan = c.spanFrom(mtuStart);
  const id = c.acceptKeyword("id") ? c.integer("echo id", 0xffff) : undefined;
  const supersetStart = c.peek().start;
  const sequence = c.acceptKeyword("seq") ? c.integer("echo sequence number", 0xffff) : undefined;
  const pointer = c.acceptKeyword("pointer") ? c.integer("pointer", c.wire === "ipv4" ? 255 : 0xffffffff) : undefined;
  let dataLength: number | undefined;
  if (c.acceptChar("(")) {
    dataLength = c.integer("data length", 0xffff);
    c.expectChar(")");
  }
  const quoted = quoteFirst ??
    (dataLength === undefined && c.isChar("[") ? parseQuote(c, direction, parseQuoted) : undefined);
  const extra = parseExtras(c, ["csum", "payload", "trunc"]);
  checkPayloadLength(c, extra.payload, dataLength ?? 0);
  const exactWord = c.acceptKeyword("exact");
  const added = sequence !== undefined || pointer !== undefined || dataLength !== undefined || extra.any || exactWord;
  if (added) c.uses("icmp fields", c.spanFrom(supersetStart));
  if (mtu !== undefined && known && !takesMtu(c, type, code)) {
    c.semantic(
      mtuSpan,
      "ICMP mtu cannot be given for this type and code",
      c.wire === "ipv4" ? "only unreachable frag_needed has one" : "only packet_too_big has one",
    );
  } else if (mtu !== undefined && c.wire === "ipv4" && mtu > 0xffff) {
    c.semantic(mtuSpan, `mtu value out of range: ${mtu}`, "it must be 0 to 65535");
  }
  return {
    kind: "icmp",
    type,
    code,
    mtu,
    id,
    sequence,
    pointer,
    quoted,
    dataLength,
    payload: extra.payload,
    checksum: extra.checksum,
    truncate: extra.numbers.get("trunc"),
    exact: added || quoted?.kind === "packet",
    span: c.spanFrom(start),
  };
}

/** `icmp`, or the word that listings print for the family. */
function parseIcmpWord(c: Cursor): Token {
  const token = c.peek();
  if (c.isKeyword("icmp")) return c.next();
  const family = c.isKeyword("icmpv4") ? "ipv4" : c.isKeyword("icmpv6") ? "ipv6" : undefined;
  if (family === undefined) return c.expectKeyword("icmp");
  c.next();
  const span = c.tokenSpan(token);
  c.usesHere(token.text, span);
  if (family !== c.wire) {
    const hint = `write icmp, which is the family's own, or say // variants: ${family}`;
    c.semantic(span, `${token.text} in an ${c.wire === "ipv4" ? "IPv4" : "IPv6"} packet`, hint);
  }
  return token;
}

function takesMtu(c: Cursor, type: number, code: number): boolean {
  if (c.wire === "ipv4") return type === 3 && code === 4;
  return (type === 2 && code === 0) || (c.dialect === "nplab" && type === 134);
}

function parseTypeAndCode(c: Cursor): { type: number; code: number; known: boolean } {
  const typeToken = c.expectKind("word", "an ICMP type");
  const type = icmpType(c.wire, c.dialect, typeToken.text);
  if (type === undefined) {
    const names = Object.keys(icmpTypes(c.wire, c.dialect));
    const guess = nearest(typeToken.text, names);
    c.semantic(
      c.tokenSpan(typeToken),
      `bad ICMP type ${typeToken.text}`,
      guess === undefined ? `${c.wire} has ${names.join(" ")} and type_N` : `did you mean ${guess}?`,
    );
  }
  const superset = ["pointer", "csum", "payload", "trunc", "exact"];
  const token = c.peek();
  if (!c.isKind("word") || (token.symbol === undefined && superset.includes(token.text))) {
    return { type: type ?? 0, code: 0, known: type !== undefined };
  }
  c.next();
  const code = type === undefined ? 0 : icmpCode(c.wire, c.dialect, type, token.text);
  if (code === undefined) {
    const names = Object.keys(icmpCodes(c.wire, c.dialect, type ?? 0));
    const guess = nearest(token.text, names);
    const hint = token.text === "CODE"
      ? "define it: -D CODE=…"
      : guess !== undefined
      ? `did you mean ${guess}?`
      : `${c.wire} ${typeToken.text} has ${names.length === 0 ? "no names, only" : `${names.join(" ")} and`} code_N`;
    c.semantic(c.tokenSpan(token), `bad ICMP code ${token.text}`, hint);
  }
  return { type: type ?? 0, code: code ?? 0, known: type !== undefined && code !== undefined };
}

/** From `[` to `]`. */
export function parseQuote(c: Cursor, direction: "in" | "out", parseQuoted: QuotedParser): IcmpQuote {
  const start = c.expectChar("[").start;
  const length = (what: string): number => {
    c.next();
    c.expectChar("(");
    const value = c.integer(what, 0xffff);
    c.expectChar(")");
    return value;
  };
  if (c.isKeyword("udp")) {
    const value = length("UDP payload size");
    c.expectChar("]");
    return { kind: "udp", length: value, span: c.spanFrom(start) };
  }
  if (c.isKeyword("udplite")) {
    c.next();
    c.expectChar("(");
    const value = c.integer("UDP-Lite payload size", 0xffff);
    c.expectChar(",");
    c.integer("checksum coverage", 0xffff);
    c.expectChar(")");
    c.expectChar("]");
    return { kind: "udp", length: value, span: c.spanFrom(start) };
  }
  if (c.isKeyword("raw")) {
    const value = length("ICMP message size");
    c.expectChar("]");
    return { kind: "raw", length: value, span: c.spanFrom(start) };
  }
  if (c.isChar("(")) {
    c.next();
    const against = direction === "in" ? "out" : "in";
    const ip = c.isChar("(") || c.isChar("[") ? parseIpInfo(c, against, c.wire) : undefined;
    const addresses = parseAddressPair(c);
    const fragment = c.isKeyword("frag") ? parseFragment(c) : undefined;
    const transport = parseQuoted(c, against);
    c.expectChar(")");
    c.expectChar("]");
    const span = c.spanFrom(start);
    c.uses("icmp quote", span);
    return { kind: "packet", direction: against, ip, addresses, fragment, transport, span };
  }
  for (const what of ["'udp'", "'raw'", "'('"]) c.expecting(what);
  const seq = parseSequence(c);
  const udpEncapsulation = c.dialect === "nplab" ? parseUdpSuffix(c) : undefined;
  c.expectChar("]");
  return { kind: "tcp", seq, udpEncapsulation, span: c.spanFrom(start) };
}
