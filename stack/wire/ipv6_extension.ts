/**
 * IPv6 extension headers: RFC 8200 section 4. Authentication and encapsulating security payload headers are recognised
 * and not looked into.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get32, set16, set32, toHex } from "./bytes.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";
import * as ipv6 from "./ipv6.ts";
import { protocolName } from "./protocol.ts";
import {
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_NONE,
  IPPROTO_ROUTING,
} from "../../abi/socket_constants.ts";

/** Length of a fragment header. */
export const FRAGMENT_LENGTH = 8;
/** More fragments, in the 16-bit word at {@link FRAGMENT_OFFSET}. */
export const IP6_MF = 0x0001;
/** The fragment offset in bytes, in the same word. */
export const IP6_OFFSET = 0xfff8;
/** Routing header type 0, deprecated by RFC 5095. */
export const ROUTING_TYPE_0 = 0;

/** Option type: one byte of padding, without a length (RFC 8200 section 4.2); as the next ones. */
export const IPV6_TLV_PAD1 = 0;
/** Two or more bytes of padding. */
export const IPV6_TLV_PADN = 1;
/** Tunnel encapsulation limit, RFC 2473. */
export const IPV6_TLV_TNL_ENCAP_LIMIT = 4;
/** Router alert, RFC 2711. */
export const IPV6_TLV_ROUTERALERT = 5;
/** Jumbo payload, RFC 2675. */
export const IPV6_TLV_JUMBO = 0xc2;
/** Home address, RFC 6275. */
export const IPV6_TLV_HAO = 0xc9;

// Offsets of the fields in bytes.
const NEXT_HEADER = 0;
const HDR_EXT_LEN = 1;
const ROUTING_TYPE = 2;
const SEGMENTS_LEFT = 3;
const FRAGMENT_OFFSET = 2;
const IDENTIFICATION = 4;

/** The fragment header's layout. */
export const FRAGMENT_FIELDS: readonly FieldLayout[] = [
  field("nextHeader", NEXT_HEADER, 8),
  field("reserved", HDR_EXT_LEN, 8),
  field("fragmentOffset", FRAGMENT_OFFSET, 13),
  field("reserved2", FRAGMENT_OFFSET + 1, 2, 5),
  field("moreFragments", FRAGMENT_OFFSET + 1, 1, 7),
  field("identification", IDENTIFICATION, 32),
];

const COMMON_FIELDS = [field("nextHeader", NEXT_HEADER, 8), field("hdrExtLen", HDR_EXT_LEN, 8)];

/** The layout of an extension header's fixed part. */
export function fieldsOf(extension: Ipv6Extension): readonly FieldLayout[] {
  if (extension.kind === "fragment") return FRAGMENT_FIELDS;
  if (extension.kind === "routing") {
    return [...COMMON_FIELDS, field("routingType", ROUTING_TYPE, 8), field("segmentsLeft", SEGMENTS_LEFT, 8)];
  }
  return COMMON_FIELDS;
}

/** Whether a next header value is an extension header that {@link walk} passes. */
export function isExtension(nextHeader: number): boolean {
  return nextHeader === IPPROTO_HOPOPTS || nextHeader === IPPROTO_ROUTING || nextHeader === IPPROTO_FRAGMENT ||
    nextHeader === IPPROTO_DSTOPTS;
}

/** Type of the header that follows. */
export function nextHeader(bytes: Uint8Array, offset: number): number {
  return bytes[offset + NEXT_HEADER]!;
}

/** Writes {@link nextHeader}. */
export function setNextHeader(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + NEXT_HEADER] = value;
}

/** Length in bytes of a hop-by-hop, routing or destination options header. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + HDR_EXT_LEN]! + 1) << 3;
}

/** Of a routing header. */
export function routingType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + ROUTING_TYPE]!;
}

/** Of a routing header: how many nodes are still to be visited. */
export function segmentsLeft(bytes: Uint8Array, offset: number): number {
  return bytes[offset + SEGMENTS_LEFT]!;
}

/** Of a fragment header: offset in bytes, a multiple of 8. */
export function fragmentOffset(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + FRAGMENT_OFFSET) & IP6_OFFSET;
}

/** Of a fragment header. */
export function moreFragments(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FRAGMENT_OFFSET + 1]! & IP6_MF) !== 0;
}

/** Of a fragment header: offset in bytes with {@link IP6_MF} in the lowest bit. */
export function offsetAndMore(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + FRAGMENT_OFFSET) & (IP6_OFFSET | IP6_MF);
}

/** Sets offset (bytes, a multiple of 8) and {@link IP6_MF}; clears the reserved bits. */
export function setOffsetAndMore(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + FRAGMENT_OFFSET, value & (IP6_OFFSET | IP6_MF));
}

/** Of a fragment header. */
export function identification(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + IDENTIFICATION);
}

/** Writes {@link identification}. */
export function setIdentification(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + IDENTIFICATION, value);
}

/** What can be wrong with one header. */
export type Problem = "truncated" | "type";

/** Checks the extension header of `type` at `bytes[offset, end)`: its whole length is there. */
export function check(bytes: Uint8Array, offset: number, end: number, type: number): Problem | undefined {
  if (!isExtension(type)) return "type";
  if (end - offset < 8) return "truncated";
  return type !== IPPROTO_FRAGMENT && end - offset < headerLength(bytes, offset) ? "truncated" : undefined;
}

/** What an IPv6 node does with an option that it doesn't know: the type's two highest bits (RFC 8200 section 4.2). */
export function unknownOptionAction(type: number): "skip" | "discard" | "report" | "report-unicast" {
  return (["skip", "discard", "report", "report-unicast"] as const)[(type >> 6) as 0 | 1 | 2 | 3];
}

/** Offset of the option after the one at `at` in `bytes[at, end)`, or -1 if this one runs beyond `end`. */
export function nextOption(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === IPV6_TLV_PAD1) return at + 1;
  if (at + 1 >= end) return -1;
  const next = at + 2 + bytes[at + 1]!;
  return next > end ? -1 : next;
}

/** What can be wrong with a chain. "order": hop-by-hop options not first. "too-many": more headers than the limit. "too-long": more bytes. */
export type ChainProblem = "truncated" | "order" | "too-many" | "too-long";

/** How far {@link walk} goes. */
export interface Limits {
  /** Extension headers in one packet. */
  readonly maxHeaders: number;
  /** Bytes of all extension headers together. */
  readonly maxLength: number;
}

/** Generous enough for every legitimate packet, small enough that none is expensive. */
export const DEFAULT_LIMITS: Limits = Object.freeze({ maxHeaders: 16, maxLength: 2048 });

/** What {@link walk} found. Offsets are -1 for headers that are not there. May be reused. */
export class HeaderChain {
  /** Next header value of what follows the last extension header: the upper-layer protocol, AH, ESP or none. */
  protocol = IPPROTO_NONE;
  /** Where that starts. */
  offset = -1;
  /** Where the byte with `protocol` is: what a parameter problem "unknown next header" points at. */
  protocolField = -1;
  /** The hop-by-hop options header. */
  hopByHop = -1;
  /** The first routing header. */
  routing = -1;
  /** The last destination options header. */
  destinationOptions = -1;
  /** The first fragment header. */
  fragment = -1;
  /** Where the next header byte is that says "fragment". */
  fragmentField = -1;
  /** The packet is a fragment that does not start at 0: `offset` is in the middle of something. */
  laterFragment = false;
  /** End of the headers that every fragment of the packet must repeat (RFC 8200 section 4.5). */
  unfragmentableEnd = -1;
  /** Where the next header byte of the last of those is. */
  unfragmentableField = -1;
  /** How many extension headers there were. */
  count = 0;
  /** What ended the walk early, if anything. */
  problem: ChainProblem | undefined = undefined;
  /** Where: the next header byte in wrong order, or the start of the header that is too much or truncated. */
  problemOffset = -1;

  /** Forgets everything. */
  reset(): void {
    this.protocol = IPPROTO_NONE;
    this.offset =
      this.protocolField =
      this.hopByHop =
      this.routing =
      this.destinationOptions =
        -1;
    this.fragment =
      this.fragmentField =
      this.unfragmentableEnd =
      this.unfragmentableField =
        -1;
    this.laterFragment = false;
    this.count = 0;
    this.problem = undefined;
    this.problemOffset = -1;
  }
}

/**
 * Walks the extension headers of the IPv6 packet whose checked fixed header is at `offset`, to the first header that is
 * none, or to the data of a later fragment. Any order and repetition is passed, as RFC 8200 section 4.1 wants, but for
 * hop-by-hop options, which stand first or nowhere. Options are not looked at.
 */
export function walk(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limits: Limits = DEFAULT_LIMITS,
  out: HeaderChain = new HeaderChain(),
): HeaderChain {
  out.reset();
  const start = offset + ipv6.HEADER_LENGTH;
  let fieldAt = offset + 6;
  let at = start;
  out.unfragmentableEnd = start;
  out.unfragmentableField = fieldAt;
  for (;;) {
    const type = bytes[fieldAt]!;
    if (!isExtension(type) || out.laterFragment) {
      out.protocol = type;
      out.protocolField = fieldAt;
      out.offset = at;
      return out;
    }
    out.problem = problemAt(bytes, at, end, type, at === start, limits, out.count, start);
    if (out.problem !== undefined) {
      out.problemOffset = out.problem === "order" ? fieldAt : at;
      return out;
    }
    const next = at + (type === IPPROTO_FRAGMENT ? FRAGMENT_LENGTH : headerLength(bytes, at));
    note(bytes, at, next, type, fieldAt, out);
    out.count++;
    fieldAt = at;
    at = next;
  }
}

function problemAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  type: number,
  first: boolean,
  limits: Limits,
  count: number,
  start: number,
): ChainProblem | undefined {
  if (type === IPPROTO_HOPOPTS && !first) return "order";
  if (count >= limits.maxHeaders) return "too-many";
  if (end - at < 8) return "truncated";
  const next = at + (type === IPPROTO_FRAGMENT ? FRAGMENT_LENGTH : headerLength(bytes, at));
  if (next > end) return "truncated";
  return next - start > limits.maxLength ? "too-long" : undefined;
}

function note(bytes: Uint8Array, at: number, next: number, type: number, fieldAt: number, out: HeaderChain): void {
  switch (type) {
    case IPPROTO_HOPOPTS:
      out.hopByHop = at;
      break;
    case IPPROTO_ROUTING:
      if (out.routing < 0) out.routing = at;
      break;
    case IPPROTO_DSTOPTS:
      out.destinationOptions = at;
      break;
    case IPPROTO_FRAGMENT:
      if (out.fragment < 0) {
        out.fragment = at;
        out.fragmentField = fieldAt;
      }
      out.laterFragment = fragmentOffset(bytes, at) !== 0;
  }
  // Destination options belong to every fragment only if a routing header follows them.
  if (out.fragment < 0 && (type === IPPROTO_HOPOPTS || type === IPPROTO_ROUTING)) {
    out.unfragmentableEnd = next;
    out.unfragmentableField = at;
  }
}

/** An option of a hop-by-hop or destination options header. */
export type Ipv6Option =
  | { readonly name: "pad1"; readonly type: 0 }
  | { readonly name: "padN"; readonly type: 1; readonly data: Uint8Array }
  | { readonly name: "router-alert"; readonly type: 5; readonly value: number }
  | { readonly name: "jumbo"; readonly type: 0xc2; readonly length: number }
  | { readonly name: "home-address"; readonly type: 0xc9; readonly address: IpAddress }
  | { readonly name: "unknown"; readonly type: number; readonly data: Uint8Array }
  /** From an option that runs beyond the header, to its end. */
  | { readonly name: "malformed"; readonly data: Uint8Array };

/** A decoded extension header. */
export type Ipv6Extension =
  | {
    readonly kind: "hop-by-hop" | "destination-options";
    readonly nextHeader: number;
    readonly options: readonly Ipv6Option[];
  }
  | {
    readonly kind: "routing";
    readonly nextHeader: number;
    readonly routingType: number;
    readonly segmentsLeft: number;
    /** All after these four bytes; see {@link routingAddresses}. */
    readonly data: Uint8Array;
  }
  | Ipv6Fragment;

/** A decoded fragment header. */
export interface Ipv6Fragment {
  readonly kind: "fragment";
  readonly nextHeader: number;
  readonly reserved: number;
  /** In bytes. */
  readonly fragmentOffset: number;
  /** Two bits. */
  readonly reserved2: number;
  readonly moreFragments: boolean;
  readonly identification: number;
}

/** What {@link emitFragment} needs: absent values are 0. */
export type Ipv6FragmentInit = Init<Ipv6Fragment, "nextHeader">;

/** The IP protocol number of an extension header. */
export function typeOf(extension: Ipv6Extension): number {
  switch (extension.kind) {
    case "hop-by-hop":
      return IPPROTO_HOPOPTS;
    case "destination-options":
      return IPPROTO_DSTOPTS;
    case "routing":
      return IPPROTO_ROUTING;
    case "fragment":
      return IPPROTO_FRAGMENT;
  }
}

/** Decodes the extension header of `type` at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset: number, end: number, type: number): Parsed<Ipv6Extension> {
  const problem = check(bytes, offset, end, type);
  if (problem !== undefined) throw new WireError("ipv6-extension", problem, offset);
  const length = type === IPPROTO_FRAGMENT ? FRAGMENT_LENGTH : headerLength(bytes, offset);
  return {
    header: parseHeader(bytes, offset, length, type),
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

function parseHeader(bytes: Uint8Array, offset: number, length: number, type: number): Ipv6Extension {
  const next = nextHeader(bytes, offset);
  if (type === IPPROTO_FRAGMENT) {
    return {
      kind: "fragment",
      nextHeader: next,
      reserved: bytes[offset + HDR_EXT_LEN]!,
      fragmentOffset: fragmentOffset(bytes, offset),
      reserved2: (bytes[offset + FRAGMENT_OFFSET + 1]! >> 1) & 3,
      moreFragments: moreFragments(bytes, offset),
      identification: identification(bytes, offset),
    };
  }
  if (type === IPPROTO_ROUTING) {
    return {
      kind: "routing",
      nextHeader: next,
      routingType: routingType(bytes, offset),
      segmentsLeft: segmentsLeft(bytes, offset),
      data: bytes.slice(offset + 4, offset + length),
    };
  }
  const kind = type === IPPROTO_HOPOPTS ? "hop-by-hop" : "destination-options";
  return { kind, nextHeader: next, options: parseOptions(bytes, offset + 2, offset + length) };
}

/** Decodes the options `bytes[start, end)`. Never throws. */
export function parseOptions(bytes: Uint8Array, start: number, end: number): Ipv6Option[] {
  const options: Ipv6Option[] = [];
  for (let at = start; at < end;) {
    const next = nextOption(bytes, at, end);
    if (next < 0) {
      options.push({ name: "malformed", data: bytes.slice(at, end) });
      break;
    }
    const type = bytes[at]!;
    options.push(type === IPV6_TLV_PAD1 ? { name: "pad1", type } : parseOption(type, bytes.slice(at + 2, next)));
    at = next;
  }
  return options;
}

function parseOption(type: number, data: Uint8Array): Ipv6Option {
  if (type === IPV6_TLV_PADN) return { name: "padN", type, data };
  if (type === IPV6_TLV_ROUTERALERT && data.length === 2) return { name: "router-alert", type, value: get16(data, 0) };
  if (type === IPV6_TLV_JUMBO && data.length === 4) return { name: "jumbo", type, length: get32(data, 0) };
  if (type === IPV6_TLV_HAO && data.length === 16) return { name: "home-address", type, address: new IpAddress(data) };
  return { name: "unknown", type, data };
}

/** Addresses of a type 0 or type 2 routing header; none for another type. */
export function routingAddresses(routing: Ipv6Extension & { readonly kind: "routing" }): IpAddress[] {
  if (routing.routingType !== 0 && routing.routingType !== 2) return [];
  const addresses: IpAddress[] = [];
  for (let at = 4; at + 16 <= routing.data.length; at += 16) addresses.push(IpAddress.from(routing.data, at, 6));
  return addresses;
}

/** The header's bytes. Options are padded with Pad1 or PadN, routing data with zeros, to a multiple of 8. */
export function emit(extension: Ipv6Extension): Uint8Array {
  if (extension.kind === "fragment") return emitFragment(extension);
  if (extension.kind === "routing") {
    const bytes = new Uint8Array((extension.data.length + 4 + 7) & ~7);
    bytes.set([extension.nextHeader, (bytes.length >> 3) - 1, extension.routingType, extension.segmentsLeft]);
    bytes.set(extension.data, 4);
    return bytes;
  }
  const options: number[] = [];
  for (const option of extension.options) options.push(...emitOption(option));
  const padding = -(options.length + 2) & 7;
  if (padding === 1) options.push(IPV6_TLV_PAD1);
  else if (padding > 1) options.push(IPV6_TLV_PADN, padding - 2, ...new Uint8Array(padding - 2));
  return Uint8Array.of(extension.nextHeader, ((options.length + 2) >> 3) - 1, ...options);
}

/** The 8 bytes of a fragment header. */
export function emitFragment(header: Ipv6FragmentInit): Uint8Array {
  const bytes = new Uint8Array(FRAGMENT_LENGTH);
  setNextHeader(bytes, 0, header.nextHeader);
  bytes[HDR_EXT_LEN] = header.reserved ?? 0;
  const offset = (header.fragmentOffset ?? 0) & IP6_OFFSET;
  set16(bytes, FRAGMENT_OFFSET, offset | (((header.reserved2 ?? 0) & 3) << 1) | (header.moreFragments ? IP6_MF : 0));
  setIdentification(bytes, 0, header.identification ?? 0);
  return bytes;
}

/** Bytes one option takes, type and length included. */
export function optionLength(option: Ipv6Option): number {
  return emitOption(option).length;
}

function emitOption(option: Ipv6Option): Uint8Array {
  switch (option.name) {
    case "pad1":
      return Uint8Array.of(option.type);
    case "router-alert":
      return Uint8Array.of(option.type, 2, option.value >> 8, option.value);
    case "jumbo": {
      const bytes = Uint8Array.of(option.type, 4, 0, 0, 0, 0);
      set32(bytes, 2, option.length);
      return bytes;
    }
    case "home-address":
      return Uint8Array.of(option.type, 16, ...option.address.bytes);
    case "padN":
    case "unknown":
      return Uint8Array.of(option.type, option.data.length, ...option.data);
    case "malformed":
      return option.data;
  }
}

/** "fragment tcp id 7 offset 1448 [MF]", "hop-by-hop icmpv6 <router-alert 0,padN 0>". */
export function format(extension: Ipv6Extension): string {
  const next = protocolName(extension.nextHeader);
  switch (extension.kind) {
    case "fragment":
      return `fragment ${next} id ${extension.identification} offset ${extension.fragmentOffset}` +
        (extension.moreFragments ? " [MF]" : "");
    case "routing": {
      const addresses = routingAddresses(extension);
      return `routing ${next} type ${extension.routingType} left ${extension.segmentsLeft}` +
        (addresses.length > 0 ? ` <${addresses.join(",")}>` : "");
    }
    default:
      return `${extension.kind} ${next} <${extension.options.map(formatOption).join(",")}>`;
  }
}

function formatOption(option: Ipv6Option): string {
  switch (option.name) {
    case "pad1":
      return option.name;
    case "padN":
      return `padN ${option.data.length}`;
    case "router-alert":
      return `router-alert ${option.value}`;
    case "jumbo":
      return `jumbo ${option.length}`;
    case "home-address":
      return `home-address ${option.address}`;
    case "unknown":
      return `option 0x${option.type.toString(16).padStart(2, "0")} ${toHex(option.data)}`.trimEnd();
    case "malformed":
      return `malformed ${toHex(option.data)}`;
  }
}
