/** TCP segments, UDP datagrams and raw IP payloads. */
import type { Cursor, EffectiveToken } from "./cursor.ts";
import { parseChecksum } from "./parse_ip_info.ts";
import { parseAddress } from "./parse_mptcp.ts";
import { checkOptionLength, parseTcpOptions } from "./parse_tcp_options.ts";
import { unescapeString } from "./parse_expression.ts";
import type {
  ChecksumSpec,
  Payload,
  Ports,
  RawIpPayload,
  SequenceRange,
  Span,
  SubflowAddresses,
  TcpFlags,
  TcpSegment,
  UdpDatagram,
} from "./syntax.ts";

const BITS = { F: 0x01, S: 0x02, R: 0x04, P: 0x08, ".": 0x10, U: 0x20, E: 0x40, W: 0x80, A: 0x100 } as const;
const ECN_BITS = BITS.E | BITS.W | BITS.A;

/** `[encap psp spi N] [ports] flags seq [ack N] [win N] [urg N] [options]` and what the superset and nplab add. */
export function parseTcp(c: Cursor, direction: "in" | "out", quoted = false): TcpSegment {
  const start = c.peek().start;
  const psp = parsePsp(c);
  const subflow = parseSubflow(c);
  const ports = parsePorts(c);
  const flags = parseFlags(c);
  if (flags.anyPush && direction === "in") c.semantic(flags.span, "Invalid TCP flag: 'p'", "write P, or leave it out");
  const seq = parseSequence(c);
  const ack = c.acceptKeyword("ack") ? c.integer("ack sequence number") : undefined;
  const ackEnd = ack === undefined ? undefined : parseAckEnd(c, ack, direction);
  const window = c.acceptKeyword("win") ? c.integer("window value", 0xffff) : undefined;
  const urgent = c.acceptKeyword("urg") ? c.integer("urgent pointer", 0xffff) : undefined;
  const options = parseTcpOptions(c, { direction });
  let resetDiagnostic: TcpSegment["resetDiagnostic"];
  let udpEncapsulation: Ports | undefined;
  if (c.dialect === "nplab") {
    resetDiagnostic = parseResetDiagnostic(c);
    udpEncapsulation = parseUdpSuffix(c);
  }
  const extra = parseExtras(c, ["csum", "res", "doff", "payload", "trunc"]);
  const exact = parseExact(c, direction, quoted);
  const span = c.spanFrom(start);
  checkOptionLength(c, options, extra.numbers.get("doff"));
  if (direction === "in" && window === undefined && !quoted) {
    c.semantic(span, "window must be specified for inbound packets", "add win N behind the ack number");
  }
  checkPayloadLength(c, extra.payload, seq.length);
  return {
    kind: "tcp",
    psp,
    ports,
    flags,
    seq,
    ack,
    ackEnd,
    window,
    urgent,
    options,
    udpEncapsulation,
    resetDiagnostic,
    checksum: extra.checksum,
    reserved: extra.numbers.get("res"),
    dataOffset: extra.numbers.get("doff"),
    payload: extra.payload,
    truncate: extra.numbers.get("trunc"),
    exact,
    subflow,
    span,
  };
}

/** Superset `ack A~B`: the B of it. */
function parseAckEnd(c: Cursor, first: number, direction: "in" | "out"): number | undefined {
  const token = c.peek();
  if (!c.acceptChar("~")) return undefined;
  const last = c.integer("last ack sequence number");
  const span = c.spanFrom(token.start);
  c.usesHere("ack range", span);
  if (direction === "in") c.semantic(span, "an inbound packet has one ack number", "write ack N");
  if (last < first) c.semantic(span, "the range of ack numbers is backwards", `write ack ${last}~${first}`);
  return last;
}

/** Superset `exact`: what packetdrill does not compare is compared as far as it is written. */
function parseExact(c: Cursor, direction: "in" | "out", quoted: boolean): boolean {
  const token = c.peek();
  if (!c.acceptKeyword("exact")) return false;
  const span = c.tokenSpan(token);
  c.usesHere("exact", span);
  if (direction === "in" && !quoted) {
    c.semantic(span, "exact can only be used with outbound packets", "what is injected is as it is written");
  }
  return true;
}

/** multipath-tcp `addr[a] > addr[b]`; the first may be left out. */
function parseSubflow(c: Cursor): SubflowAddresses | undefined {
  const start = c.peek().start;
  const isAddress = (ahead: number) =>
    (c.isKeyword("addr", ahead) || c.isKeyword("addr6", ahead)) && c.isChar("[", ahead + 1);
  if (!isAddress(0) && !(c.isChar(">") && isAddress(1))) return undefined;
  const source = isAddress(0) ? parseAddress(c).address : undefined;
  c.expectChar(">");
  const destination = isAddress(0) ? parseAddress(c).address : undefined;
  const span = c.spanFrom(start);
  c.usesHere("MPTCP subflows", span);
  return { source, destination, span };
}

function parsePsp(c: Cursor): TcpSegment["psp"] {
  if (!c.isKeyword("encap")) return undefined;
  const start = c.next().start;
  c.expectKeyword("psp");
  c.expectKeyword("spi");
  const spi = c.anyInteger("PSP SPI");
  return { spi, span: c.spanFrom(start) };
}

/** `sport > dport`, if an INTEGER stands here. */
export function parsePorts(c: Cursor): Ports | undefined {
  if (!c.isKind("integer") || !c.isChar(">", 1)) return undefined;
  const start = c.peek().start;
  const source = c.integer("source port", 0xffff);
  c.expectChar(">");
  const destination = c.integer("destination port", 0xffff);
  return { source, destination, span: c.spanFrom(start) };
}

/** `WORD ['.']`, `[WORD] FLOAT`, `.` or `-`; nplab also `WORD . WORD`. */
function parseFlags(c: Cursor): TcpFlags {
  const start = c.peek().start;
  let text = "";
  if (c.isChar("-")) {
    c.next();
    return buildFlags("", c.spanFrom(start), undefined);
  }
  if (c.isKind("word")) text += takeFlagText(c.next());
  if (c.isKind("float")) {
    text += takeFlagText(c.next());
  } else if (c.isChar(".")) {
    c.next();
    text += ".";
    if (c.dialect === "nplab" && c.isKind("word")) text += takeFlagText(c.next());
  } else if (text === "") {
    c.expecting("TCP flags");
    const hint = c.isKind("ellipsis") ? "an ACK without other flags is one dot" : undefined;
    c.fail(hint);
  }
  return buildFlags(text, c.spanFrom(start), c);
}

function takeFlagText(token: EffectiveToken): string {
  return token.text;
}

function buildFlags(text: string, span: Span, c: Cursor | undefined): TcpFlags {
  let bits = 0;
  let digit: number | undefined;
  let letters = false;
  let anyPush = false;
  for (const char of text) {
    if (char === "p" && c !== undefined && c.dialect !== "nplab") {
      c.uses("optional PSH", span);
      anyPush = true;
      continue;
    }
    const known = Object.hasOwn(BITS, char);
    if (!known && !/[0-7]/.test(char)) {
      c?.semantic(span, `Invalid TCP flag: '${char}'`, "flags are . F S R P U E W A and one digit 0 to 7");
      break;
    }
    const isDigit = !known;
    const isEcn = char === "E" || char === "W" || char === "A";
    if ((isDigit && (digit !== undefined || letters)) || (isEcn && digit !== undefined)) {
      c?.semantic(span, `Conflicting TCP flag: '${char}'`, "write the ECN bits as one digit or as E W A, not both");
      break;
    }
    letters ||= isEcn;
    if (isDigit) {
      digit = Number(char);
      bits |= ((digit & 1) !== 0 ? BITS.E : 0) | ((digit & 2) !== 0 ? BITS.W : 0) | ((digit & 4) !== 0 ? BITS.A : 0);
    } else {
      bits |= BITS[char as keyof typeof BITS];
    }
  }
  const ace = digit !== undefined && digit !== 0 && (bits & ECN_BITS) !== 0 ? digit : undefined;
  return { ...tcpFlags(bits, ace, span), anyPush };
}

/** Flags from header bits. */
export function tcpFlags(bits: number, ace: number | undefined, span: Span): TcpFlags {
  return {
    bits,
    fin: (bits & BITS.F) !== 0,
    syn: (bits & BITS.S) !== 0,
    rst: (bits & BITS.R) !== 0,
    psh: (bits & BITS.P) !== 0,
    anyPush: false,
    ack: (bits & BITS["."]) !== 0,
    urg: (bits & BITS.U) !== 0,
    ece: (bits & BITS.E) !== 0,
    cwr: (bits & BITS.W) !== 0,
    ae: (bits & BITS.A) !== 0,
    ace,
    span,
  };
}

/** `start:end(length)`; nplab `…!` and `...(length)`. */
export function parseSequence(c: Cursor): SequenceRange {
  const first = c.peek();
  if (c.dialect === "nplab" && c.isKind("ellipsis")) {
    c.next();
    c.expectChar("(");
    const length = c.integer("payload length", 0xffff);
    c.expectChar(")");
    return { start: 0, end: 0, length, absolute: false, wildcard: true, span: c.spanFrom(first.start) };
  }
  const before = c.problems.length;
  const start = c.integer("start sequence number");
  c.expectChar(":");
  const end = c.integer("end sequence number");
  c.expectChar("(");
  const length = c.integer("payload length", 0xffff);
  c.expectChar(")");
  const absolute = c.dialect === "nplab" && c.acceptChar("!");
  const span = c.spanFrom(first.start);
  if (end !== start + length && c.problems.length === before) {
    const alternatives = [`${start}:${start + length}(${length})`];
    if (end > start) alternatives.push(`${start}:${end}(${end - start})`);
    c.semantic(span, "inconsistent TCP sequence numbers and payload size", undefined, alternatives);
  }
  return { start, end, length, absolute, wildcard: false, span };
}

/** nplab `/udp(source > destination)`. */
export function parseUdpSuffix(c: Cursor): Ports | undefined {
  if (!c.isChar("/")) return undefined;
  c.next();
  c.expectKeyword("udp");
  c.expectChar("(");
  const ports = parsePorts(c);
  if (ports === undefined) {
    c.expecting("source > destination port");
    return c.fail();
  }
  c.expectChar(")");
  return ports;
}

/** nplab `[code N, pen N]`. */
function parseResetDiagnostic(c: Cursor): TcpSegment["resetDiagnostic"] {
  if (!c.isChar("[")) return undefined;
  const start = c.next().start;
  c.expectKeyword("code");
  const code = c.integer("diagnostic code");
  c.expectChar(",");
  c.expectKeyword("pen");
  const pen = c.integer("private enterprise number");
  c.expectChar("]");
  return { code, pen, span: c.spanFrom(start) };
}

/** Fields of the superset that may follow a transport header, in any order. */
export interface Extras {
  readonly checksum: ChecksumSpec | undefined;
  readonly payload: Payload | undefined;
  readonly numbers: ReadonlyMap<string, number>;
  readonly any: boolean;
}

const LIMITS: Readonly<Record<string, number>> = { res: 7, doff: 15, len: 0xffff, trunc: 0xffff };

/** The words `names` of the superset, each at most once. */
export function parseExtras(c: Cursor, names: readonly string[]): Extras {
  let checksum: ChecksumSpec | undefined;
  let payload: Payload | undefined;
  const numbers = new Map<string, number>();
  const seen = new Set<string>();
  for (;;) {
    const token = c.peek();
    const name = token.symbol === undefined && token.kind === "word" ? token.text : "";
    if (!names.includes(name)) {
      return { checksum, payload, numbers, any: seen.size > 0 };
    }
    if (seen.has(name)) c.fail("each field can be given once");
    seen.add(name);
    if (name === "csum") {
      checksum = parseChecksum(c);
    } else if (name === "payload") {
      payload = parsePayload(c);
    } else {
      c.next();
      numbers.set(name, c.integer(name, LIMITS[name] ?? 0xffff));
    }
    c.uses(name, c.spanFrom(token.start));
  }
}

/** `payload "text"`, `payload HEX`; both may be repeated and are joined. */
function parsePayload(c: Cursor): Payload {
  const start = c.expectKeyword("payload").start;
  const bytes: number[] = [];
  do {
    if (c.isKind("string")) {
      const token = c.next();
      const { bytes: text, problem } = unescapeString(token.text);
      if (text === undefined) c.semantic(c.tokenSpan(token), problem ?? "bad escape");
      else bytes.push(...text);
    } else {
      c.expecting("a string");
      bytes.push(...c.hexBytes("payload", 0xffff));
    }
  } while (c.isKind("string"));
  return { bytes: Uint8Array.from(bytes), span: c.spanFrom(start) };
}

/** A payload that is written out must have the length that the packet says. */
export function checkPayloadLength(c: Cursor, payload: Payload | undefined, length: number): void {
  if (payload === undefined || payload.bytes.length === length) return;
  c.semantic(
    payload.span,
    `payload has ${payload.bytes.length} bytes, the packet says ${length}`,
    "make the two agree",
  );
}

/** `udp [ports] (length)` and the superset's fields. */
export function parseUdp(c: Cursor, direction: "in" | "out", quoted: boolean): UdpDatagram {
  const start = c.expectKeyword("udp").start;
  const ports = parsePorts(c);
  c.expectChar("(");
  const length = c.integer("UDP payload size", 0xffff);
  c.expectChar(")");
  const extra = parseExtras(c, ["csum", "len", "payload", "trunc"]);
  checkPayloadLength(c, extra.payload, length);
  const exact = parseExact(c, direction, quoted);
  return {
    kind: "udp",
    exact,
    coverage: undefined,
    ports,
    length,
    checksum: extra.checksum,
    lengthField: extra.numbers.get("len"),
    payload: extra.payload,
    truncate: extra.numbers.get("trunc"),
    span: c.spanFrom(start),
  };
}

/** nplab `udplite (length, coverage)` (RFC 3828). */
export function parseUdpLite(c: Cursor): UdpDatagram {
  const start = c.expectKeyword("udplite").start;
  const ports = parsePorts(c);
  c.expectChar("(");
  const length = c.integer("UDP-Lite payload size", 0xffff);
  c.expectChar(",");
  const coverage = c.integer("checksum coverage", 0xffff);
  c.expectChar(")");
  const span = c.spanFrom(start);
  c.usesHere("udplite", span);
  return {
    kind: "udp",
    ports,
    length,
    checksum: undefined,
    lengthField: undefined,
    payload: undefined,
    truncate: undefined,
    exact: false,
    coverage,
    span,
  };
}

/** Superset `ip proto N (length)`. */
export function parseRawIp(c: Cursor): RawIpPayload {
  const start = c.expectKeyword("ip").start;
  c.expectKeyword("proto");
  const protocol = c.anyInteger("protocol", 255);
  c.expectChar("(");
  const length = c.integer("payload length", 0xffff);
  c.expectChar(")");
  const extra = parseExtras(c, ["payload", "trunc"]);
  checkPayloadLength(c, extra.payload, length);
  const span = c.spanFrom(start);
  c.uses("ip proto", span);
  return { kind: "ip", protocol, length, payload: extra.payload, truncate: extra.numbers.get("trunc"), span };
}
