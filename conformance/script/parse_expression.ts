/** Arguments and results of system calls (the grammar's `expr`). */
import type { Cursor } from "./cursor.ts";
import { parseIpv4, parseIpv6 } from "./inet_address.ts";
import { parseGreFields, parseMplsEntries } from "./parse_encapsulation.ts";
import { isPacketInfo, isSocketAddress, parsePacketInfo, parseSocketAddress } from "./parse_sockaddr.ts";
import { symbolValue } from "./symbols.ts";
import type {
  EpollEventExpression,
  Expression,
  IntegerExpression,
  ListExpression,
  Span,
  StringExpression,
  WordExpression,
} from "./syntax.ts";

/** How deep braces and brackets may nest: far beyond any script, well within the stack. */
const MAX_DEPTH = 64;

/** `expr`, with `|` and `NAME = value`. */
export function parseExpression(c: Cursor, depth = 0): Expression {
  const start = c.peek().start;
  let left = parseOperand(c, depth);
  while (c.acceptChar("|")) {
    const right = parseOperand(c, depth);
    left = { kind: "binary_expression", operator: "|", left, right, span: c.spanFrom(start) };
  }
  return left;
}

function parseOperand(c: Cursor, depth: number): Expression {
  if (depth > MAX_DEPTH) c.fail("too many levels of brackets", "expression is nested too deeply");
  const token = c.peek();
  if (c.dialect !== "nplab" && isSocketAddress(c)) return parseSocketAddress(c);
  switch (token.kind) {
    case "ellipsis":
      c.next();
      return { kind: "ellipsis", span: c.tokenSpan(token) };
    case "integer":
    case "hex":
      return parseIntegerLiteral(c);
    case "word":
      return parseWordOrAssignment(c, depth);
    case "string":
      return parseStrings(c);
    case "reserved":
      if (c.isKeyword("inet_addr")) return parseInetAddr(c);
      if (c.isKeyword("inet6_addr")) return parseInet6Addr(c);
      break;
    case "char":
      if (c.isChar("[")) return parseList(c, depth);
      if (c.isChar("{")) return parseBrace(c, depth);
      break;
    default:
  }
  c.expecting("an expression");
  return c.fail(
    token.kind === "reserved" ? `'${token.text}' is a word of the language and cannot be a name here` : undefined,
  );
}

/** INTEGER or HEX_INTEGER. */
export function parseIntegerLiteral(c: Cursor): IntegerExpression {
  const token = c.peek();
  if (token.kind !== "integer" && token.kind !== "hex") {
    c.expecting("a number");
    c.fail();
  }
  c.next();
  const span = c.tokenSpan(token);
  let bits = token.text.startsWith("-") ? -BigInt(token.text.slice(1)) : BigInt(token.text);
  if (bits < -(2n ** 63n) || bits >= 2n ** 64n) {
    c.semantic(span, `number out of range: ${token.text}`, "at most 64 bits");
    bits = 0n;
  }
  return { kind: "integer", value: Number(bits), bits, span };
}

function parseWordOrAssignment(c: Cursor, depth: number): Expression {
  const token = c.next();
  const name: WordExpression = wordExpression(c, token.text, c.tokenSpan(token));
  if (!c.isChar("=")) return name;
  c.next();
  const right = parseExpression(c, depth + 1);
  return { kind: "binary_expression", operator: "=", left: name, right, span: c.spanFrom(token.start) };
}

function wordExpression(c: Cursor, name: string, span: Span): WordExpression {
  return { kind: "word", name, value: symbolValue(name, c.dialect), span };
}

/** Adjacent strings are one; `STRING ...` is the string. */
function parseStrings(c: Cursor): StringExpression {
  const start = c.peek().start;
  let raw = "";
  do raw += c.next().text; while (c.isKind("string"));
  if (c.isKind("ellipsis")) c.next();
  const { bytes, problem } = unescapeString(raw);
  return { kind: "string", raw, bytes, problem, span: c.spanFrom(start) };
}

/**
 * packetdrill's escapes: `\f \n \r \t \v`, `\xHH`; `\\` and `\"` both give a form feed, as they do there. Any other is a
 * run-time error of the call.
 */
export function unescapeString(raw: string): { bytes: Uint8Array | undefined; problem: string | undefined } {
  const source = new TextEncoder().encode(raw);
  const out: number[] = [];
  const simple: Record<string, number> = { f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 12, '"': 12 };
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] ?? 0;
    if (byte !== 0x5c) {
      out.push(byte);
      continue;
    }
    const letter = String.fromCharCode(source[++at] ?? 0);
    const value = simple[letter];
    if (value !== undefined) {
      out.push(value);
    } else if (letter === "x") {
      const digits = String.fromCharCode(...source.slice(at + 1, at + 3));
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
        return { bytes: undefined, problem: `invalid hex escape (\\xhh): '\\x${digits}'` };
      }
      out.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      return { bytes: undefined, problem: `unsupported escape code: '${letter}'` };
    }
  }
  return { bytes: Uint8Array.from(out), problem: undefined };
}

function parseQuotedAddress(c: Cursor): { text: string; span: Span } {
  c.expectChar("(");
  const token = c.expectKind("string", "an address in quotes");
  c.expectChar(")");
  return { text: token.text, span: c.tokenSpan(token) };
}

function parseInetAddr(c: Cursor): IntegerExpression {
  const start = c.next().start;
  const { text, span } = parseQuotedAddress(c);
  const bytes = parseIpv4(text);
  if (bytes === undefined) c.semantic(span, `bad IPv4 address: "${text}"`);
  // A little-endian machine's view of the address in network order, as in_addr.s_addr is there.
  const value = bytes === undefined ? 0 : new DataView(bytes.buffer).getUint32(0, true);
  return { kind: "integer", value, bits: BigInt(value), span: c.spanFrom(start) };
}

function parseInet6Addr(c: Cursor): Expression {
  const start = c.next().start;
  const { text, span } = parseQuotedAddress(c);
  const bytes = parseIpv6(text);
  if (bytes === undefined) c.semantic(span, `bad IPv6 address: "${text}"`);
  return { kind: "in6_addr", address: text, bytes: bytes ?? new Uint8Array(16), span: c.spanFrom(start) };
}

/** `[a, b]`. */
export function parseList(c: Cursor, depth = 0): ListExpression {
  const start = c.expectChar("[").start;
  const elements: Expression[] = [];
  if (!c.acceptChar("]")) {
    elements.push(...parseElements(c, depth));
    c.expectChar("]");
  }
  return { kind: "list", elements, brace: false, span: c.spanFrom(start) };
}

function parseElements(c: Cursor, depth: number): Expression[] {
  const elements = [parseExpression(c, depth + 1)];
  while (c.acceptChar(",")) elements.push(parseExpression(c, depth + 1));
  return elements;
}

/** `name = ` of a struct field. */
function field(c: Cursor, name: string): void {
  c.expectKeyword(name, "the fields of a struct stand in a fixed order");
  c.expectChar("=");
}

function parseBrace(c: Cursor, depth: number): Expression {
  const start = c.expectChar("{").start;
  const inner = depth + 1;
  const finish = <T extends object>(node: T): T & { span: Span } => {
    c.expectChar("}");
    return { ...node, span: c.spanFrom(start) };
  };
  const number = (name: string): number => {
    field(c, name);
    return c.integer(name);
  };
  const value = (name: string): Expression => {
    field(c, name);
    return parseExpression(c, inner);
  };

  if (c.isChar("(") || c.isChar("}")) return finish({ kind: "mpls_stack", entries: parseMplsEntries(c) });
  const isFlags = c.isKeyword("flags") && (c.isChar("[", 1) || c.isKind("integer", 1) || c.isKind("hex", 1));
  if (isFlags || c.isKeyword("Flags")) return finish({ kind: "gre", gre: parseGreFields(c) });
  if (c.isKind("ellipsis") && c.isChar(",", 1) && c.isKind("integer", 2) && c.isChar("}", 3)) {
    const ellipsis = c.next();
    c.next();
    const length = c.integer("iov_len");
    return finish({ kind: "iovec", base: { kind: "ellipsis", span: c.tokenSpan(ellipsis) }, length });
  }
  if (c.dialect === "nplab" && c.isKeyword("iov_base")) {
    field(c, "iov_base");
    const token = c.expectKind("ellipsis", "'...'");
    c.expectChar(",");
    return finish({ kind: "iovec", base: { kind: "ellipsis", span: c.tokenSpan(token) }, length: number("iov_len") });
  }
  if (c.dialect !== "nplab" && isPacketInfo(c)) return parsePacketInfo(c, value, finish);
  if (c.isKeyword("sa_family")) return parseSockaddr(c, finish);
  if (c.isKeyword("msg_name")) return parseMsghdr(c, inner, finish);
  if (c.isKeyword("fd")) {
    const fd = value("fd");
    c.expectChar(",");
    const events = value("events");
    const revents = c.acceptChar(",") ? value("revents") : undefined;
    return finish({ kind: "pollfd", fd, events, revents });
  }
  if (c.isKeyword("events")) return parseEpollEvent(c, value, finish);
  if (c.isKeyword("onoff")) {
    const onoff = number("onoff");
    c.expectChar(",");
    return finish({ kind: "linger", onoff, linger: number("linger") });
  }
  if (c.dialect === "nplab" && c.isKeyword("cmsg_len")) {
    number("cmsg_len");
    c.expectChar(",");
  }
  if (c.isKeyword("cmsg_level")) {
    const level = value("cmsg_level");
    c.expectChar(",");
    const type = value("cmsg_type");
    c.expectChar(",");
    return finish({ kind: "cmsg", level, type, data: value("cmsg_data") });
  }
  if (c.isKeyword("scm_sec")) {
    const sec = number("scm_sec");
    c.expectChar(",");
    return finish({ kind: "scm_timestamping", sec, nsec: number("scm_nsec") });
  }
  if (c.isKeyword("ee_errno")) {
    const [errno, origin, type, code, info, data] = ["errno", "origin", "type", "code", "info", "data"].map(
      (name, i) => {
        if (i > 0) c.expectChar(",");
        return value(`ee_${name}`);
      },
    ) as [Expression, Expression, Expression, Expression, Expression, Expression];
    return finish({ kind: "sock_extended_err", errno, origin, type, code, info, data });
  }
  if (c.dialect === "nplab" && c.isKeyword("function_set_name")) {
    field(c, "function_set_name");
    const name = c.expectKind("string", "a name in quotes").text;
    c.expectChar(",");
    return finish({ kind: "tcp_function_set", name, pcbcnt: number("pcbcnt") });
  }
  return finish({ kind: "list", elements: parseElements(c, depth), brace: true });
}

type Finish = <T extends object>(node: T) => T & { span: Span };

function parseSockaddr(c: Cursor, finish: Finish): Expression {
  field(c, "sa_family");
  const token = c.expectKind("word", "an address family");
  const family = wordExpression(c, token.text, c.tokenSpan(token));
  c.expectChar(",");
  field(c, "sin_port");
  c.expectKeyword("htons");
  c.expectChar("(");
  const port = c.integer("port", 65535);
  c.expectChar(")");
  c.expectChar(",");
  field(c, "sin_addr");
  c.expectKeyword("inet_addr");
  const { text, span } = parseQuotedAddress(c);
  if (parseIpv4(text) === undefined) c.semantic(span, `bad IPv4 address: "${text}"`);
  return finish({ kind: "sockaddr_in", family, port, address: text });
}

function parseMsghdr(c: Cursor, depth: number, finish: Finish): Expression {
  c.expectKeyword("msg_name");
  c.expectChar("(");
  c.expectKind("ellipsis", "'...'");
  c.expectChar(")");
  c.expectChar("=");
  const named = c.dialect !== "nplab" && isSocketAddress(c) || c.isChar("{");
  const name = named ? parseOperand(c, depth) : undefined;
  if (name === undefined) c.expectKind("ellipsis", "'...'");
  c.expectChar(",");
  c.expectKeyword("msg_iov");
  c.expectChar("(");
  const iovLength = c.integer("msg_iovlen");
  c.expectChar(")");
  c.expectChar("=");
  const iov = parseList(c, depth);
  c.expectChar(",");
  let control: ListExpression | undefined;
  if (c.dialect === "nplab") {
    c.expectKeyword("msg_control");
    c.expectChar("(");
    c.integer("msg_controllen");
    c.expectChar(")");
    c.expectChar("=");
    control = parseList(c, depth);
    c.expectChar(",");
  }
  field(c, "msg_flags");
  const flags = parseExpression(c, depth);
  if (c.dialect !== "nplab" && c.acceptChar(",")) {
    field(c, "msg_control");
    control = parseList(c, depth);
  }
  return finish({ kind: "msghdr", name, iovLength, iov, flags, control });
}

function parseEpollEvent(c: Cursor, value: (name: string) => Expression, finish: Finish): Expression {
  const events = value("events");
  c.expectChar(",");
  for (const dataKind of ["fd", "ptr", "u32", "u64"] as const satisfies readonly EpollEventExpression["dataKind"][]) {
    if (c.isKeyword(dataKind)) return finish({ kind: "epollev", events, dataKind, data: value(dataKind) });
    c.expecting(`'${dataKind}'`);
  }
  return c.fail();
}
