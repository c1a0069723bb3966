/**
 * IPv4 options: RFC 791 section 3.1, router alert RFC 2113.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get32, set16, set32, toHex } from "./bytes.ts";

/** End of option list. */
export const IPOPT_END = 0;
/** No operation. */
export const IPOPT_NOOP = 1;
/** Record route. */
export const IPOPT_RR = 7;
/** Internet timestamp. */
export const IPOPT_TIMESTAMP = 68;
/** Security, RFC 1108. */
export const IPOPT_SEC = 130;
/** Loose source and record route. */
export const IPOPT_LSRR = 131;
/** Commercial IP security option. */
export const IPOPT_CIPSO = 134;
/** Stream identifier. */
export const IPOPT_SID = 136;
/** Strict source and record route. */
export const IPOPT_SSRR = 137;
/** Router alert. */
export const IPOPT_RA = 148;
/** Bit of an option's type: copy into all fragments. */
export const IPOPT_COPY = 0x80;
/** Most bytes of options. */
export const MAX_LENGTH = 40;

/** Timestamp option flags: timestamps only. */
export const IPOPT_TS_TSONLY = 0;
/** Timestamp option flags: each with the address of who put it. */
export const IPOPT_TS_TSANDADDR = 1;
/** Timestamp option flags: addresses are prespecified. */
export const IPOPT_TS_PRESPEC = 3;

/** One option, in order; every byte of the options area belongs to exactly one. */
export type Ipv4Option =
  | { readonly name: "eol"; readonly type: 0 }
  | { readonly name: "nop"; readonly type: 1 }
  | {
    readonly name: "rr" | "lsrr" | "ssrr";
    readonly type: 7 | 131 | 137;
    /** Offset, from 1, within the option of the next entry. */
    readonly pointer: number;
    readonly route: readonly IpAddress[];
  }
  | {
    readonly name: "timestamp";
    readonly type: 68;
    readonly pointer: number;
    /** How many hosts found no room. */
    readonly overflow: number;
    /** {@link IPOPT_TS_TSONLY}, {@link IPOPT_TS_TSANDADDR} or {@link IPOPT_TS_PRESPEC}. */
    readonly flag: 0 | 1 | 3;
    /** Milliseconds since midnight UT; `address` unless timestamps only. */
    readonly entries: readonly { readonly address?: IpAddress; readonly timestamp: number }[];
  }
  | { readonly name: "ra"; readonly type: 148; readonly value: number }
  /** An option of no known layout; `data` without type and length. */
  | { readonly name: "unknown"; readonly type: number; readonly data: Uint8Array }
  /** What follows an EOL and is not all zero. */
  | { readonly name: "padding"; readonly data: Uint8Array }
  /** From an option whose length is missing, below 2 or beyond the header, to the end. */
  | { readonly name: "malformed"; readonly data: Uint8Array };

/** Decodes all options of `bytes[start, end)`. Never throws. */
export function parseOptions(bytes: Uint8Array, start: number, end: number): Ipv4Option[] {
  const options: Ipv4Option[] = [];
  let at = start;
  while (at < end) {
    const type = bytes[at]!;
    if (type === IPOPT_END) {
      at = parseEnd(bytes, at, end, options);
    } else if (type === IPOPT_NOOP) {
      options.push({ name: "nop", type });
      at++;
    } else {
      const length = at + 1 < end ? bytes[at + 1]! : 0;
      if (length < 2 || at + length > end) {
        options.push({ name: "malformed", data: bytes.slice(at, end) });
        return options;
      }
      options.push(parseOne(type, bytes, at, length));
      at += length;
    }
  }
  return options;
}

function parseEnd(bytes: Uint8Array, at: number, end: number, options: Ipv4Option[]): number {
  options.push({ name: "eol", type: 0 });
  const rest = bytes.slice(at + 1, end);
  if (rest.some((byte) => byte !== 0)) options.push({ name: "padding", data: rest });
  else for (let i = 0; i < rest.length; i++) options.push({ name: "eol", type: 0 });
  return end;
}

function parseOne(type: number, bytes: Uint8Array, at: number, length: number): Ipv4Option {
  switch (type) {
    case IPOPT_RR:
    case IPOPT_LSRR:
    case IPOPT_SSRR:
      if (length >= 3 && (length - 3) % 4 === 0) {
        const route: IpAddress[] = [];
        for (let i = at + 3; i < at + length; i += 4) route.push(IpAddress.from(bytes, i, 4));
        const name = type === IPOPT_RR ? "rr" : type === IPOPT_LSRR ? "lsrr" : "ssrr";
        return { name, type, pointer: bytes[at + 2]!, route };
      }
      break;
    case IPOPT_TIMESTAMP: {
      const flag = length >= 4 ? bytes[at + 3]! & 0x0f : -1;
      const pointer = bytes[at + 2]!;
      const overflow = length >= 4 ? bytes[at + 3]! >> 4 : 0;
      if (flag === IPOPT_TS_TSONLY && length % 4 === 0) {
        const entries: { timestamp: number }[] = [];
        for (let i = at + 4; i < at + length; i += 4) entries.push({ timestamp: get32(bytes, i) });
        return { name: "timestamp", type, pointer, overflow, flag, entries };
      }
      if ((flag === IPOPT_TS_TSANDADDR || flag === IPOPT_TS_PRESPEC) && length % 8 === 4) {
        const entries: { address: IpAddress; timestamp: number }[] = [];
        for (let i = at + 4; i < at + length; i += 8) {
          entries.push({ address: IpAddress.from(bytes, i, 4), timestamp: get32(bytes, i + 4) });
        }
        return { name: "timestamp", type, pointer, overflow, flag, entries };
      }
      break;
    }
    case IPOPT_RA:
      if (length === 4) return { name: "ra", type, value: get16(bytes, at + 2) };
      break;
  }
  return { name: "unknown", type, data: bytes.slice(at + 2, at + length) };
}

/** The options' bytes, padded with EOL to a multiple of 4. Throws `RangeError` beyond 40 bytes. */
export function emitOptions(options: readonly Ipv4Option[]): Uint8Array {
  const bytes: number[] = [];
  for (const option of options) bytes.push(...emitOne(option));
  while (bytes.length % 4 !== 0) bytes.push(IPOPT_END);
  if (bytes.length > MAX_LENGTH) throw new RangeError(`IPv4 options take ${bytes.length} bytes, ${MAX_LENGTH} fit`);
  return Uint8Array.from(bytes);
}

/** Bytes one option takes, type and length included. */
export function optionLength(option: Ipv4Option): number {
  return emitOne(option).length;
}

function emitOne(option: Ipv4Option): Uint8Array {
  switch (option.name) {
    case "eol":
    case "nop":
      return Uint8Array.of(option.type);
    case "rr":
    case "lsrr":
    case "ssrr": {
      const bytes = new Uint8Array(3 + 4 * option.route.length);
      bytes.set([option.type, bytes.length, option.pointer]);
      option.route.forEach((address, i) => address.write(bytes, 3 + 4 * i));
      return bytes;
    }
    case "timestamp": {
      const size = option.flag === IPOPT_TS_TSONLY ? 4 : 8;
      const bytes = new Uint8Array(4 + size * option.entries.length);
      bytes.set([option.type, bytes.length, option.pointer, (option.overflow << 4) | option.flag]);
      option.entries.forEach((entry, i) => {
        const at = 4 + size * i;
        if (size === 8) (entry.address ?? IpAddress.ANY4).write(bytes, at);
        set32(bytes, at + size - 4, entry.timestamp);
      });
      return bytes;
    }
    case "ra": {
      const bytes = Uint8Array.of(option.type, 4, 0, 0);
      set16(bytes, 2, option.value);
      return bytes;
    }
    case "unknown":
      return Uint8Array.of(option.type, option.data.length + 2, ...option.data);
    case "padding":
    case "malformed":
      return option.data;
  }
}

/** "nop,rr ptr 4 0.0.0.0 0.0.0.0,ra 0". */
export function formatOptions(options: readonly Ipv4Option[]): string {
  return options.map((option) => {
    switch (option.name) {
      case "rr":
      case "lsrr":
      case "ssrr":
        return [option.name, "ptr", option.pointer, ...option.route].join(" ");
      case "timestamp":
        return [
          "timestamp ptr",
          option.pointer,
          "overflow",
          option.overflow,
          "flag",
          option.flag,
          ...option.entries.map(({ address, timestamp }) =>
            address === undefined ? String(timestamp) : `${address}@${timestamp}`
          ),
        ].join(" ");
      case "ra":
        return `ra ${option.value}`;
      case "unknown":
        return `type_${option.type} ${toHex(option.data)}`.trimEnd();
      case "padding":
      case "malformed":
        return `${option.name} ${toHex(option.data)}`;
      default:
        return option.name;
    }
  }).join(",");
}
