/**
 * IPv4 options that a program asks for (IP_OPTIONS): RFC 791 section 3.1, RFC 1122 section 3.2.1.8.
 *
 * @module
 */
import { IpAddress } from "../wire/address.ts";
import { findOptions, type OptionInPlace } from "../wire/ipv4_option_area.ts";
import { IPOPT_RA, IPOPT_TIMESTAMP, IPOPT_TS_PRESPEC, IPOPT_TS_TSANDADDR } from "../wire/ipv4_options.ts";

const MAX_LENGTH = 40;
const WORD = 4;
const ROUTER_ALERT_LENGTH = 4;

/** Options of a header that is to be sent. */
export interface HeaderOptions {
  /** As they leave, padded to whole words. A source route has room for the destination in its last place. */
  readonly octets: Uint8Array;
  /** Where a source route leads first; absent: to the destination. */
  readonly firstHop: IpAddress | undefined;
}

/**
 * Checks options that a program gives: `undefined` where they can't be sent. A source route is given with the first hop
 * at its head and leaves with the destination at its end (RFC 791: the first hop is the header's destination).
 */
export function readHeaderOptions(given: Uint8Array): HeaderOptions | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const octets = new Uint8Array(Math.ceil(given.length / WORD) * WORD);
  octets.set(given);
  const { options, malformedAt, end } = findOptions(octets, 0, octets.length);
  if (malformedAt !== undefined) return undefined;
  octets.fill(0, end);
  // RFC1122-3.2.1.8c-sr-multi, and no other option with entries twice.
  const seen = new Set<number>();
  let firstHop: IpAddress | undefined;
  for (const option of options) {
    if (option.type === IPOPT_RA && option.length < ROUTER_ALERT_LENGTH) return undefined;
    if (!option.hasEntries) continue;
    const kind = option.isSourceRoute ? 0 : option.type;
    if (seen.has(kind) || !(option.isSourceRoute ? isFreshRoute(option) : hasWholeEntries(option))) return undefined;
    seen.add(kind);
    if (option.isSourceRoute) firstHop = takeFirstHop(option);
  }
  return { octets, firstHop };
}

/** Where a packet to `destination` goes first: there, or where a source route in its options leads. */
export function firstHopOf(options: HeaderOptions | undefined, destination: IpAddress): IpAddress {
  return options?.firstHop ?? destination;
}

/** The options as the program gave them. */
export function givenOptions({ octets, firstHop }: HeaderOptions): Uint8Array {
  const given = octets.slice();
  if (firstHop === undefined) return given;
  const route = sourceRouteOf(given)!;
  const rest = hopsOf(route).slice(0, -1);
  [firstHop, ...rest].forEach((hop, i) => route.putAddress(route.headLength + i * WORD, hop));
  return given;
}

/** Puts the destination at the end of the source route in the options at `start`. */
export function endSourceRoute(bytes: Uint8Array, start: number, end: number, destination: IpAddress): void {
  const route = findOptions(bytes, start, end).options.find((option) => option.isSourceRoute);
  route?.putAddress(route.length - WORD, destination);
}

function sourceRouteOf(octets: Uint8Array): OptionInPlace | undefined {
  return findOptions(octets, 0, octets.length).options.find((option) => option.isSourceRoute);
}

function hopsOf(route: OptionInPlace): IpAddress[] {
  const hops: IpAddress[] = [];
  for (let at = route.headLength; at + WORD <= route.length; at += WORD) hops.push(route.address(at));
  return hops;
}

/** A source route that nobody has gone any part of, with one hop at least. */
function isFreshRoute(option: OptionInPlace): boolean {
  const entries = option.length - option.headLength;
  return entries >= WORD && entries % WORD === 0 && option.next === option.headLength;
}

/** Whether the pointer of a record of routes or times is at its end or has room for a whole entry. */
function hasWholeEntries(option: OptionInPlace): boolean {
  if (option.length < option.headLength || option.next < option.headLength) return false;
  const withAddress = option.type === IPOPT_TIMESTAMP &&
    (option.flag === IPOPT_TS_TSANDADDR || option.flag === IPOPT_TS_PRESPEC);
  return option.room === 0 || option.room >= (withAddress ? 2 * WORD : WORD);
}

function takeFirstHop(route: OptionInPlace): IpAddress {
  const [first, ...rest] = hopsOf(route);
  [...rest, IpAddress.ANY4].forEach((hop, i) => route.putAddress(route.headLength + i * WORD, hop));
  return first!;
}
