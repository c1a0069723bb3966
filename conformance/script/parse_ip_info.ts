/** The `[…]` or `(…)` in front of a packet: fields of its IP header. And the superset's `frag`. */
import type { Cursor } from "./cursor.ts";
import type { ChecksumSpec, EcnWord, ExtensionHeader, Fragment, IpInfo, Span, WireFamily } from "./syntax.ts";

const ECN_WORDS: ReadonlySet<string> = new Set(["noecn", "ect0", "ect1", "ce", "ect01"]);

const DSCP: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`cs${i}`, i * 8])),
  ...Object.fromEntries([1, 2, 3, 4].flatMap((k) => [1, 2, 3].map((d) => [`af${k}${d}`, k * 8 + d * 2]))),
  "ef": 46,
  "voice-admit": 44,
  "le": 1,
};

/** Fields of packetdrill itself; the others are nplab's or the superset's. */
const PLAIN: ReadonlySet<string> = new Set(["ecn", "tos", "ttl", "flowLabel"]);

type Draft = { -readonly [K in keyof Omit<IpInfo, "span" | "extensions">]: IpInfo[K] };

/** An IpInfo without any field. */
export function emptyIpInfo(span: Span): IpInfo {
  return { ...emptyDraft(), extensions: [], span };
}

function emptyDraft(): Draft {
  return {
    ecn: undefined,
    tos: undefined,
    ttl: undefined,
    flowLabel: undefined,
    dscp: undefined,
    version: undefined,
    headerLength: undefined,
    totalLength: undefined,
    id: undefined,
    df: undefined,
    mf: undefined,
    reserved: undefined,
    fragmentOffset: undefined,
    protocol: undefined,
    checksum: undefined,
    options: undefined,
  };
}

/** Parse from the opening to the closing bracket. */
export function parseIpInfo(c: Cursor, direction: "in" | "out", family: WireFamily): IpInfo {
  const open = c.next();
  const draft = emptyDraft();
  const extensions: ExtensionHeader[] = [];
  const order: string[] = [];
  do {
    const start = c.peek().start;
    const name = parseField(c, draft, extensions, direction, family);
    const span = c.spanFrom(start);
    if (name !== "extension" && order.includes(name)) {
      c.semantic(span, "IP header field given twice", "write each once");
    }
    order.push(name);
    if (!PLAIN.has(name)) c.uses("IP header fields", span);
  } while (c.acceptChar(","));
  c.expectChar(open.text === "(" ? ")" : "]");
  const span = c.spanFrom(open.start);
  // packetdrill takes one field, or a TOS or ECN word followed by a flow label.
  const plainPair = order.length === 2 && (order[0] === "tos" || order[0] === "ecn") && order[1] === "flowLabel";
  if (order.length > 1 && !plainPair) c.uses("IP header fields", span);
  return { ...draft, extensions, span };
}

/** Reads one field into the draft and returns its name. */
function parseField(
  c: Cursor,
  draft: Draft,
  extensions: ExtensionHeader[],
  direction: "in" | "out",
  family: WireFamily,
): string {
  const token = c.peek();
  const span = c.tokenSpan(token);
  if (token.kind === "reserved" && ECN_WORDS.has(token.text)) return parseEcn(c, draft, direction);
  if (c.isChar("-")) return parseFlag(c, draft, false, family);
  const word = token.symbol === undefined && (token.kind === "word" || token.kind === "reserved") ? token.text : "";
  const ipv4Only = (): void => {
    if (family !== "ipv4") c.semantic(span, `IPv6 has no '${word}'`, "say // variants: ipv4, or leave it out");
  };
  const ipv6Only = (): void => {
    if (family !== "ipv6") c.semantic(span, `IPv4 has no '${word}'`, "say // variants: ipv6, or leave it out");
  };
  switch (word) {
    case "tos":
    case "class":
      c.next();
      draft.tos = hexNumber(c, word, 0xff);
      return "tos";
    case "flowlabel":
      c.next();
      draft.flowLabel = hexNumber(c, word, 0xfffff);
      return "flowLabel";
    case "ttl":
    case "hlim":
      c.next();
      draft.ttl = c.integer(word, 255);
      if (word === "hlim") c.uses("IP header fields", span);
      return "ttl";
    case "ecn":
      c.next();
      return parseEcn(c, draft, direction);
    case "dscp":
      c.next();
      draft.dscp = parseDscp(c);
      return "dscp";
    case "id":
      c.next();
      draft.id = c.anyInteger("IP id", family === "ipv4" ? 0xffff : 0xffffffff);
      return "id";
    case "df":
    case "mf":
    case "rf":
      return parseFlag(c, draft, true, family);
    case "off":
      c.next();
      draft.fragmentOffset = fragmentOffset(c);
      return "fragmentOffset";
    case "proto":
    case "nexthdr":
      c.next();
      draft.protocol = c.anyInteger(word, 255);
      return "protocol";
    case "ihl":
      ipv4Only();
      c.next();
      draft.headerLength = c.integer("IHL", 15);
      return "headerLength";
    case "len":
      c.next();
      draft.totalLength = c.integer(family === "ipv4" ? "total length" : "payload length", 0xffff);
      return "totalLength";
    case "version":
      c.next();
      draft.version = c.integer("IP version", 15);
      return "version";
    case "csum":
      ipv4Only();
      draft.checksum = parseChecksum(c);
      return "checksum";
    case "options":
      ipv4Only();
      c.next();
      draft.options = c.hexBytes("IPv4 options", 40);
      return "options";
    case "hopopts":
    case "dstopts":
    case "routing": {
      ipv6Only();
      c.next();
      const kind = word === "hopopts" ? "hop-by-hop" : word === "dstopts" ? "destination" : "routing";
      const data = c.hexBytes(word, 2046);
      extensions.push({ kind, data, span: c.spanFrom(token.start) });
      return "extension";
    }
    default:
      for (const what of ["'tos'", "'ttl'", "'flowlabel'", "an ECN word", "another IP header field"]) c.expecting(what);
      return c.fail();
  }
}

function parseEcn(c: Cursor, draft: Draft, direction: "in" | "out"): string {
  const token = c.next();
  const span = c.tokenSpan(token);
  if (!ECN_WORDS.has(token.text)) {
    c.semantic(span, `unknown ECN word '${token.text}'`, "noecn, ect0, ect1, ce or ect01");
    return "ecn";
  }
  draft.ecn = token.text as EcnWord;
  if (draft.ecn === "ect01" && direction === "in") {
    c.semantic(span, "[ect01] can only be used with outbound packets", "inbound: ect0 or ect1");
  }
  return "ecn";
}

function parseDscp(c: Cursor): number {
  const token = c.peek();
  const named = Object.hasOwn(DSCP, token.text) ? DSCP[token.text] : undefined;
  if (named === undefined) return c.anyInteger("DSCP", 63);
  c.next();
  return named;
}

function parseFlag(c: Cursor, draft: Draft, value: boolean, family: WireFamily): string {
  const start = c.peek().start;
  if (!value) c.next();
  const token = c.peek();
  if (!["df", "mf", "rf"].includes(token.text)) {
    for (const what of ["'df'", "'mf'", "'rf'"]) c.expecting(what);
    c.fail();
  }
  c.next();
  if (family === "ipv6" && token.text !== "mf") {
    c.semantic(c.spanFrom(start), `IPv6 has no '${token.text}'`, "say // variants: ipv4, or leave it out");
  }
  if (token.text === "df") draft.df = value;
  else if (token.text === "mf") draft.mf = value;
  else draft.reserved = value;
  return token.text === "rf" ? "reserved" : token.text;
}

/** A hex number; packetdrill takes no decimal here. */
function hexNumber(c: Cursor, what: string, max: number): number {
  const hint = c.isKind("integer") ? `${what} is written in hex: 0x…` : undefined;
  return c.bounded(c.expectKind("hex", "a hex number, 0x…", hint), what, 0, max);
}

function fragmentOffset(c: Cursor): number {
  const start = c.peek().start;
  const value = c.integer("fragment offset", 65528);
  if (value % 8 !== 0) c.semantic(c.spanFrom(start), "fragment offset is not a multiple of 8", "it counts bytes");
  return value;
}

/** `csum bad` or `csum 0xNNNN`. */
export function parseChecksum(c: Cursor): ChecksumSpec {
  const start = c.expectKeyword("csum").start;
  if (c.acceptKeyword("bad")) return { kind: "bad", span: c.spanFrom(start) };
  const value = c.anyInteger("checksum", 0xffff);
  return { kind: "value", value, span: c.spanFrom(start) };
}

/** `frag start:end [mf|-mf] [fill 0xNN]`. */
export function parseFragment(c: Cursor): Fragment {
  const start = c.expectKeyword("frag").start;
  const from = c.integer("fragment start", 65535);
  c.expectChar(":");
  const to = c.integer("fragment end", 131071);
  let mf: boolean | undefined;
  if (c.acceptKeyword("mf")) {
    mf = true;
  } else if (c.isChar("-") && c.isKeyword("mf", 1)) {
    c.next();
    c.next();
    mf = false;
  }
  const fill = c.acceptKeyword("fill") ? c.anyInteger("fill byte", 255) : undefined;
  const span = c.spanFrom(start);
  if (to < from) c.semantic(span, "fragment ends before it starts", "write frag START:END");
  if (from % 8 !== 0) c.semantic(span, "fragment start is not a multiple of 8", "the offset field counts eights");
  c.uses("frag", span);
  return { start: from, end: to, mf, fill, span };
}
