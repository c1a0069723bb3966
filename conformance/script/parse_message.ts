/** Messages of neighbour discovery, IGMP and MLD in words. */
import { IpAddress, MacAddress } from "../../stack/wire/address.ts";
import * as igmp from "../../stack/wire/igmp.ts";
import type { MldBody } from "../../stack/wire/mld.ts";
import * as nd from "../../stack/wire/nd.ts";
import type { Cursor } from "./cursor.ts";
import { parseExtras } from "./parse_tcp.ts";
import type { MessageBody, WordedMessage } from "./syntax.ts";

const NO_DATA = new Uint8Array(0);
/** Default of a query's maximum response, tenths of a second and milliseconds (RFC 9776 section 8.3). */
const IGMP_RESPONSE = 100;
const MLD_RESPONSE = 10_000;
/** Defaults of the querier's robustness and interval code (RFC 9776 sections 8.1 and 8.2). */
const QRV = 2;
const QQIC = 125;
const RECORD_TYPES = ["is_in", "is_ex", "to_in", "to_ex", "allow", "block"] as const;

/** Whether a message in words begins here. */
export function isWordedMessage(c: Cursor): boolean {
  return c.isKeyword("nd") || c.isKeyword("igmp") || c.isKeyword("mld");
}

/** `nd …`, `igmp …` or `mld …`. */
export function parseMessage(c: Cursor): WordedMessage {
  const token = c.next();
  const start = token.start;
  const wire = token.text === "igmp" ? "ipv4" : "ipv6";
  if (c.wire !== wire) {
    c.semantic(c.tokenSpan(token), `${token.text} in an ${c.wire} script`, `say // variants: ${wire}`);
  }
  const message: MessageBody = token.text === "nd" ? parseNd(c) : token.text === "igmp" ? parseIgmp(c) : parseMld(c);
  const open = c.isKind("ellipsis");
  if (open) c.next();
  const extra = parseExtras(c, ["csum", "trunc"]);
  const span = c.spanFrom(start);
  c.uses(token.text, span);
  return {
    kind: "message",
    message,
    open,
    checksum: extra.checksum,
    truncate: extra.numbers.get("trunc"),
    span,
  };
}

function parseNd(c: Cursor): MessageBody {
  const body = parseNdBody(c);
  return { protocol: "nd", body: { ...body, options: parseNdOptions(c) } };
}

function parseNdBody(c: Cursor): nd.NdBody {
  const options: readonly nd.NdOption[] = [];
  if (c.acceptKeyword("ns")) return { kind: "neighbor-solicitation", reserved: 0, target: ipv6(c), options };
  if (c.acceptKeyword("na")) {
    const target = ipv6(c);
    let flags = 0;
    if (c.acceptKeyword("router")) flags |= nd.NA_ROUTER;
    if (c.acceptKeyword("solicited")) flags |= nd.NA_SOLICITED;
    if (c.acceptKeyword("override")) flags |= nd.NA_OVERRIDE;
    return { kind: "neighbor-advertisement", flags: flags >>> 0, target, options };
  }
  if (c.acceptKeyword("rs")) return { kind: "router-solicitation", reserved: 0, options };
  if (c.acceptKeyword("ra")) return parseAdvertisement(c);
  if (c.acceptKeyword("redirect")) {
    const destination = ipv6(c);
    c.expectKeyword("to");
    return { kind: "redirect", reserved: 0, target: ipv6(c), destination, options };
  }
  return c.fail("a neighbour discovery message is one of ns, na, rs, ra and redirect");
}

function parseAdvertisement(c: Cursor): nd.NdBody {
  const curHopLimit = number(c, "hlim", 255) ?? 0;
  let flags = 0;
  if (c.acceptKeyword("managed")) flags |= nd.RA_MANAGED;
  if (c.acceptKeyword("other")) flags |= nd.RA_OTHER;
  const routerLifetime = number(c, "lifetime", 0xffff) ?? 0;
  const reachableTime = number(c, "reachable") ?? 0;
  const retransTimer = number(c, "retrans") ?? 0;
  return { kind: "router-advertisement", curHopLimit, flags, routerLifetime, reachableTime, retransTimer, options: [] };
}

function parseNdOptions(c: Cursor): nd.NdOption[] {
  const options: nd.NdOption[] = [];
  for (;;) {
    if (c.acceptKeyword("sll")) options.push({ name: "source-link-layer", type: 1, address: mac(c) });
    else if (c.acceptKeyword("tll")) options.push({ name: "target-link-layer", type: 2, address: mac(c) });
    else if (c.acceptKeyword("mtu")) options.push({ name: "mtu", type: 5, reserved: 0, mtu: c.integer("MTU") });
    else if (c.acceptKeyword("nonce")) {
      options.push({ name: "nonce", type: nd.ND_OPT_NONCE, nonce: c.hexBytes("nonce", 256) });
    } else if (c.acceptKeyword("prefix")) options.push(parsePrefix(c));
    else return options;
  }
}

/** `prefix A/N [onlink] [auto] [valid N] [preferred N]`: lifetimes in seconds, for ever unless they are written. */
function parsePrefix(c: Cursor): nd.NdOption {
  const prefix = ipv6(c);
  c.expectChar("/");
  const prefixLength = c.integer("prefix length", 128);
  let flags = 0;
  if (c.acceptKeyword("onlink")) flags |= nd.PIO_ONLINK;
  if (c.acceptKeyword("auto")) flags |= nd.PIO_AUTONOMOUS;
  const validLifetime = number(c, "valid") ?? 0xffffffff;
  const preferredLifetime = number(c, "preferred") ?? validLifetime;
  return { name: "prefix", type: 3, prefixLength, flags, validLifetime, preferredLifetime, reserved: 0, prefix };
}

/** What queries of both protocols have. */
interface Query {
  readonly group: IpAddress | undefined;
  readonly response: number | undefined;
  /** 1, 2 or 3; undefined: the newest. */
  readonly version: number | undefined;
  readonly qrv: number;
  readonly qqic: number;
  readonly sources: readonly IpAddress[];
}

function parseQuery(c: Cursor, kind: "ipv4" | "ipv6"): Query {
  const group = c.isKind(kind) ? address(c, kind) : undefined;
  const version = c.acceptKeyword("v1") ? 1 : c.acceptKeyword("v2") ? 2 : undefined;
  const response = number(c, "max", 0xffff);
  const qrv = number(c, "qrv", 7) ?? QRV;
  const qqic = number(c, "qqic", 255) ?? QQIC;
  const sources = c.acceptKeyword("sources") ? addresses(c, kind) : [];
  return { group, response, version, qrv, qqic, sources };
}

function parseIgmp(c: Cursor): MessageBody {
  const group = (type: number): MessageBody => ({
    protocol: "igmp",
    type,
    maxRespCode: 0,
    body: { kind: "group", group: address(c, "ipv4") },
  });
  if (c.acceptKeyword("query")) {
    const { version, response, sources, qrv, qqic, group: asked } = parseQuery(c, "ipv4");
    const v3 = version === undefined ? { v3: { reserved: 0, suppress: false, qrv, qqic, sources } } : {};
    return {
      protocol: "igmp",
      type: igmp.IGMP_HOST_MEMBERSHIP_QUERY,
      maxRespCode: version === 1 ? 0 : response ?? IGMP_RESPONSE,
      body: { kind: "group", group: asked ?? IpAddress.ANY4, ...v3 },
    };
  }
  if (c.acceptKeyword("report_v1")) return group(igmp.IGMP_HOST_MEMBERSHIP_REPORT);
  if (c.acceptKeyword("report_v2")) return group(igmp.IGMPV2_HOST_MEMBERSHIP_REPORT);
  if (c.acceptKeyword("leave")) return group(igmp.IGMP_HOST_LEAVE_MESSAGE);
  c.expectKeyword("report", "an IGMP message is one of query, report, report_v2, report_v1 and leave");
  const records = parseRecords(c, "ipv4").map(({ type, group: of, sources }) => ({
    type,
    group: of,
    sources,
    auxiliaryData: NO_DATA,
  }));
  return {
    protocol: "igmp",
    type: igmp.IGMPV3_HOST_MEMBERSHIP_REPORT,
    maxRespCode: 0,
    body: { kind: "report3", reserved: 0, records },
  };
}

function parseMld(c: Cursor): MessageBody {
  const old = (kind: "mld-report" | "mld-done"): MessageBody => ({
    protocol: "mld",
    body: { kind, maximumResponse: 0, reserved: 0, multicastAddress: address(c, "ipv6") },
  });
  if (c.acceptKeyword("query")) {
    const { version, response, sources, qrv, qqic, group } = parseQuery(c, "ipv6");
    const v2 = version === undefined ? { v2: { reserved: 0, suppress: false, qrv, qqic, sources } } : {};
    const multicastAddress = group ?? IpAddress.ANY6;
    const body: MldBody = {
      kind: "mld-query",
      maximumResponse: response ?? MLD_RESPONSE,
      reserved: 0,
      multicastAddress,
      ...v2,
    };
    return { protocol: "mld", body };
  }
  if (c.acceptKeyword("report_v1")) return old("mld-report");
  if (c.acceptKeyword("done")) return old("mld-done");
  c.expectKeyword("report", "an MLD message is one of query, report, report_v1 and done");
  const records = parseRecords(c, "ipv6").map(({ type, group, sources }) => ({
    type,
    multicastAddress: group,
    sources,
    auxiliaryData: NO_DATA,
  }));
  return { protocol: "mld", body: { kind: "mld2-report", reserved: 0, records } };
}

/** `to_ex GROUP [SOURCE …], …` */
function parseRecords(
  c: Cursor,
  kind: "ipv4" | "ipv6",
): { readonly type: number; readonly group: IpAddress; readonly sources: readonly IpAddress[] }[] {
  const records = [];
  do {
    const index = RECORD_TYPES.findIndex((name) => c.acceptKeyword(name));
    if (index < 0) c.fail();
    const group = address(c, kind);
    records.push({ type: index + 1, group, sources: c.isKind(kind) ? addresses(c, kind) : [] });
  } while (c.acceptChar(","));
  return records;
}

function addresses(c: Cursor, kind: "ipv4" | "ipv6"): IpAddress[] {
  const list = [address(c, kind)];
  while (c.isKind(kind)) list.push(address(c, kind));
  return list;
}

function number(c: Cursor, word: string, max?: number): number | undefined {
  return c.acceptKeyword(word) ? c.integer(word, max) : undefined;
}

function ipv6(c: Cursor): IpAddress {
  return address(c, "ipv6");
}

function address(c: Cursor, kind: "ipv4" | "ipv6"): IpAddress {
  const token = c.expectKind(kind, kind === "ipv4" ? "an IPv4 address" : "an IPv6 address");
  const found = IpAddress.tryParse(token.text);
  if (found !== undefined) return found;
  c.semantic(c.tokenSpan(token), `bad address ${token.text}`);
  return kind === "ipv4" ? IpAddress.ANY4 : IpAddress.ANY6;
}

function mac(c: Cursor): Uint8Array {
  return MacAddress.parse(c.expectKind("mac", "a MAC address", "write six bytes: 02:00:00:00:00:01").text).bytes;
}
