/**
 * IPv4 options at their place in a header, to be read and filled in there: RFC 791 section 3.1.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { set32 } from "./bytes.ts";
import { DESTINATION, headerLength, MIN_HEADER_LENGTH } from "./ipv4.ts";
import {
  IPOPT_COPY,
  IPOPT_END,
  IPOPT_LSRR,
  IPOPT_NOOP,
  IPOPT_RR,
  IPOPT_SSRR,
  IPOPT_TIMESTAMP,
} from "./ipv4_options.ts";

/** Octets of an address, and of a time. */
const WORD = 4;
const LENGTH = 1;
const POINTER = 2;
const OVERFLOW_AND_FLAG = 3;

/** One option of more than one octet. */
export class OptionInPlace {
  /** An option whose type is at `at` and whose length has been checked against its surroundings. */
  constructor(private readonly bytes: Uint8Array, readonly at: number) {}

  /** Its type, copy bit and class included. */
  get type(): number {
    return this.bytes[this.at]!;
  }

  /** Octets that it takes, type and length included. */
  get length(): number {
    return this.bytes[this.at + LENGTH]!;
  }

  /** Where its length stands in the packet. */
  get lengthAt(): number {
    return this.at + LENGTH;
  }

  /** Where its pointer stands in the packet. */
  get pointerAt(): number {
    return this.at + POINTER;
  }

  /** Where a time stamp option has its overflow and its flag. */
  get flagAt(): number {
    return this.at + OVERFLOW_AND_FLAG;
  }

  /** Whether fragments after the first carry it, too. */
  get isCopied(): boolean {
    return (this.type & IPOPT_COPY) !== 0;
  }

  /** Whether it is a source route, loose or strict. */
  get isSourceRoute(): boolean {
    return this.type === IPOPT_LSRR || this.type === IPOPT_SSRR;
  }

  /** Octets before the first entry. */
  get headLength(): number {
    return this.type === IPOPT_TIMESTAMP ? OVERFLOW_AND_FLAG + 1 : POINTER + 1;
  }

  /** Whether it holds entries that a pointer goes through: routes and times. */
  get hasEntries(): boolean {
    return this.type === IPOPT_RR || this.type === IPOPT_TIMESTAMP || this.isSourceRoute;
  }

  /** Offset of the next entry from the option's start; the pointer on the wire counts from 1. */
  get next(): number {
    return this.bytes[this.pointerAt]! - 1;
  }

  set next(offset: number) {
    this.bytes[this.pointerAt] = offset + 1;
  }

  /** Octets from the next entry to the end, none when the pointer is beyond it. */
  get room(): number {
    return Math.max(0, this.length - this.next);
  }

  /** How many hosts found no room for their time. */
  get overflow(): number {
    return this.bytes[this.flagAt]! >> 4;
  }

  set overflow(count: number) {
    this.bytes[this.flagAt] = (count << 4) | this.flag;
  }

  /** What a time stamp option asks for, `IPOPT_TS_*`. */
  get flag(): number {
    return this.bytes[this.flagAt]! & 0x0f;
  }

  /** The address at an offset from the option's start. */
  address(offset: number): IpAddress {
    return IpAddress.from(this.bytes, this.at + offset, WORD);
  }

  /** Puts an address where the next entry goes, and steps over it. */
  appendAddress(address: IpAddress): void {
    this.putAddress(this.next, address);
    this.next += WORD;
  }

  /** Puts an address at an offset from the option's start. */
  putAddress(offset: number, address: IpAddress): void {
    address.write(this.bytes, this.at + offset);
  }

  /** Puts a time where the next entry goes, and steps over it. */
  appendTime(milliseconds: number): void {
    set32(this.bytes, this.at + this.next, milliseconds);
    this.next += WORD;
  }

  /** The addresses of a route from the first to the one before the pointer. */
  recorded(): IpAddress[] {
    const addresses: IpAddress[] = [];
    const end = Math.min(this.next, this.length);
    for (let offset = this.headLength; offset + WORD <= end; offset += WORD) addresses.push(this.address(offset));
    return addresses;
  }

  /** Its octets. */
  octets(): Uint8Array {
    return this.bytes.slice(this.at, this.at + this.length);
  }

  /** Makes no-operations of it. */
  blank(): void {
    this.bytes.fill(IPOPT_NOOP, this.at, this.at + this.length);
  }
}

/** The options of a header, and where the first one stands that can't be one. */
export interface OptionArea {
  readonly options: readonly OptionInPlace[];
  /** Where an option stands whose length is missing, too small, or leads out of the header. */
  readonly malformedAt: number | undefined;
  /** Where an end of list stands, else where the options end. */
  readonly end: number;
}

/** Goes through `bytes[start, end)`, up to an end of list or to what can't be an option. */
export function findOptions(bytes: Uint8Array, start: number, end: number): OptionArea {
  const options: OptionInPlace[] = [];
  let at = start;
  // RFC791-3.1-opt-eol
  while (at < end && bytes[at] !== IPOPT_END) {
    // RFC791-3.1-opt-nop
    if (bytes[at] === IPOPT_NOOP) {
      at++;
      continue;
    }
    const length = at + LENGTH < end ? bytes[at + LENGTH]! : 0;
    if (length <= LENGTH || at + length > end) return { options, malformedAt: at, end };
    options.push(new OptionInPlace(bytes, at));
    at += length;
  }
  return { options, malformedAt: undefined, end: at };
}

/** The options of the header at `header`. */
export function optionsOfHeader(bytes: Uint8Array, header: number, length: number): OptionArea {
  return findOptions(bytes, header + MIN_HEADER_LENGTH, header + length);
}

/**
 * Where the address stands of who the packet at `header` is for: at the end of a source route that has not been used up,
 * else in the header. Checksums of transports are over this one (RFC 9293 section 3.1). Lengths must have been checked.
 */
export function finalDestinationAt(bytes: Uint8Array, header: number): number {
  const length = headerLength(bytes, header);
  if (length === MIN_HEADER_LENGTH) return header + DESTINATION;
  for (const option of optionsOfHeader(bytes, header, length).options) {
    if (option.isSourceRoute && option.length >= option.headLength + WORD && option.room >= WORD) {
      return option.at + option.length - WORD;
    }
  }
  return header + DESTINATION;
}

/** What was found in the options of a received packet. */
export interface ReceivedOptions {
  readonly sourceRoute: OptionInPlace | undefined;
  readonly recordRoute: OptionInPlace | undefined;
  readonly timestamp: OptionInPlace | undefined;
  /** Offset from the option's start of the address of this host that a route was recorded with. */
  recordedRouteAt: number | undefined;
  /** The same of a time. */
  recordedTimeAt: number | undefined;
  /** Where a source route goes on to from here. */
  nextHop: IpAddress | undefined;
}
