/**
 * IP addresses, prefixes and MAC addresses.
 *
 * @module
 */
import { equalBytes, get16, get32 } from "./bytes.ts";

/** 4 for IPv4, 6 for IPv6. */
export type Family = 4 | 6;

/** A 32-bit hash of `length` bytes at `offset`, seeded so that a peer can't choose colliding keys. Integer, 0 … 2^32-1. */
export function hashBytes(bytes: Uint8Array, offset: number, length: number, seed = 0): number {
  // FNV-1a over bytes, then MurmurHash3's finalizer to spread the low bits.
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = offset; i < offset + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const RECENT_BITS = 9;
/** The last address that {@link IpAddress.from} made in each slot. */
const RECENT: (IpAddress | undefined)[] = new Array(1 << RECENT_BITS).fill(undefined);

/** An IPv4 or IPv6 address. Immutable: nobody may write to `bytes`. */
export class IpAddress {
  /** 4 or 6. */
  readonly family: Family;
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
  #text: string | undefined;
  #hash = -1;

  /** Copies `bytes`, 4 or 16 of them; throws `RangeError` for any other length. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== 4 && bytes.length !== 16) {
      throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
    }
    this.family = bytes.length === 4 ? 4 : 6;
    this.bytes = bytes.slice();
  }

  /**
   * The address of `family` in place at `bytes[offset]`. Addresses seen lately are not made again: packets mostly have
   * the addresses of the packets before.
   */
  static from(bytes: Uint8Array, offset: number, family: Family): IpAddress {
    const mixed = family === 4
      ? get32(bytes, offset)
      : get32(bytes, offset) ^ get32(bytes, offset + 4) ^ get32(bytes, offset + 8) ^ get32(bytes, offset + 12);
    const slot = Math.imul(mixed, 0x9e3779b1) >>> (32 - RECENT_BITS);
    const recent = RECENT[slot];
    if (recent !== undefined && recent.family === family && recent.matches(bytes, offset)) return recent;
    const made = new IpAddress(bytes.subarray(offset, offset + (family === 4 ? 4 : 16)));
    RECENT[slot] = made;
    return made;
  }

  /** The IPv4 address with the 32-bit value `value`. */
  static fromU32(value: number): IpAddress {
    return new IpAddress(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  /** Parses dotted decimal or RFC 4291 section 2.2 text; throws `SyntaxError` that names the text. */
  static parse(text: string): IpAddress {
    const bytes = text.includes(":") ? parse6(text) : parse4(text);
    if (bytes === undefined) throw new SyntaxError(`not an IP address: ${JSON.stringify(text)}`);
    return new IpAddress(bytes);
  }

  /** As {@link parse}, undefined instead of an error. */
  static tryParse(text: string): IpAddress | undefined {
    const bytes = text.includes(":") ? parse6(text) : parse4(text);
    return bytes === undefined ? undefined : new IpAddress(bytes);
  }

  /** 0.0.0.0 */
  static readonly ANY4: IpAddress = new IpAddress(new Uint8Array(4));
  /** :: */
  static readonly ANY6: IpAddress = new IpAddress(new Uint8Array(16));
  /** 127.0.0.1 */
  static readonly LOOPBACK4: IpAddress = IpAddress.fromU32(0x7f000001);
  /** ::1 */
  static readonly LOOPBACK6: IpAddress = IpAddress.parse("::1");
  /** 255.255.255.255 */
  static readonly BROADCAST4: IpAddress = IpAddress.fromU32(0xffffffff);
  /** 224.0.0.1, all systems on this link */
  static readonly ALL_SYSTEMS4: IpAddress = IpAddress.fromU32(0xe0000001);
  /** ff02::1, all nodes on this link */
  static readonly ALL_NODES6: IpAddress = IpAddress.parse("ff02::1");
  /** ff02::2, all routers on this link */
  static readonly ALL_ROUTERS6: IpAddress = IpAddress.parse("ff02::2");

  /** Canonical text, computed once; equal exactly for equal addresses, so it can be a map's key. */
  get key(): string {
    return this.#text ??= this.family === 4 ? this.bytes.join(".") : format6(this.bytes);
  }

  /** Dotted decimal, or RFC 5952 text. */
  toString(): string {
    return this.key;
  }

  /** As {@link toString}, so that reports show addresses as text. */
  toJSON(): string {
    return this.key;
  }

  /** {@link hashBytes} of the address with seed 0, computed once. */
  get hash(): number {
    if (this.#hash < 0) this.#hash = hashBytes(this.bytes, 0, this.bytes.length);
    return this.#hash;
  }

  /** The 32-bit value of an IPv4 address, or of the last 32 bits of an IPv6 address. */
  get u32(): number {
    return get32(this.bytes, this.bytes.length - 4);
  }

  /** Whether both are the same address of the same family. */
  equals(other: IpAddress): boolean {
    return this === other ||
      (this.family === other.family && equalBytes(this.bytes, 0, other.bytes, 0, this.bytes.length));
  }

  /** Whether this address lies in place at `bytes[offset]`. */
  matches(bytes: Uint8Array, offset: number): boolean {
    return equalBytes(this.bytes, 0, bytes, offset, this.bytes.length);
  }

  /** Writes the address at `bytes[offset]`. */
  write(bytes: Uint8Array, offset: number): void {
    const own = this.bytes;
    for (let i = 0; i < own.length; i++) bytes[offset + i] = own[i]!;
  }

  /** 0.0.0.0 or ::. */
  get isUnspecified(): boolean {
    return this.bytes.every((byte) => byte === 0);
  }

  /** 127.0.0.0/8, ::1, or a mapped 127.0.0.0/8. */
  get isLoopback(): boolean {
    if (this.family === 4) return this.bytes[0] === 127;
    if (this.isV4Mapped) return this.bytes[12] === 127;
    return this.bytes[15] === 1 && this.bytes.subarray(0, 15).every((byte) => byte === 0);
  }

  /** 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    return this.family === 4 ? (this.bytes[0]! & 0xf0) === 0xe0 : this.bytes[0] === 0xff;
  }

  /** 169.254.0.0/16 or fe80::/10. */
  get isLinkLocal(): boolean {
    return this.family === 4
      ? this.bytes[0] === 169 && this.bytes[1] === 254
      : this.bytes[0] === 0xfe && (this.bytes[1]! & 0xc0) === 0x80;
  }

  /** Multicast that stays on the link: 224.0.0.0/24, or ff02::/16 and ff01::/16. */
  get isLinkLocalMulticast(): boolean {
    return this.family === 4
      ? this.bytes[0] === 224 && this.bytes[1] === 0 && this.bytes[2] === 0
      : this.bytes[0] === 0xff && ((this.bytes[1]! & 0x0f) === 2 || (this.bytes[1]! & 0x0f) === 1);
  }

  /** 255.255.255.255, the limited broadcast. Directed broadcasts depend on the interface. */
  get isBroadcast(): boolean {
    return this.family === 4 && this.bytes.every((byte) => byte === 0xff);
  }

  /** ::ffff:0:0/96. */
  get isV4Mapped(): boolean {
    if (this.family === 4) return false;
    const b = this.bytes;
    for (let i = 0; i < 10; i++) if (b[i] !== 0) return false;
    return b[10] === 0xff && b[11] === 0xff;
  }

  /** ::ffff:a.b.c.d for an IPv4 address; an IPv6 address as it is. */
  toV4Mapped(): IpAddress {
    if (this.family === 6) return this;
    const bytes = new Uint8Array(16);
    bytes[10] = bytes[11] = 0xff;
    bytes.set(this.bytes, 12);
    return new IpAddress(bytes);
  }

  /** The IPv4 address in an IPv4-mapped one; any other address as it is. */
  unmapped(): IpAddress {
    return this.isV4Mapped ? new IpAddress(this.bytes.subarray(12)) : this;
  }

  /** Whether the first `length` bits are those of `prefix`. False for another family. */
  inPrefix(prefix: IpAddress, length: number): boolean {
    if (prefix.family !== this.family) return false;
    const whole = length >> 3;
    if (!equalBytes(this.bytes, 0, prefix.bytes, 0, whole)) return false;
    const rest = length & 7;
    return rest === 0 || ((this.bytes[whole]! ^ prefix.bytes[whole]!) >> (8 - rest)) === 0;
  }

  /** The address with all bits after the first `length` cleared. */
  masked(length: number): IpAddress {
    return new IpAddress(this.bytes.map((byte, i) => byte & maskByte(length, i)));
  }

  /** The address with all bits after the first `length` set: the directed broadcast address of an IPv4 prefix. */
  filled(length: number): IpAddress {
    return new IpAddress(this.bytes.map((byte, i) => byte | (~maskByte(length, i) & 0xff)));
  }

  /** ff02::1:ffXX:XXXX with the last 24 bits of this address (RFC 4291 section 2.7.1). */
  solicitedNode(): IpAddress {
    const bytes = IpAddress.parse("ff02::1:ff00:0").bytes.slice();
    bytes.set(this.bytes.subarray(this.bytes.length - 3), 13);
    return new IpAddress(bytes);
  }
}

function maskByte(length: number, index: number): number {
  const bits = Math.min(8, Math.max(0, length - index * 8));
  return (0xff00 >> bits) & 0xff;
}

function parse4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parse6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups6(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups6(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Bytes of groups separated by single colons; the last may be dotted decimal if it is the last of the address. */
function groups6(text: string, last: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const groups = text.split(":");
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    if (group.includes(".")) {
      const dotted = last && i === groups.length - 1 ? parse4(group) : undefined;
      if (dotted === undefined) return undefined;
      bytes.push(...dotted);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes.length > 16 ? undefined : bytes;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::", mapped as dotted. */
function format6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(get16(bytes, i));
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      bestStart = i;
      bestLength = length;
    }
    i += length;
  }
  const mapped = bestStart === 0 && bestLength === 5 && groups[5] === 0xffff;
  const texts = groups.map((group) => group.toString(16));
  if (mapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  if (bestStart < 0) return texts.join(":");
  return `${texts.slice(0, bestStart).join(":")}::${texts.slice(bestStart + bestLength).join(":")}`;
}

/** An address and a prefix length in bits. */
export interface Prefix {
  /** Host bits may be set. */
  readonly address: IpAddress;
  /** Bits, from the first, that count. */
  readonly length: number;
}

/** Parses "192.0.2.0/24"; without a length, the address's full width. Host bits are kept. Throws `SyntaxError`. */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf("/");
  const address = IpAddress.parse(slash < 0 ? text : text.slice(0, slash));
  const width = address.bytes.length * 8;
  if (slash < 0) return { address, length: width };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > width) {
    throw new SyntaxError(`not a prefix length of 0 to ${width}: ${JSON.stringify(text)}`);
  }
  return { address, length: Number(digits) };
}

/** "192.0.2.0/24". */
export function formatPrefix(prefix: Prefix): string {
  return `${prefix.address}/${prefix.length}`;
}

/** Prefix length of a contiguous IPv4 netmask, or undefined. */
export function maskToLength(mask: IpAddress): number | undefined {
  const inverted = ~mask.u32 >>> 0;
  return (inverted & (inverted + 1)) === 0 ? 32 - (inverted === 0 ? 0 : 32 - Math.clz32(inverted)) : undefined;
}

/** A 48-bit MAC address. Immutable: nobody may write to `bytes`. */
export class MacAddress {
  /** 6 bytes. */
  readonly bytes: Uint8Array;
  #text: string | undefined;

  /** Copies `bytes`, 6 of them; throws `RangeError` for any other length. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${bytes.length}`);
    this.bytes = bytes.slice();
  }

  /** The address in place at `bytes[offset]`. */
  static from(bytes: Uint8Array, offset: number): MacAddress {
    return new MacAddress(bytes.subarray(offset, offset + 6));
  }

  /** Parses "02:00:00:00:00:01"; throws `SyntaxError`. */
  static parse(text: string): MacAddress {
    if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)) {
      throw new SyntaxError(`not a MAC address: ${JSON.stringify(text)}`);
    }
    return new MacAddress(Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16)));
  }

  /** ff:ff:ff:ff:ff:ff */
  static readonly BROADCAST: MacAddress = new MacAddress(new Uint8Array(6).fill(0xff));
  /** 00:00:00:00:00:00 */
  static readonly ZERO: MacAddress = new MacAddress(new Uint8Array(6));

  /** The group address that carries an IP multicast address: RFC 1112 section 6.4, RFC 2464 section 7. */
  static forMulticast(address: IpAddress): MacAddress {
    const b = address.bytes;
    return address.family === 4
      ? new MacAddress(Uint8Array.of(0x01, 0x00, 0x5e, b[1]! & 0x7f, b[2]!, b[3]!))
      : new MacAddress(Uint8Array.of(0x33, 0x33, b[12]!, b[13]!, b[14]!, b[15]!));
  }

  /** Canonical text, computed once; can be a map's key. */
  get key(): string {
    return this.#text ??= Array.from(this.bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  }

  /** As {@link key}. */
  toString(): string {
    return this.key;
  }

  /** As {@link key}, so that reports show addresses as text. */
  toJSON(): string {
    return this.key;
  }

  /** Whether both are the same address. */
  equals(other: MacAddress): boolean {
    return equalBytes(this.bytes, 0, other.bytes, 0, 6);
  }

  /** Whether this address lies in place at `bytes[offset]`. */
  matches(bytes: Uint8Array, offset: number): boolean {
    return equalBytes(this.bytes, 0, bytes, offset, 6);
  }

  /** Writes the address at `bytes[offset]`. */
  write(bytes: Uint8Array, offset: number): void {
    bytes.set(this.bytes, offset);
  }

  /** A group address, broadcast included. */
  get isMulticast(): boolean {
    return (this.bytes[0]! & 1) !== 0;
  }

  /** ff:ff:ff:ff:ff:ff */
  get isBroadcast(): boolean {
    return this.bytes.every((byte) => byte === 0xff);
  }

  /** The modified EUI-64 interface identifier, 8 bytes (RFC 4291 appendix A). */
  eui64(): Uint8Array {
    const b = this.bytes;
    return Uint8Array.of(b[0]! ^ 0x02, b[1]!, b[2]!, 0xff, 0xfe, b[3]!, b[4]!, b[5]!);
  }
}
