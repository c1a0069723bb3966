/**
 * Bodies of neighbour discovery messages (RFC 4861 section 4) and their options. The common ICMPv6 header is in `icmpv6.ts`;
 * `offset` is that of the ICMPv6 header throughout.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get32, set16, set32, toHex } from "./bytes.ts";
import { field, type FieldLayout } from "./error.ts";

/** Type: router solicitation. */
export const NDISC_ROUTER_SOLICITATION = 133;
/** Type: router advertisement. */
export const NDISC_ROUTER_ADVERTISEMENT = 134;
/** Type: neighbour solicitation. */
export const NDISC_NEIGHBOUR_SOLICITATION = 135;
/** Type: neighbour advertisement. */
export const NDISC_NEIGHBOUR_ADVERTISEMENT = 136;
/** Type: redirect. */
export const NDISC_REDIRECT = 137;

/** Option: the source's link-layer address. */
export const ND_OPT_SOURCE_LL_ADDR = 1;
/** Option: the target's link-layer address. */
export const ND_OPT_TARGET_LL_ADDR = 2;
/** Option: prefix information. */
export const ND_OPT_PREFIX_INFO = 3;
/** Option: the packet that caused a redirect. */
export const ND_OPT_REDIRECT_HDR = 4;
/** Option: the link's MTU. */
export const ND_OPT_MTU = 5;
/** RFC 3971; also used by enhanced duplicate address detection, RFC 7527. */
export const ND_OPT_NONCE = 14;
/** RFC 4191. */
export const ND_OPT_ROUTE_INFO = 24;
/** RFC 8106. */
export const ND_OPT_RDNSS = 25;

/** Of a neighbour advertisement, in the 32-bit word at {@link FLAGS}: the sender is a router. */
export const NA_ROUTER = 0x80000000;
/** It answers a solicitation. */
export const NA_SOLICITED = 0x40000000;
/** It overrides a cached link-layer address. */
export const NA_OVERRIDE = 0x20000000;

/** Of a router advertisement: managed address configuration. */
export const RA_MANAGED = 0x80;
/** Of a router advertisement: other configuration. */
export const RA_OTHER = 0x40;

/** Of prefix information: the prefix is on link. */
export const PIO_ONLINK = 0x80;
/** Of prefix information: addresses may be formed from the prefix. */
export const PIO_AUTONOMOUS = 0x40;

/** Offset of the flags word of a neighbour advertisement, and of the second header word of all. */
export const FLAGS = 4;
/** Offset of the target address of a solicitation, advertisement or redirect. */
export const TARGET = 8;
/** Offset of the destination address of a redirect. */
export const REDIRECT_DESTINATION = 24;

/** Bytes of a router solicitation before its options; as the next ones. */
export const RS_LENGTH = 8;
/** Of a router advertisement. */
export const RA_LENGTH = 16;
/** Of a neighbour solicitation. */
export const NS_LENGTH = 24;
/** Of a neighbour advertisement. */
export const NA_LENGTH = 24;
/** Of a redirect. */
export const REDIRECT_LENGTH = 40;

/** Bytes before the options for a type, or 0 if it is not neighbour discovery. */
export function fixedLength(type: number): number {
  switch (type) {
    case NDISC_ROUTER_SOLICITATION:
      return RS_LENGTH;
    case NDISC_ROUTER_ADVERTISEMENT:
      return RA_LENGTH;
    case NDISC_NEIGHBOUR_SOLICITATION:
    case NDISC_NEIGHBOUR_ADVERTISEMENT:
      return NS_LENGTH;
    case NDISC_REDIRECT:
      return REDIRECT_LENGTH;
    default:
      return 0;
  }
}

/** Whether a type is one of neighbour discovery. */
export function isNdType(type: number): boolean {
  return fixedLength(type) > 0;
}

/** What can be wrong with a message. "option-length": an option of length 0 or beyond the end; discard (RFC 4861 section 6.1). */
export type Problem = "truncated" | "option-length";

/** Checks the message at `bytes[offset, end)` of a neighbour discovery type: the fixed part is there, the options are well formed. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  const start = offset + fixedLength(bytes[offset]!);
  if (start > end) return "truncated";
  for (let at = start; at < end;) {
    const length = at + 1 < end ? bytes[at + 1]! << 3 : 0;
    if (length === 0 || at + length > end) return "option-length";
    at += length;
  }
  return undefined;
}

/** Offset of the first option of `type` in the checked options `bytes[start, end)`, or -1. */
export function findOption(bytes: Uint8Array, start: number, end: number, type: number): number {
  for (let at = start; at + 1 < end;) {
    if (bytes[at] === type) return at;
    const length = bytes[at + 1]! << 3;
    if (length === 0) return -1;
    at += length;
  }
  return -1;
}

/** The target address of a solicitation, advertisement or redirect; allocates. */
export function target(bytes: Uint8Array, offset: number): IpAddress {
  return IpAddress.from(bytes, offset + TARGET, 6);
}

/** The flags word of a neighbour advertisement: {@link NA_ROUTER} … */
export function advertisementFlags(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + FLAGS);
}

/** An option; its bytes are padded to a multiple of 8 as they are here, so that `data` keeps what padding there was. */
export type NdOption =
  | {
    readonly name: "source-link-layer" | "target-link-layer";
    readonly type: 1 | 2;
    /** All bytes after type and length: 6 on Ethernet. */
    readonly address: Uint8Array;
  }
  | {
    readonly name: "prefix";
    readonly type: 3;
    readonly prefixLength: number;
    /** {@link PIO_ONLINK}, {@link PIO_AUTONOMOUS}, and six reserved bits. */
    readonly flags: number;
    /** Seconds; 0xffffffff is for ever. */
    readonly validLifetime: number;
    readonly preferredLifetime: number;
    readonly reserved: number;
    readonly prefix: IpAddress;
  }
  | { readonly name: "mtu"; readonly type: 5; readonly reserved: number; readonly mtu: number }
  /** The packet that caused a redirect: `data` after six reserved bytes. */
  | { readonly name: "redirected"; readonly type: 4; readonly reserved: Uint8Array; readonly data: Uint8Array }
  | { readonly name: "nonce"; readonly type: 14; readonly nonce: Uint8Array }
  | { readonly name: "unknown"; readonly type: number; readonly data: Uint8Array }
  /** From an option of length 0 or beyond the end, to the end. */
  | { readonly name: "malformed"; readonly data: Uint8Array };

/** The body of a neighbour discovery message. */
export type NdBody =
  | { readonly kind: "router-solicitation"; readonly reserved: number; readonly options: readonly NdOption[] }
  | {
    readonly kind: "router-advertisement";
    readonly curHopLimit: number;
    /** {@link RA_MANAGED}, {@link RA_OTHER}, and what later documents added. */
    readonly flags: number;
    /** Seconds; 0: not a default router. */
    readonly routerLifetime: number;
    /** Milliseconds; 0: unspecified. */
    readonly reachableTime: number;
    /** Milliseconds; 0: unspecified. */
    readonly retransTimer: number;
    readonly options: readonly NdOption[];
  }
  | {
    readonly kind: "neighbor-solicitation";
    readonly reserved: number;
    readonly target: IpAddress;
    readonly options: readonly NdOption[];
  }
  | {
    readonly kind: "neighbor-advertisement";
    /** {@link NA_ROUTER}, {@link NA_SOLICITED}, {@link NA_OVERRIDE}, and 29 reserved bits. */
    readonly flags: number;
    readonly target: IpAddress;
    readonly options: readonly NdOption[];
  }
  | {
    readonly kind: "redirect";
    readonly reserved: number;
    readonly target: IpAddress;
    readonly destination: IpAddress;
    readonly options: readonly NdOption[];
  };

/** Decodes the message `bytes[offset, end)`; undefined if it is too short for its type. The options go to the end. */
export function parseNd(bytes: Uint8Array, offset: number, end: number): { body: NdBody; length: number } | undefined {
  const type = bytes[offset]!;
  const start = offset + fixedLength(type);
  if (start > end) return undefined;
  const options = parseNdOptions(bytes, start, end);
  return { body: parseFixed(type, bytes, offset, options), length: end - offset };
}

function parseFixed(type: number, bytes: Uint8Array, offset: number, options: readonly NdOption[]): NdBody {
  const reserved = get32(bytes, offset + FLAGS);
  switch (type) {
    case NDISC_ROUTER_SOLICITATION:
      return { kind: "router-solicitation", reserved, options };
    case NDISC_ROUTER_ADVERTISEMENT:
      return {
        kind: "router-advertisement",
        curHopLimit: bytes[offset + 4]!,
        flags: bytes[offset + 5]!,
        routerLifetime: get16(bytes, offset + 6),
        reachableTime: get32(bytes, offset + 8),
        retransTimer: get32(bytes, offset + 12),
        options,
      };
    case NDISC_NEIGHBOUR_SOLICITATION:
      return { kind: "neighbor-solicitation", reserved, target: target(bytes, offset), options };
    case NDISC_NEIGHBOUR_ADVERTISEMENT:
      return { kind: "neighbor-advertisement", flags: reserved, target: target(bytes, offset), options };
    default:
      return {
        kind: "redirect",
        reserved,
        target: target(bytes, offset),
        destination: IpAddress.from(bytes, offset + REDIRECT_DESTINATION, 6),
        options,
      };
  }
}

/** Decodes the options `bytes[start, end)`. Never throws. */
export function parseNdOptions(bytes: Uint8Array, start: number, end: number): NdOption[] {
  const options: NdOption[] = [];
  for (let at = start; at < end;) {
    const length = at + 1 < end ? bytes[at + 1]! << 3 : 0;
    if (length === 0 || at + length > end) {
      options.push({ name: "malformed", data: bytes.slice(at, end) });
      break;
    }
    options.push(parseOption(bytes[at]!, bytes, at, length));
    at += length;
  }
  return options;
}

function parseOption(type: number, bytes: Uint8Array, at: number, length: number): NdOption {
  const data = bytes.slice(at + 2, at + length);
  switch (type) {
    case ND_OPT_SOURCE_LL_ADDR:
      return { name: "source-link-layer", type, address: data };
    case ND_OPT_TARGET_LL_ADDR:
      return { name: "target-link-layer", type, address: data };
    case ND_OPT_PREFIX_INFO:
      if (length === 32) {
        return {
          name: "prefix",
          type,
          prefixLength: data[0]!,
          flags: data[1]!,
          validLifetime: get32(data, 2),
          preferredLifetime: get32(data, 6),
          reserved: get32(data, 10),
          prefix: IpAddress.from(data, 14, 6),
        };
      }
      break;
    case ND_OPT_MTU:
      if (length === 8) return { name: "mtu", type, reserved: get16(data, 0), mtu: get32(data, 2) };
      break;
    case ND_OPT_REDIRECT_HDR:
      return { name: "redirected", type, reserved: data.slice(0, 6), data: data.slice(6) };
    case ND_OPT_NONCE:
      return { name: "nonce", type, nonce: data };
  }
  return { name: "unknown", type, data };
}

/** The message's bytes with the common header left zero. */
export function emitNd(body: NdBody): Uint8Array {
  const parts = body.options.map(emitNdOption);
  const fixed = emitFixed(body);
  const bytes = new Uint8Array(fixed.length + parts.reduce((length, part) => length + part.length, 0));
  bytes.set(fixed);
  let at = fixed.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function emitFixed(body: NdBody): Uint8Array {
  switch (body.kind) {
    case "router-solicitation": {
      const bytes = new Uint8Array(RS_LENGTH);
      set32(bytes, FLAGS, body.reserved);
      return bytes;
    }
    case "router-advertisement": {
      const bytes = new Uint8Array(RA_LENGTH);
      bytes[4] = body.curHopLimit;
      bytes[5] = body.flags;
      set16(bytes, 6, body.routerLifetime);
      set32(bytes, 8, body.reachableTime);
      set32(bytes, 12, body.retransTimer);
      return bytes;
    }
    case "neighbor-solicitation":
    case "neighbor-advertisement": {
      const bytes = new Uint8Array(NS_LENGTH);
      set32(bytes, FLAGS, body.kind === "neighbor-solicitation" ? body.reserved : body.flags);
      body.target.write(bytes, TARGET);
      return bytes;
    }
    case "redirect": {
      const bytes = new Uint8Array(REDIRECT_LENGTH);
      set32(bytes, FLAGS, body.reserved);
      body.target.write(bytes, TARGET);
      body.destination.write(bytes, REDIRECT_DESTINATION);
      return bytes;
    }
  }
}

/** One option's bytes, padded with zeros to a multiple of 8. */
export function emitNdOption(option: NdOption): Uint8Array {
  switch (option.name) {
    case "source-link-layer":
    case "target-link-layer":
      return padded(option.type, option.address);
    case "prefix": {
      const data = new Uint8Array(30);
      data[0] = option.prefixLength;
      data[1] = option.flags;
      set32(data, 2, option.validLifetime);
      set32(data, 6, option.preferredLifetime);
      set32(data, 10, option.reserved);
      option.prefix.write(data, 14);
      return padded(option.type, data);
    }
    case "mtu": {
      const data = new Uint8Array(6);
      set16(data, 0, option.reserved);
      set32(data, 2, option.mtu);
      return padded(option.type, data);
    }
    case "redirected":
      return padded(option.type, Uint8Array.of(...option.reserved, ...option.data));
    case "nonce":
      return padded(option.type, option.nonce);
    case "unknown":
      return padded(option.type, option.data);
    case "malformed":
      return option.data;
  }
}

function padded(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((data.length + 2 + 7) & ~7);
  bytes[0] = type;
  bytes[1] = bytes.length >> 3;
  bytes.set(data, 2);
  return bytes;
}

/** The layout of a message with this body after type, code and checksum, options not included. */
export function ndFields(body: NdBody): readonly FieldLayout[] {
  switch (body.kind) {
    case "router-solicitation":
      return [field("reserved", FLAGS, 32)];
    case "router-advertisement":
      return [
        field("curHopLimit", 4, 8),
        field("flags", 5, 8),
        field("routerLifetime", 6, 16),
        field("reachableTime", 8, 32),
        field("retransTimer", 12, 32),
      ];
    case "neighbor-solicitation":
      return [field("reserved", FLAGS, 32), field("target", TARGET, 128)];
    case "neighbor-advertisement":
      return [field("flags", FLAGS, 32), field("target", TARGET, 128)];
    case "redirect":
      return [
        field("reserved", FLAGS, 32),
        field("target", TARGET, 128),
        field("destination", REDIRECT_DESTINATION, 128),
      ];
  }
}

/** "who has fe80::2 source-link-layer 020000000001". */
export function formatNd(body: NdBody): string {
  const options = body.options.map((option) => ` ${formatOption(option)}`).join("");
  switch (body.kind) {
    case "router-solicitation":
      return options.trimStart();
    case "router-advertisement":
      return `hlim ${body.curHopLimit} flags 0x${body.flags.toString(16)} lifetime ${body.routerLifetime}` +
        ` reachable ${body.reachableTime} retrans ${body.retransTimer}${options}`;
    case "neighbor-solicitation":
      return `who has ${body.target}${options}`;
    case "neighbor-advertisement": {
      const { flags } = body;
      const letters = (flags & NA_ROUTER ? "R" : "") + (flags & NA_SOLICITED ? "S" : "") +
        (flags & NA_OVERRIDE ? "O" : "");
      return `${body.target}${letters === "" ? "" : ` [${letters}]`}${options}`;
    }
    case "redirect":
      return `${body.destination} to ${body.target}${options}`;
  }
}

function formatOption(option: NdOption): string {
  switch (option.name) {
    case "source-link-layer":
    case "target-link-layer":
      return `${option.name} ${toHex(option.address)}`;
    case "prefix":
      return `prefix ${option.prefix}/${option.prefixLength} valid ${option.validLifetime}` +
        ` preferred ${option.preferredLifetime}`;
    case "mtu":
      return `mtu ${option.mtu}`;
    case "redirected":
      return `redirected (${option.data.length})`;
    case "nonce":
      return `nonce ${toHex(option.nonce)}`;
    case "unknown":
      return `option ${option.type} ${toHex(option.data)}`;
    case "malformed":
      return `malformed ${toHex(option.data)}`;
  }
}
