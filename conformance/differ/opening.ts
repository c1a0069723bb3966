/**
 * Random openings of connections, and what all kinds of lives have in common.
 *
 * @module
 */
import fc from "fast-check";
import type { Opening, SocketOption } from "./connection.ts";

/** Waits before an act, ms. Most are odd, so that acts rarely fall on what timers do. */
export const after: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 5, arbitrary: fc.constantFrom(1, 3, 7, 13, 19) },
  { weight: 3, arbitrary: fc.constantFrom(29, 53, 71, 97) },
  { weight: 2, arbitrary: fc.constantFrom(143, 187, 311, 467) },
  { weight: 1, arbitrary: fc.constantFrom(733, 1187) },
);

/** One of these, the first most often. */
export function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 2 * others.length, arbitrary: fc.constant(usual) }, {
    weight: others.length,
    arbitrary: fc.constantFrom(...others),
  });
}

/** An option of the socket layer's. */
export function socketOption(name: string, value: number): SocketOption {
  return { level: "SOL_SOCKET", name, value };
}

/** An option of TCP's. */
export function tcpOption(name: string, value: number): SocketOption {
  return { level: "IPPROTO_TCP", name, value };
}

/** An opening whose socket has some of `options` set. */
export function opening(passive: fc.Arbitrary<boolean>, options: readonly SocketOption[]): fc.Arbitrary<Opening> {
  return fc.record({
    family: mostly<"ipv4" | "ipv6">("ipv4", "ipv6"),
    passive,
    mss: mostly<number | undefined>(1460, 1000, 536, 1220, undefined),
    sack: mostly(true, false),
    stamps: fc.boolean(),
    scale: mostly<number | undefined>(7, 0, 2, undefined),
    ecn: mostly(false, true),
    synWindow: mostly(65535, 32792, 5000),
    window: mostly(2000, 257, 65535, 30),
    isn: mostly(0, 4294960000),
    roundTrip_ms: mostly(11, 1, 47, 103),
    congestion: mostly<"reno" | "cubic">("reno", "cubic"),
    options: fc.uniqueArray(fc.constantFrom(...options), { maxLength: 2, selector: ({ name }) => name }),
  });
}
