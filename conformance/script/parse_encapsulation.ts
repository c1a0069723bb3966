/** Outer headers in front of a packet: IPv4, IPv6, GRE, MPLS. */
import type { Cursor } from "./cursor.ts";
import { parseIpv4, parseIpv6 } from "./inet_address.ts";
import { parseIpInfo } from "./parse_ip_info.ts";
import type { Encapsulation, GreHeader, MplsEntry } from "./syntax.ts";

const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;

/** Zero or more `ipv4 … :`, `ipv6 … :`, `gre … :`, `mpls … :`. */
export function parseEncapsulations(c: Cursor, direction: "in" | "out"): Encapsulation[] {
  const out: Encapsulation[] = [];
  for (;;) {
    const token = c.peek();
    if (token.kind !== "reserved") return out;
    if (token.text === "ipv4" || token.text === "ipv6") out.push(parseIp(c, token.text, direction));
    else if (token.text === "gre" || token.text === "GREv0") out.push(parseGre(c));
    else if (token.text === "mpls") out.push(parseMpls(c));
    else return out;
  }
}

function parseIp(c: Cursor, kind: "ipv4" | "ipv6", direction: "in" | "out"): Encapsulation {
  const start = c.next().start;
  const ip = c.isChar("(") || c.isChar("[") ? parseIpInfo(c, direction, kind) : undefined;
  const source = parseAddress(c, kind);
  c.expectChar(">");
  const destination = parseAddress(c, kind);
  c.expectChar(":");
  return { kind, ip, source, destination, span: c.spanFrom(start) };
}

/** An IPv4 or IPv6 address token, checked. */
export function parseAddress(c: Cursor, kind: "ipv4" | "ipv6"): string {
  const token = c.expectKind(kind, kind === "ipv4" ? "an IPv4 address" : "an IPv6 address");
  const bytes = kind === "ipv4" ? parseIpv4(token.text) : parseIpv6(token.text);
  if (bytes === undefined) {
    c.semantic(c.tokenSpan(token), `bad ${kind === "ipv4" ? "IPv4" : "IPv6"} address: ${token.text}`);
  }
  return token.text;
}

function parseGre(c: Cursor): Encapsulation {
  const start = c.next().start;
  let gre: GreHeader = { flags: 0, checksum: 0, offset: 0, key: 0, sequence: 0 };
  if (!c.acceptChar(":")) {
    c.acceptChar(",");
    gre = parseGreFields(c);
    c.expectChar(":");
  }
  return { kind: "gre", gre, span: c.spanFrom(start) };
}

/** `flags … sum … off … key … seq …`. */
export function parseGreFields(c: Cursor): GreHeader {
  if (!c.acceptKeyword("flags")) c.expectKeyword("Flags");
  let flags = 0;
  if (c.acceptChar("[")) {
    do flags |= parseGreFlag(c); while (c.acceptChar(","));
    c.expectChar("]");
  } else {
    flags = c.anyInteger("GRE flags", 0xffff);
  }
  const number = (name: string, max: number): number => {
    c.acceptChar(",");
    c.expectKeyword(name);
    if (name === "key") c.acceptChar("=");
    return c.anyInteger(`GRE ${name}`, max);
  };
  const checksum = number("sum", 0xffff);
  const offset = number("off", 0xffff);
  const key = number("key", 0xffffffff);
  const sequence = number("seq", 0xffffffff);
  return { flags, checksum, offset, key, sequence };
}

function parseGreFlag(c: Cursor): number {
  if (c.acceptKeyword("none")) return 0;
  const flag = c.acceptKeyword("checksum")
    ? GRE_CHECKSUM
    : c.acceptKeyword("key")
    ? GRE_KEY
    : c.acceptKeyword("sequence#")
    ? GRE_SEQUENCE
    : c.fail();
  c.expectKeyword("present");
  return flag;
}

function parseMpls(c: Cursor): Encapsulation {
  const start = c.next().start;
  const entries = parseMplsEntries(c);
  c.expectChar(":");
  const span = c.spanFrom(start);
  if (entries.length > 6) c.semantic(span, "too many MPLS labels", "at most 6");
  return { kind: "mpls", entries, span };
}

/** `(label N, tc N, [S], ttl N)`, any number of them. */
export function parseMplsEntries(c: Cursor): MplsEntry[] {
  const entries: MplsEntry[] = [];
  while (c.isChar("(")) {
    const start = c.next().start;
    c.expectKeyword("label");
    const label = c.integer("MPLS label", 0xfffff);
    c.expectChar(",");
    c.expectKeyword("tc");
    const trafficClass = c.integer("MPLS tc", 7);
    c.expectChar(",");
    let bottom = false;
    if (c.acceptChar("[")) {
      if (!c.isKeyword("S")) c.expecting("'S'");
      c.expectKeyword("S");
      c.expectChar("]");
      c.expectChar(",");
      bottom = true;
    }
    c.expectKeyword("ttl");
    const ttl = c.integer("MPLS ttl", 255);
    c.expectChar(")");
    entries.push({ label, trafficClass, bottom, ttl, span: c.spanFrom(start) });
  }
  return entries;
}
