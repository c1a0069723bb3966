/**
 * IPv6 extension headers: RFC 8200 section 4.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { IPPROTO_DSTOPTS, IPPROTO_FRAGMENT, IPPROTO_HOPOPTS, IPPROTO_ROUTING } from "../../abi/socket_constants.ts";
import { get16, get32, set16, set32 } from "./bytes.ts";

/** Length of a fragment header. */
export const FRAGMENT_LENGTH = 8;
/** More fragments, in the 16-bit word at {@link FRAGMENT_OFFSET}. */
export const IP6_MF = 0x0001;
/** The fragment offset in bytes, in the same word. */
export const IP6_OFFSET = 0xfff8;
/** Routing header type 0, deprecated by RFC 5095. */
export const ROUTING_TYPE_0 = 0;
/** Source routes of low-power networks, RFC 6554. */
export const ROUTING_TYPE_RPL = 3;
/** Segment routing, RFC 8754. */
export const ROUTING_TYPE_SEGMENTS = 4;
/** Octets of the shortest extension header. */
export const SHORTEST = 8;

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
/** Labels of security, RFC 5570. */
export const IPV6_TLV_CALIPSO = 0x07;
/** Telemetry, RFC 9486. */
export const IPV6_TLV_IOAM = 0x31;
/** Octets of a router alert's data. */
export const ROUTER_ALERT_LENGTH = 2;
/** Octets of a jumbo payload's data. */
export const JUMBO_LENGTH = 4;
/** Home address, RFC 6275. */
export const IPV6_TLV_HAO = 0xc9;

// Offsets of the fields in bytes.
const NEXT_HEADER = 0;
const HDR_EXT_LEN = 1;
/** Of a routing header: where its type is. */
export const ROUTING_TYPE = 2;
const SEGMENTS_LEFT = 3;
const FRAGMENT_OFFSET = 2;
const IDENTIFICATION = 4;

/** Whether a next header value is an extension header that has a next header and a length of its own. */
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

/** Length in bytes of an authentication header, which counts in other units: RFC 4302 section 2.2. */
export function authenticationLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + HDR_EXT_LEN]! + 2) << 2;
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

/** Where the options of the header at `offset` begin. */
export function firstOption(offset: number): number {
  return offset + 2;
}

/** Type of the option at `at`, action bits included. */
export function optionType(bytes: Uint8Array, at: number): number {
  return bytes[at]!;
}

/** Octets of an option's data; of none that is a Pad1. */
export function optionLength(bytes: Uint8Array, at: number): number {
  return bytes[at + 1]!;
}

/** Where the data of an option are that is no Pad1. */
export function optionData(at: number): number {
  return at + 2;
}

/** Whether an option is padding. */
export function isPadding(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === IPV6_TLV_PAD1 || bytes[at] === IPV6_TLV_PADN;
}

/** Whether padding that ends at `end` holds nothing: Pad1, or PadN of zeros. */
export function isZeroPadding(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = optionData(at); i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The length that a jumbo payload option tells. */
export function jumboPayload(bytes: Uint8Array, at: number): number {
  return get32(bytes, optionData(at));
}

/** Whether a jumbo payload option may stand so far behind the IP header: 4n + 2. */
export function isJumboAligned(offset: number): boolean {
  return offset % 4 === 2;
}

/** Offset of the option after the one at `at` in `bytes[at, end)`, or -1 if this one runs beyond `end`. */
export function nextOption(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === IPV6_TLV_PAD1) return at + 1;
  if (at + 1 >= end) return -1;
  const next = at + 2 + bytes[at + 1]!;
  return next > end ? -1 : next;
}

/** Length of the extension header of `type` at `offset`, of which at least 8 octets are there. */
export function lengthOf(type: number, bytes: Uint8Array, offset: number): number {
  return type === IPPROTO_FRAGMENT ? FRAGMENT_LENGTH : headerLength(bytes, offset);
}

/**
 * A hop-by-hop, routing or destination options header of these data, with its length, padded to a multiple of 8: where
 * the data are options with a PadN, else with zeros. What follows it is left to {@link setNextHeader}.
 */
export function build(data: Uint8Array, options: boolean): Uint8Array<ArrayBuffer> {
  const unpadded = 2 + data.length;
  const padding = (8 - (unpadded % 8)) % 8;
  const bytes = new Uint8Array(unpadded + padding);
  bytes[HDR_EXT_LEN] = bytes.length / 8 - 1;
  bytes.set(data, 2);
  if (options && padding >= 2) bytes.set([IPV6_TLV_PADN, padding - 2], unpadded);
  return bytes;
}
