/** The `<…>` of a TCP segment. */
import type { Cursor } from "./cursor.ts";
import type { SackBlock, TcpOption, TcpOptionList } from "./syntax.ts";
import { encodeTcpOptions } from "./tcp_options.ts";

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
  const options: TcpOption[] = [];
  do options.push(parseTcpOption(c)); while (c.acceptChar(","));
  c.expectChar(">");
  return { kind: "list", options, length: encodeTcpOptions(options).length, span: c.spanFrom(start) };
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
  if (excess !== 0 && dataOffset === undefined && !raw) {
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
      const value = c.integer("mss value", 0xffff);
      return { kind: "mss", value, span: c.spanFrom(start) };
    }
    case "wscale": {
      c.next();
      const shift = c.integer("window scale shift count", 255);
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
      const data = c.isChar(",") || c.isChar(">") ? new Uint8Array() : c.hexBytes("option data", 38);
      c.uses("opt", c.spanFrom(start));
      return { kind: "generic", optionKind, data, span: c.spanFrom(start) };
    }
    case "raw": {
      c.next();
      const data = c.hexBytes("option bytes", 40);
      c.uses("raw", c.spanFrom(start));
      return { kind: "bytes", data, span: c.spanFrom(start) };
    }
    default:
  }
  if (nplab) {
    const option = parseNplabOption(c);
    if (option !== undefined) return option;
  }
  for (const name of ["nop", "eol", "mss", "wscale", "sackOK", "sack", "TS", "md5", "FO", "FOEXP", "ECN"]) {
    c.expecting(`'${name}'`);
  }
  return c.fail();
}

function parseSack(c: Cursor): TcpOption {
  const start = c.next().start;
  const blocks: SackBlock[] = [];
  do {
    const from = c.peek().start;
    const left = c.integer("SACK left edge");
    c.expectChar(":");
    const right = c.integer("SACK right edge");
    blocks.push({ left, right, span: c.spanFrom(from) });
  } while (c.isKind("integer"));
  const span = c.spanFrom(start);
  if (blocks.length > 4) c.semantic(span, "too many SACK blocks", "at most 4");
  return { kind: "sack", blocks, span };
}

function parseTimestamp(c: Cursor): TcpOption {
  const start = c.next().start;
  c.expectKeyword("val");
  let val: number | undefined;
  if (c.dialect === "nplab" && c.isKind("ellipsis")) c.next();
  else val = c.integer("ts val");
  c.expectKeyword("ecr");
  const ecr = c.integer("ts ecr");
  const ecrAbsolute = c.dialect === "nplab" && c.acceptChar("!");
  return { kind: "timestamp", val, ecr, ecrAbsolute, span: c.spanFrom(start) };
}

function parseMd5(c: Cursor): TcpOption {
  const start = c.next().start;
  if (c.dialect === "nplab" && c.acceptKeyword("valid")) {
    return { kind: "md5", digest: undefined, span: c.spanFrom(start) };
  }
  const digest = c.hexBytes("TCP MD5 digest", 16);
  return { kind: "md5", digest, span: c.spanFrom(start) };
}

function parseFastOpen(c: Cursor, experimental: boolean): TcpOption {
  const start = c.next().start;
  const token = c.peek();
  let cookie = new Uint8Array();
  if (token.kind === "word" || token.kind === "integer") {
    c.next();
    cookie = Uint8Array.from(c.decodeHex(token, "TCP fast open cookie", experimental ? 36 : 38));
  }
  return { kind: "fastopen", cookie, experimental, span: c.spanFrom(start) };
}

/** `ECN e0b N [ceb N [e1b N]]` or `ECN e1b N [ceb N [e0b N]]`. */
function parseAccEcn(c: Cursor): TcpOption {
  const start = c.next().start;
  const order = c.acceptKeyword("e0b") ? 0 : c.acceptKeyword("e1b") ? 1 : c.fail();
  const counters = [c.integer("ECN counter", U24)];
  if (c.acceptKeyword("ceb")) {
    counters.push(c.integer("ECN counter", U24));
    if (c.acceptKeyword(order === 0 ? "e1b" : "e0b")) counters.push(c.integer("ECN counter", U24));
  }
  return { kind: "accecn", order, counters, experimental: false, span: c.spanFrom(start) };
}

function parseNplabAccEcn(c: Cursor): TcpOption {
  const name = c.next();
  const order = name.text.endsWith("0") ? 0 : 1;
  const counters: number[] = [];
  for (const word of order === 0 ? ["ee0b", "eceb", "ee1b"] : ["ee1b", "eceb", "ee0b"]) {
    if (!c.acceptKeyword(word)) break;
    counters.push(c.integer("AccECN counter", U24));
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
    const hex = c.isKind("word") || c.isKind("integer") ? c.hexBytes("option data", 38) : new Uint8Array();
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
