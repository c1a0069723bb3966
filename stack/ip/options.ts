/**
 * IPv4 options on the way in, through and back out: `net/ipv4/ip_options.c`.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { IpAddress } from "../wire/address.ts";
import { equalBytes, set32 } from "../wire/bytes.ts";
import * as ipv4 from "../wire/ipv4.ts";
import {
  IPOPT_COPY,
  IPOPT_END,
  IPOPT_LSRR,
  IPOPT_NOOP,
  IPOPT_RA,
  IPOPT_RR,
  IPOPT_SSRR,
  IPOPT_TIMESTAMP,
  IPOPT_TS_PRESPEC,
  IPOPT_TS_TSANDADDR,
  IPOPT_TS_TSONLY,
} from "../wire/ipv4_options.ts";

/** Where options lie in a received header, as offsets from its start; 0 when there is none (`struct ip_options`). */
export interface IpOptions {
  srr: number;
  rr: number;
  ts: number;
  router_alert: number;
  is_strictroute: boolean;
  /** The source route goes on from here. */
  srr_is_hit: boolean;
  /** Next hop of that source route. */
  nexthop: IpAddress | undefined;
  /** Options were changed, so the header checksum has to be computed again before the packet goes on. */
  is_changed: boolean;
  rr_needaddr: boolean;
  ts_needaddr: boolean;
  ts_needtime: boolean;
}

/** What compiling needs to know of its surroundings. */
export interface OptionContext {
  /** Address to record: where a reply would come from (`spec_dst`). */
  readonly source: IpAddress;
  /** Milliseconds since midnight UT. */
  readonly timestamp: number;
  /** Whether a prespecified address is another host's (`inet_addr_type == RTN_UNICAST`). */
  isForeign(bytes: Uint8Array, offset: number): boolean;
}

/**
 * Goes through the options of the header at `network_header`, records routes and times. Returns the offset from the
 * header's start of the octet at fault (for ICMP parameter problem), or 0; either way `packet.opt` holds what was found.
 */
export function ip_options_compile(packet: PacketBuffer, context: OptionContext): number {
  const bytes = packet.bytes;
  const header = packet.network_header;
  const end = header + ipv4.headerLength(bytes, header);
  const opt: IpOptions = {
    srr: 0,
    rr: 0,
    ts: 0,
    router_alert: 0,
    is_strictroute: false,
    srr_is_hit: false,
    nexthop: undefined,
    is_changed: false,
    rr_needaddr: false,
    ts_needaddr: false,
    ts_needtime: false,
  };
  packet.opt = opt;
  let at = header + ipv4.MIN_HEADER_LENGTH;
  while (at < end) {
    const type = bytes[at]!;
    if (type === IPOPT_END) {
      for (at++; at < end; at++) {
        if (bytes[at] === IPOPT_END) continue;
        bytes[at] = IPOPT_END;
        opt.is_changed = true;
      }
      break;
    }
    if (type === IPOPT_NOOP) {
      at++;
      continue;
    }
    if (end - at < 2) return at - header;
    const length = bytes[at + 1]!;
    if (length < 2 || length > end - at) return at - header;
    const fault = compileOne(bytes, header, at, length, opt, context);
    if (fault >= 0) return fault - header;
    at += length;
  }
  return 0;
}

/** Index of the octet at fault, or -1. */
function compileOne(
  bytes: Uint8Array,
  header: number,
  at: number,
  length: number,
  opt: IpOptions,
  context: OptionContext,
): number {
  switch (bytes[at]) {
    case IPOPT_SSRR:
    case IPOPT_LSRR:
      if (length < 3) return at + 1;
      if (bytes[at + 2]! < 4) return at + 2;
      // RFC 1812 section 5.2.4.1: at most one source route.
      if (opt.srr !== 0) return at;
      opt.is_strictroute = bytes[at] === IPOPT_SSRR;
      opt.srr = at - header;
      return -1;
    case IPOPT_RR: {
      if (opt.rr !== 0) return at;
      if (length < 3) return at + 1;
      const pointer = bytes[at + 2]!;
      if (pointer < 4) return at + 2;
      if (pointer <= length) {
        if (pointer + 3 > length) return at + 2;
        context.source.write(bytes, at + pointer - 1);
        bytes[at + 2] = pointer + 4;
        opt.is_changed = true;
        opt.rr_needaddr = true;
      }
      opt.rr = at - header;
      return -1;
    }
    case IPOPT_TIMESTAMP:
      return compileTimestamp(bytes, header, at, length, opt, context);
    case IPOPT_RA:
      if (length < 4) return at + 1;
      if (bytes[at + 2] === 0 && bytes[at + 3] === 0) opt.router_alert = at - header;
      return -1;
    default:
      return -1;
  }
}

function compileTimestamp(
  bytes: Uint8Array,
  header: number,
  at: number,
  length: number,
  opt: IpOptions,
  context: OptionContext,
): number {
  if (opt.ts !== 0) return at;
  if (length < 4) return at + 1;
  const pointer = bytes[at + 2]!;
  if (pointer < 5) return at + 2;
  const flag = bytes[at + 3]! & 0x0f;
  if (pointer <= length) {
    if (pointer + 3 > length) return at + 2;
    let time = -1;
    if (flag === IPOPT_TS_TSONLY) {
      time = at + pointer - 1;
      opt.ts_needtime = true;
      bytes[at + 2] = pointer + 4;
    } else if (flag === IPOPT_TS_TSANDADDR) {
      if (pointer + 7 > length) return at + 2;
      context.source.write(bytes, at + pointer - 1);
      time = at + pointer + 3;
      opt.ts_needaddr = true;
      opt.ts_needtime = true;
      bytes[at + 2] = pointer + 8;
    } else if (flag === IPOPT_TS_PRESPEC) {
      if (pointer + 7 > length) return at + 2;
      if (!context.isForeign(bytes, at + pointer - 1)) {
        time = at + pointer + 3;
        opt.ts_needtime = true;
        bytes[at + 2] = pointer + 8;
      }
    }
    if (time >= 0) {
      set32(bytes, time, context.timestamp);
      opt.is_changed = true;
    }
  } else if (flag !== IPOPT_TS_PRESPEC) {
    const overflow = bytes[at + 3]! >> 4;
    if (overflow === 15) return at + 3;
    bytes[at + 3] = flag | ((overflow + 1) << 4);
    opt.is_changed = true;
  }
  opt.ts = at - header;
  return -1;
}

/**
 * Options of a reply to a received packet: records go on where they were, a source route is turned around (`ip_options_echo`).
 * Padded to a multiple of four octets; `undefined` when there is nothing to echo. `first_hop` is where a source-routed
 * reply goes first.
 */
export function ip_options_echo(
  packet: PacketBuffer,
): { readonly options: Uint8Array; readonly first_hop: IpAddress | undefined } | undefined {
  const opt = packet.opt;
  if (opt === undefined) return undefined;
  const bytes = packet.bytes;
  const header = packet.network_header;
  const out: number[] = [];
  let first_hop: IpAddress | undefined;
  for (const offset of [opt.rr, opt.ts]) {
    if (offset === 0) continue;
    const at = header + offset;
    // This host records itself once more when the reply is sent, if there is room.
    out.push(...bytes.subarray(at, at + bytes[at + 1]!));
  }
  if (opt.srr !== 0) {
    const at = header + opt.srr;
    const route: Uint8Array[] = [];
    const visited = Math.min(bytes[at + 2]! - 1, bytes[at + 1]!);
    for (let hop = 3; hop + 4 <= visited; hop += 4) route.unshift(bytes.slice(at + hop, at + hop + 4));
    // RFC 1812 section 5.2.4.1: a route that starts with the sender itself is put right.
    const source = bytes.slice(header + ipv4.SOURCE, header + ipv4.SOURCE + 4);
    if (route.length > 0 && equalBytes(route.at(-1)!, 0, source, 0, 4)) route.pop();
    if (route.length > 0) {
      first_hop = new IpAddress(route[0]!);
      const hops = [...route.slice(1), source];
      out.push(bytes[at]!, 3 + 4 * hops.length, 4, ...hops.flatMap((hop) => [...hop]));
    }
  }
  if (out.length === 0 || out.length > 40) return undefined;
  while (out.length % 4 !== 0) out.push(IPOPT_END);
  return { options: Uint8Array.from(out), first_hop };
}

/** Puts options into a header being built, recording this host where they ask for it (`ip_options_build`). */
export function ip_options_build(
  bytes: Uint8Array,
  header: number,
  options: Uint8Array,
  context: OptionContext,
): void {
  let at = header + ipv4.MIN_HEADER_LENGTH;
  bytes.set(options, at);
  const end = at + options.length;
  while (at < end && bytes[at] !== IPOPT_END) {
    if (bytes[at] === IPOPT_NOOP) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > end) return;
    const pointer = bytes[at + 2] ?? 0;
    if (bytes[at] === IPOPT_RR && pointer >= 4 && pointer + 3 <= length) {
      context.source.write(bytes, at + pointer - 1);
      bytes[at + 2] = pointer + 4;
    } else if (bytes[at] === IPOPT_TIMESTAMP && length >= 4 && pointer >= 5) {
      const flag = bytes[at + 3]! & 0x0f;
      if (flag === IPOPT_TS_TSONLY && pointer + 3 <= length) {
        set32(bytes, at + pointer - 1, context.timestamp);
        bytes[at + 2] = pointer + 4;
      } else if (flag === IPOPT_TS_TSANDADDR && pointer + 7 <= length) {
        context.source.write(bytes, at + pointer - 1);
        set32(bytes, at + pointer + 3, context.timestamp);
        bytes[at + 2] = pointer + 8;
      } else if (flag === IPOPT_TS_PRESPEC && pointer + 7 <= length && !context.isForeign(bytes, at + pointer - 1)) {
        set32(bytes, at + pointer + 3, context.timestamp);
        bytes[at + 2] = pointer + 8;
      }
    }
    at += length;
  }
}

/** Blanks the options that only the first fragment carries (`ip_options_fragment`): those without the copy bit. */
export function ip_options_fragment(bytes: Uint8Array, header: number): void {
  const end = header + ipv4.headerLength(bytes, header);
  let at = header + ipv4.MIN_HEADER_LENGTH;
  while (at < end && bytes[at] !== IPOPT_END) {
    if (bytes[at] === IPOPT_NOOP) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) return;
    if ((bytes[at]! & IPOPT_COPY) === 0) bytes.fill(IPOPT_NOOP, at, at + length);
    at += length;
  }
}

/** Records a forwarding router in the options (`ip_forward_options`). The header checksum is computed anew by the caller. */
export function ip_forward_options(packet: PacketBuffer, source: IpAddress): void {
  const opt = packet.opt!;
  const bytes = packet.bytes;
  const header = packet.network_header;
  if (opt.rr_needaddr) {
    const at = header + opt.rr;
    source.write(bytes, at + bytes[at + 2]! - 5);
    opt.is_changed = true;
  }
  if (opt.srr_is_hit) {
    const at = header + opt.srr;
    let pointer = bytes[at + 2]!;
    const length = bytes[at + 1]!;
    for (; pointer + 3 <= length; pointer += 4) {
      if (opt.nexthop !== undefined && opt.nexthop.matches(bytes, at + pointer - 1)) break;
    }
    if (pointer + 3 <= length) {
      opt.is_changed = true;
      ipv4.setDestination(bytes, header, opt.nexthop!);
      source.write(bytes, at + pointer - 1);
      bytes[at + 2] = pointer + 4;
    }
    if (opt.ts_needaddr) {
      const ts = header + opt.ts;
      source.write(bytes, ts + bytes[ts + 2]! - 9);
    }
  }
}
