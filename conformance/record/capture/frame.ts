/**
 * A frame of a capture file, and the numbers of link types (draft-ietf-opsawg-pcaplinktype).
 *
 * @module
 */

/** BSD loopback: the family in the byte order of the machine that captured. */
export const LINKTYPE_NULL = 0;
/** Ethernet. */
export const LINKTYPE_ETHERNET = 1;
/** IP packets; 12 and 14 are what some systems write for it. */
export const LINKTYPE_RAW = 101;
/** OpenBSD loopback: the family in network byte order. */
export const LINKTYPE_LOOP = 108;
/** Linux cooked capture. */
export const LINKTYPE_LINUX_SLL = 113;
/** IPv4 packets. */
export const LINKTYPE_IPV4 = 228;
/** IPv6 packets. */
export const LINKTYPE_IPV6 = 229;
/** Linux cooked capture, version 2. */
export const LINKTYPE_LINUX_SLL2 = 276;

/** A frame as it stands in a file. */
export interface Frame {
  /** Where its record begins in the file. */
  readonly offset: number;
  /** µs since 1970, with a fraction where the file has nanoseconds. */
  readonly time_us: number;
  readonly linkType: number;
  /** Number of the interface, from 0. */
  readonly port: number;
  /** What was captured of it. Valid until the next frame is read. */
  readonly bytes: Uint8Array;
  /** How long it was on the wire. */
  readonly length: number;
  /** Which way it went through the interface, where the file says so. */
  readonly direction: "received" | "sent" | undefined;
}

/** Most octets of a frame; larger ones are no frames of a network. */
export const MAX_FRAME = 1 << 20;
