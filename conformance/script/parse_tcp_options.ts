/** The `<…>` of a TCP segment. */
import type { Cursor } from "./cursor.ts";
import { MPTCP_WORDS, parseMptcpOption } from "./parse_mptcp.ts";
import type { SackBlock, Span, TcpOption, TcpOptionList, Wildcard } from "./syntax.ts";
import { encodeTcpOptions, hasWildcard, optionPattern } from "./tcp_options.ts";

const U24 = 0xffffff;

/** What the segment around the options says that changes the rules for them. */
export interface OptionContext {
  readonly direction: "in" | "out";
}

/** The option list, or `none` if there is no `<`. The padding rule is checked by {@link checkOptionLength}. */
export function parseTcpOptions(c: Cursor, context: OptionContext): TcpOptionList {
  if (!c.isChar("<")) {
    c.expecting("'<'");
    return { kind: "none" };
  }
  const start = c.next().start;
  if (c.isKind("ellipsis")) {
    c.next();
    c.expectChar(">");
    const span = c.spanFrom(start);
    if (context.direction === "in") {
      c.semantic(span, "<...> for TCP options can only be used with outbound packets", "list the options to send");
    }
    return { kind: "any", span };
  }
  const unordered = c.isChar("{");
  if (unordered) c.next();
  const options: TcpOption[] = [];
  let rest = false;
  do {
    rest = options.length > 0 && c.isKind("ellipsis");
    if (rest) c.next();
    else options.push(parseTcpOption(c));
  } while (!rest && c.acceptChar(","));
  if (unordered) c.expectChar("}");
  c.expectChar(">");
  const span = c.spanFrom(start);
  const open = unordered || rest || options.some((option) => optionPattern(option).anyLength);
  if (unordered || rest) c.usesHere(unordered ? "options in any order" : "other options", span);
  checkOpenList(c, context, { options, unordered, rest, span });
  const { length } = encodeTcpOptions(options);
  return { kind: "list", options, length, unordered, rest, open, span };
}

/** What stands for more than one row of octets can be expected, not sent. */
function checkOpenList(
  c: Cursor,
  context: OptionContext,
  list: { options: readonly TcpOption[]; unordered: boolean; rest: boolean; span: Span },
): void {
  const { options, unordered, rest, span } = list;
  const inbound = context.direction === "in";
  const hint = "list the options to send, in order";
  if (inbound && unordered) c.semantic(span, "<{…}> for TCP options can only be used with outbound packets", hint);
  else if (inbound && rest) c.semantic(span, "... among TCP options can only be used with outbound packets", hint);
  for (const option of options) {
    if (hasWildcard(option)) {
      c.usesHere("option wildcard", option.span);
      if (inbound) c.semantic(option.span, "* can only be used with outbound packets", "write the value to send");
    }
    const padding = option.kind === "nop" || option.kind === "eol";
    if (unordered && padding) {
      c.semantic(option.span, "padding does not count in <{…}>", `leave ${option.kind} out`);
    } else if (option.kind === "bytes" && (unordered || rest)) {
      c.semantic(option.span, "raw bytes need a list in order, to its end", "use opt KIND HEX");
    }
  }
}

/**
 * packetdrill's rules: at most 40 bytes, a multiple of 4. A segment with `doff`, or with raw option bytes, may break
 * the second one: then the header is padded with zeros when it is built.
 */
export function checkOptionLength(c: Cursor, list: TcpOptionList, dataOffset: number | undefined): void {
  if (list.kind !== "list") return;
  if (list.length > 40) {
    c.semantic(list.span, "TCP option list too long", `${list.length} bytes; the header has room for 40`);
  }
  const raw = list.options.some((option) => option.kind === "bytes");
  const excess = list.length % 4;
  if (excess !== 0 && dataOffset === undefined && !raw && !list.open) {
    c.semantic(
      list.span,
      "TCP options are not padded correctly to ensure TCP header is a multiple of 4 bytes: " +
        `${excess} excess bytes`,
      `add ${4 - excess} nop`,
    );
  }
}

function parseTcpOption(c: Cursor): TcpOption {
  const token = c.peek();
  const start = token.start;
  const nplab = c.dialect === "nplab";
  const keyword = token.symbol === undefined && (token.kind === "reserved" || token.kind === "word") ? token.text : "";
  switch (keyword) {
    case "nop":
    case "eol":
    case "sackOK":
      c.next();
      return { kind: keyword, span: c.spanFrom(start) };
    case "mss": {
      c.next();
      const value = wildcard(c, () => c.integer("mss value", 0xffff));
      return { kind: "mss", value, span: c.spanFrom(start) };
    }
    case "wscale": {
      c.next();
      const shift = wildcard(c, () => c.integer("window scale shift count", 255));
      return { kind: "wscale", shift, span: c.spanFrom(start) };
    }
    case "sack":
      return parseSack(c);
    case "TS":
      return parseTimestamp(c);
    case "md5":
      return parseMd5(c);
    case "FO":
    case "FOEXP":
    case "exp-FO":
    case "EXP-FO":
      return parseFastOpen(c, keyword !== "FO");
    case "ECN":
      if (!nplab) return parseAccEcn(c);
      break;
    case "AccECN0":
    case "AccECN1":
    case "exp-AccECN0":
    case "exp-AccECN1":
      if (nplab) return parseNplabAccEcn(c);
      break;
    case "opt": {
      c.next();
      const optionKind = c.integer("option kind", 255);
      const none = c.isChar(",") || c.isChar(">") || c.isChar("}");
      const data = none ? new Uint8Array() : wildcard(c, () => c.hexBytes("option data", 38));
      c.uses("opt", c.spanFrom(start));
      return { kind: "generic", optionKind, data, span: c.spanFrom(start) };
    }
    case "raw": {
      c.next();
      const data = c.hexBytes("option bytes", 40);
      c.uses("raw", c.spanFrom(start));
      return { kind: "bytes", data, span: c.spanFrom(start) };
    }
    case "AO":
      return parseAo(c);
    default:
      if (MPTCP_WORDS.includes(keyword)) return parseMptcpOption(c);
  }
  if (nplab) {
    const option = parseNplabOption(c);
    if (option !== undefined) return option;
  }
  for (const name of ["nop", "eol", "mss", "wscale", "sackOK", "sack", "TS", "md5", "FO", "FOEXP", "ECN", "AO"]) {
    c.expecting(`'${name}'`);
  }
  return c.fail();
}

/** A value, or `*` for any. */
function wildcard<T>(c: Cursor, parse: () => T): Wildcard<T> {
  return c.acceptChar("*") ? "*" : parse();
}

/** `AO keyid N rnextkeyid N mac HEX`. */
function parseAo(c: Cursor): TcpOption {
  const start = c.next().start;
  c.expectKeyword("keyid");
  const keyId = wildcard(c, () => c.integer("KeyID", 255));
  c.expectKeyword("rnextkeyid");
  const rnextKeyId = wildcard(c, () => c.integer("RNextKeyID", 255));
  c.expectKeyword("mac");
  const mac = wildcard(c, () => c.hexBytes("MAC", 36));
  const span = c.spanFrom(start);
  c.usesHere("AO", span);
  return { kind: "ao", keyId, rnextKeyId, mac, span };
}

function parseSack(c: Cursor): TcpOption {
  const start = c.next().start;
  if (c.isChar("*") && !c.isChar(":", 1)) {
    c.next();
    return { kind: "sack", blocks: "*", span: c.spanFrom(start) };
  }
  const blocks: SackBlock[] = [];
  do {
    const from = c.peek().start;
    const left = wildcard(c, () => c.integer("SACK left edge"));
    c.expectChar(":");
    const right = wildcard(c, () => c.integer("SACK right edge"));
    blocks.push({ left, right, span: c.spanFrom(from) });
  } while (c.isKind("integer") || c.isChar("*"));
  const span = c.spanFrom(start);
  if (blocks.length > 4) c.semantic(span, "too many SACK blocks", "at most 4");
  return { kind: "sack", blocks, span };
}

function parseTimestamp(c: Cursor): TcpOption {
  const start = c.next().start;
  c.expectKeyword("val");
  let val: number | undefined;
  const any = c.acceptChar("*");
  if (c.dialect === "nplab" && c.isKind("ellipsis")) c.next();
  else if (!any) val = c.integer("ts val");
  c.expectKeyword("ecr");
  const ecr = wildcard(c, () => c.integer("ts ecr"));
  const ecrAbsolute = c.dialect === "nplab" && c.acceptChar("!");
  return { kind: "timestamp", val, ecr, ecrCompared: any && ecr !== "*", ecrAbsolute, span: c.spanFrom(start) };
}

function parseMd5(c: Cursor): TcpOption {
  const start = c.next().start;
  if (c.dialect === "nplab" && c.acceptKeyword("valid")) {
    return { kind: "md5", digest: undefined, span: c.spanFrom(start) };
  }
  const digest = wildcard(c, () => c.hexBytes("TCP MD5 digest", 16));
  return { kind: "md5", digest, span: c.spanFrom(start) };
}

function parseFastOpen(c: Cursor, experimental: boolean): TcpOption {
  const start = c.next().start;
  const token = c.peek();
  let cookie: Wildcard<Uint8Array> = new Uint8Array();
  if (c.acceptChar("*")) {
    cookie = "*";
  } else if (token.kind === "word" || token.kind === "integer") {
    c.next();
    cookie = Uint8Array.from(c.decodeHex(token, "TCP fast open cookie", experimental ? 36 : 38));
  }
  return { kind: "fastopen", cookie, experimental, span: c.spanFrom(start) };
}

/** `ECN e0b N [ceb N [e1b N]]` or `ECN e1b N [ceb N [e0b N]]`. */
function parseAccEcn(c: Cursor): TcpOption {
  const start = c.next().start;
  const order = c.acceptKeyword("e0b") ? 0 : c.acceptKeyword("e1b") ? 1 : c.fail();
  const counter = () => wildcard(c, () => c.integer("ECN counter", U24));
  const counters = [counter()];
  if (c.acceptKeyword("ceb")) {
    counters.push(counter());
    if (c.acceptKeyword(order === 0 ? "e1b" : "e0b")) counters.push(counter());
  }
  return { kind: "accecn", order, counters, experimental: false, span: c.spanFrom(start) };
}

function parseNplabAccEcn(c: Cursor): TcpOption {
  const name = c.next();
  const order = name.text.endsWith("0") ? 0 : 1;
  const counters: Wildcard<number>[] = [];
  for (const word of order === 0 ? ["ee0b", "eceb", "ee1b"] : ["ee1b", "eceb", "ee0b"]) {
    if (!c.acceptKeyword(word)) break;
    counters.push(wildcard(c, () => c.integer("AccECN counter", U24)));
  }
  const experimental = name.text.startsWith("exp-");
  return { kind: "accecn", order, counters, experimental, span: c.spanFrom(name.start) };
}

/** Experiment id of the TCP ACK rate request option. */
const TARR_EXPERIMENT = 0x00ac;

/** `gen-<kind> [hex]`, `exp-<exid> [hex]`, `exp-tarr [n]`, and a bare run of hex digits. */
function parseNplabOption(c: Cursor): TcpOption | undefined {
  const token = c.peek();
  const start = token.start;
  const named = /^(gen|exp|EXP)-([A-Za-z0-9]+)$/.exec(token.text);
  if (named !== null && (token.kind === "word" || token.kind === "reserved")) {
    c.next();
    const argument = named[2] ?? "";
    if (argument === "tarr") {
      const data = c.isKind("integer") ? Uint8Array.of(c.integer("ACK rate", 127) << 1) : new Uint8Array();
      return { kind: "experimental", experiment: TARR_EXPERIMENT, data, span: c.spanFrom(start) };
    }
    const given = c.isKind("word") || c.isKind("integer") || c.isChar("*");
    const hex = given ? wildcard(c, () => c.hexBytes("option data", 38)) : new Uint8Array();
    const span = c.spanFrom(start);
    if (named[1] === "gen") {
      const optionKind = Number(argument);
      if (!(optionKind >= 0 && optionKind <= 255)) c.semantic(span, `bad TCP option kind '${argument}'`, "0 to 255");
      return { kind: "generic", optionKind: optionKind & 255, data: hex, span };
    }
    const experiment = /^[0-9A-Fa-f]{4}$/.test(argument) ? Number.parseInt(argument, 16) : -1;
    if (experiment < 0) c.semantic(span, `bad experiment id '${argument}'`, "four hex digits");
    return { kind: "experimental", experiment: Math.max(0, experiment), data: hex, span };
  }
  if ((token.kind === "word" || token.kind === "integer") && /^[0-9A-Fa-f]+$/.test(token.text)) {
    c.next();
    return { kind: "bytes", data: c.decodeHex(token, "option bytes", 40), span: c.tokenSpan(token) };
  }
  return undefined;
}
