/**
 * IPv4 options of packets received, answered, forwarded and sent: RFC 791 section 3.1, RFC 1122 sections 3.2.1.8 and
 * 3.2.2, RFC 1812 sections 4.2.2.1 and 5.2.4.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import { endSourceRoute, type HeaderOptions } from "./header_options.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { findOptions, type OptionInPlace, optionsOfHeader, type ReceivedOptions } from "../wire/ipv4_option_area.ts";
import {
  emitOptions,
  IPOPT_END,
  IPOPT_RA,
  IPOPT_RR,
  IPOPT_SSRR,
  IPOPT_TIMESTAMP,
  IPOPT_TS_PRESPEC,
  IPOPT_TS_TSANDADDR,
  IPOPT_TS_TSONLY,
} from "../wire/ipv4_options.ts";

const ADDRESS = 4;
const TIME = 4;
const MAX_OVERFLOW = 15;
const ROUTER_ALERT_LENGTH = 4;

/** What a host that records itself says. */
export interface Recorder {
  /** Its address: where a reply would come from. */
  readonly address: IpAddress;
  /** Milliseconds since midnight UT. */
  readonly time: number;
  /** Whether an address that a sender asked for is another host's. */
  isForeign(address: IpAddress): boolean;
}

/**
 * Reads the options of the header at `network_header` into `packet.opt`, and records this host where they ask for it.
 * Returns where the octet at fault stands, as an offset from the header's start, or 0 when there is none.
 */
export function receiveOptions(packet: PacketBuffer, recorder: Recorder): number {
  const { bytes, network_header: header } = packet;
  const length = ipv4.headerLength(bytes, header);
  const { options, malformedAt, end } = optionsOfHeader(bytes, header, length);
  const seen = new Map<string, OptionInPlace>();
  const found: ReceivedOptions = {
    get sourceRoute() {
      return seen.get("source route");
    },
    get recordRoute() {
      return seen.get("record route");
    },
    get timestamp() {
      return seen.get("timestamp");
    },
    recordedRouteAt: undefined,
    recordedTimeAt: undefined,
    nextHop: undefined,
  };
  packet.opt = found;
  for (const option of options) {
    // RFC 2113: a router alert has a value of two octets.
    if (option.type === IPOPT_RA && option.length < ROUTER_ALERT_LENGTH) return option.lengthAt - header;
    const name = nameOf(option);
    // RFC1122-3.2.1.8-opt-unknown, RFC1122-3.2.1.8b-stream-recv
    if (name === undefined) continue;
    // RFC791-3.1-opt-once
    const fault = seen.has(name) ? option.at : faultOf(option);
    if (fault !== undefined) return fault - header;
    const full = recordOnReceipt(option, found, recorder);
    if (full !== undefined) return full - header;
    seen.set(name, option);
  }
  // RFC791-3.1-opt-parse-all, RFC792-pp-pointer
  if (malformedAt !== undefined) return malformedAt - header;
  // Nothing but padding follows an end of list, and padding is zero.
  bytes.fill(IPOPT_END, end, header + length);
  return 0;
}

/** Options that may be there once. */
function nameOf(option: OptionInPlace): string | undefined {
  if (option.isSourceRoute) return "source route";
  if (option.type === IPOPT_RR) return "record route";
  return option.type === IPOPT_TIMESTAMP ? "timestamp" : undefined;
}

/** Where an option with entries contradicts itself. */
function faultOf(option: OptionInPlace): number | undefined {
  if (option.length < option.headLength) return option.lengthAt;
  if (option.next < option.headLength) return option.pointerAt;
  return undefined;
}

/** Records this host; says what is at fault where there is some room, but not enough. */
function recordOnReceipt(option: OptionInPlace, found: ReceivedOptions, recorder: Recorder): number | undefined {
  if (option.isSourceRoute) return undefined;
  const at = option.next;
  const outcome = record(option, recorder);
  if (outcome === "no room") {
    return option.type === IPOPT_TIMESTAMP && option.room === 0 ? option.flagAt : option.pointerAt;
  }
  if (outcome !== "recorded") return undefined;
  if (option.type === IPOPT_RR) found.recordedRouteAt = at;
  else if (option.flag === IPOPT_TS_TSANDADDR) found.recordedTimeAt = at;
  return undefined;
}

/**
 * Records a host in a route or a time stamp option. Nothing is to be done in a full route, for a time that was asked of
 * others; there is no room where an entry would be cut, or where the count of those who found no room is at its end.
 */
function record(option: OptionInPlace, { address, time, isForeign }: Recorder): "recorded" | "nothing" | "no room" {
  if (option.type === IPOPT_RR) {
    // RFC1122-3.2.1.8d-rr
    // RFC791-3.1-opt-rr, RFC791-3.1-opt-rr-overflow
    if (option.room === 0) return "nothing";
    if (option.room < ADDRESS) return "no room";
    option.appendAddress(address);
    return "recorded";
  }
  // RFC1122-3.2.1.8e-ts, RFC1122-3.2.1.8e-ts-rules
  // RFC791-3.1-opt-ts
  if (option.room === 0) return countOverflow(option);
  const { flag } = option;
  const withAddress = flag === IPOPT_TS_TSANDADDR || flag === IPOPT_TS_PRESPEC;
  if (!withAddress && flag !== IPOPT_TS_TSONLY) return "nothing";
  if (option.room < (withAddress ? ADDRESS + TIME : TIME)) return "no room";
  if (flag === IPOPT_TS_PRESPEC) {
    if (isForeign(option.address(option.next))) return "nothing";
    option.next += ADDRESS;
  } else if (withAddress) option.appendAddress(address);
  option.appendTime(time);
  return "recorded";
}

function countOverflow(option: OptionInPlace): "nothing" | "no room" {
  if (option.overflow === MAX_OVERFLOW) return "no room";
  option.overflow++;
  return "nothing";
}

/** Next address of a source route that has not been used up, `"cut"` where it is cut off, `undefined` at its end. */
export function sourceRouteHop(option: OptionInPlace, used: number): IpAddress | "cut" | undefined {
  const left = option.room - used * ADDRESS;
  if (left <= 0) return undefined;
  return left < ADDRESS ? "cut" : option.address(option.next + used * ADDRESS);
}

/** Whether the sender chose every hop of the way. */
export function isStrictlyRouted(packet: PacketBuffer): boolean {
  return packet.opt?.sourceRoute?.type === IPOPT_SSRR;
}

/** A router's marks in a packet that goes on: the address that it leaves from (RFC 1812 section 5.2.4). */
export function markForwarded(packet: PacketBuffer, leaving: IpAddress): void {
  const { opt } = packet;
  if (opt === undefined) return;
  if (opt.recordedRouteAt !== undefined) opt.recordRoute!.putAddress(opt.recordedRouteAt, leaving);
  if (opt.recordedTimeAt !== undefined) opt.timestamp!.putAddress(opt.recordedTimeAt, leaving);
  if (opt.nextHop === undefined) return;
  const { bytes, network_header: header } = packet;
  const route = opt.sourceRoute!;
  // The destination was this router; the next address takes its place, and what was used records the router.
  const hop = opt.nextHop;
  while (route.room >= ADDRESS) {
    const isNext = route.address(route.next).equals(hop);
    route.appendAddress(leaving);
    if (isNext) break;
  }
  ipv4.setDestination(bytes, header, hop);
}

/** What a reply to a received packet carries: records go on where they were, a source route is turned around. */
export function replyOptions(packet: PacketBuffer): HeaderOptions | undefined {
  const { opt } = packet;
  if (opt === undefined) return undefined;
  const back = opt.sourceRoute && reversed(packet, opt.sourceRoute);
  // RFC1122-3.2.2.6-echo-opts
  const records = [opt.recordRoute, opt.timestamp].filter((option) => option !== undefined);
  const parts = [...(back === undefined ? [] : [back.option]), ...records.map((option) => option.octets())];
  if (parts.length === 0) return undefined;
  const joined = concatBytes(...parts);
  const octets = new Uint8Array(Math.ceil(joined.length / ADDRESS) * ADDRESS);
  octets.set(joined);
  return { octets, firstHop: back?.firstHop };
}

/** The way back: the hops that were recorded from the last to the first, then the sender, who is named once. */
function reversed(
  packet: PacketBuffer,
  option: OptionInPlace,
): { readonly option: Uint8Array; readonly firstHop: IpAddress } | undefined {
  const sender = ipv4.source(packet.bytes, packet.network_header);
  const hops = option.recorded();
  if (hops[0]?.equals(sender)) hops.shift();
  const firstHop = hops.pop();
  if (firstHop === undefined) return undefined;
  const route = [...hops.reverse(), sender];
  const strict = option.type === IPOPT_SSRR;
  const header = strict
    ? { name: "ssrr", type: 137, pointer: 4, route } as const
    : { name: "lsrr", type: 131, pointer: 4, route } as const;
  return { option: emitOptions([header]), firstHop };
}

/**
 * Puts options into a header that is being built, and records this host where they ask for it and have room. Who finds
 * none counts itself as it receives, not as it sends.
 */
export function putOptions(
  bytes: Uint8Array,
  header: number,
  { octets, firstHop }: HeaderOptions,
  destination: IpAddress,
  recorder: Recorder,
): void {
  const start = header + ipv4.MIN_HEADER_LENGTH;
  const end = start + octets.length;
  bytes.set(octets, start);
  if (firstHop !== undefined) endSourceRoute(bytes, start, end, destination);
  for (const option of findOptions(bytes, start, end).options) {
    const records = option.hasEntries && !option.isSourceRoute && faultOf(option) === undefined;
    if (records && option.room > 0) record(option, recorder);
  }
}

/** Blanks what only the first fragment carries. */
export function keepCopiedOptions(bytes: Uint8Array, header: number): void {
  for (const option of optionsOfHeader(bytes, header, ipv4.headerLength(bytes, header)).options) {
    if (!option.isCopied) option.blank();
  }
}
