/**
 * Packets that mean good and ill, and trains of fragments, for a stack that is a host on one link and a router to another.
 *
 * @module
 */
import fc from "fast-check";
import { mostly } from "./opening.ts";

/** Where packets come from and go to, by role; what address that is depends on the family. */
export type Place = "remote" | "own" | "ownBeyond" | "beyond" | "nowhere" | "broadcast" | "group" | "loopback" | "any";

/** What a packet carries. */
export type Carried = "open" | "closed" | "echo" | "unknown" | "segment" | "error" | "odd";

/** How the header is wrong. */
export type Fault = "none" | "checksum" | "length" | "header" | "short";

/** Part of a datagram: octets in units of eight; the flag as it should be, or turned. */
export interface Piece {
  readonly start: number;
  readonly size: number;
  readonly more: "right" | "set" | "clear";
  readonly fill: boolean;
}

/** One packet, or the fragments of one datagram. */
export interface PacketAct {
  readonly after_ms: number;
  /** On which link it comes in. */
  readonly beyond: boolean;
  readonly source: Place;
  readonly destination: Place;
  readonly carried: Carried;
  /** Octets of data. */
  readonly length: number;
  readonly ttl: number;
  readonly df: boolean;
  readonly tos: number;
  readonly fault: Fault;
  /** Options of IPv4, extension headers of IPv6: which, by number; 0 none. */
  readonly options: number;
  readonly pieces: readonly Piece[];
}

/** A script of packets. */
export interface PacketLife {
  readonly family: "ipv4" | "ipv6";
  /** MTU of the second link. */
  readonly mtu: number;
  readonly packets: readonly PacketAct[];
}

const piece: fc.Arbitrary<Piece> = fc.record({
  start: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(0, 0, 1, 100, 8000, 8191)),
  size: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 100, 180)),
  more: mostly<Piece["more"]>("right", "right", "set", "clear"),
  fill: fc.boolean(),
});

const packet: fc.Arbitrary<PacketAct> = fc.record({
  after_ms: fc.constantFrom(5, 5, 10, 20),
  beyond: mostly(false, true),
  source: mostly<Place>("remote", "beyond", "own", "nowhere", "broadcast", "group", "loopback", "any"),
  destination: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Place>("own", "beyond") },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Place>("ownBeyond", "nowhere", "broadcast", "group", "loopback", "any", "remote"),
    },
  ),
  carried: fc.constantFrom<Carried>("open", "closed", "echo", "echo", "unknown", "segment", "error", "odd"),
  length: fc.constantFrom(0, 1, 8, 100, 548, 1000, 1272, 1400),
  ttl: mostly(64, 1, 2, 255),
  df: fc.boolean(),
  tos: mostly(0, 0x10, 0xb8, 1, 2, 3),
  fault: mostly<Fault>("none", "checksum", "length", "header", "short"),
  options: mostly(0, 1, 2, 3, 4, 5, 6),
  pieces: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(piece, { minLength: 1, maxLength: 5 }) },
  ),
});

/** See {@link PacketLife}. */
export const packetLives: fc.Arbitrary<PacketLife> = fc.record({
  family: fc.constantFrom<"ipv4" | "ipv6">("ipv4", "ipv6"),
  mtu: fc.constantFrom(1500, 1280, 1400),
  packets: fc.array(packet, { minLength: 1, maxLength: 20, size: "max" }),
});
