/**
 * Lives in which the stack under test mostly sends.
 *
 * @module
 */
import fc from "fast-check";
import type { Act, Life } from "./connection.ts";
import { after, mostly, opening, socketOption, tcpOption } from "./opening.ts";

const OPTIONS = [
  socketOption("SO_SNDBUF", 5000),
  socketOption("SO_SNDBUF", 30000),
  tcpOption("TCP_NODELAY", 1),
  tcpOption("TCP_NODELAY", 0),
  tcpOption("TCP_CORK", 1),
  tcpOption("TCP_CORK", 0),
  tcpOption("TCP_MAXSEG", 700),
  tcpOption("TCP_NOTSENT_LOWAT", 4000),
  tcpOption("TCP_USER_TIMEOUT", 900),
];

const share = fc.constantFrom(0.1, 0.25, 0.5, 0.75, 0.9);
const block = fc.tuple(share, fc.constantFrom(0.3, 0.5, 0.8, 1, 1.2));

const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("write"),
      after_ms: after,
      length: fc.constantFrom(1000, 1, 100, 1460, 4000, 10000, 30000),
      flags: mostly<"0" | "MSG_MORE" | "MSG_OOB">("0", "0", "0", "MSG_MORE", "MSG_OOB"),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("respond"),
      after_ms: after,
      lost: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 63 }), fc.constantFrom(1, 2, 4, 6, 1023)),
      every: fc.constantFrom<1 | 2 | 99>(2, 1, 99),
      window: mostly<number | undefined>(undefined, 0, 10, 100, 1000),
      echo: mostly(false, false, false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("ack"),
      after_ms: after,
      share: fc.oneof(fc.constantFrom(0, 1), share, fc.constantFrom(2, -1)),
      gap: mostly(0, 0, 0, -1, 100),
      blocks: fc.array(block, { maxLength: 3, size: "max" }),
      window: mostly<number | undefined>(undefined, 0, 10, 100, 1000),
      flags: mostly(".", ".", "E.", "P."),
      stamp_ms: mostly(0, 0, -1, -1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("text"),
      after_ms: after,
      length: fc.constantFrom(100, 1000),
      gap: mostly(0, 1000),
      flags: fc.constant("P."),
      ecn: fc.constant("noecn"),
      stamp_ms: fc.constant(0),
      urgent: fc.constant(0),
      stampless: fc.constant(false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("icmp"),
      after_ms: after,
      message: fc.constantFrom(
        "frag_needed",
        "host_unreachable",
        "port_unreachable",
        "protocol_unreachable",
        "time_exceeded",
      ),
      mtu: fc.constantFrom(1300, 1000, 552, 100, 1500, 0),
      share: mostly(0, 0.5, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant("option" as const), after_ms: after, option: fc.constantFrom(...OPTIONS) }),
      fc.record({
        kind: fc.constant("read" as const),
        after_ms: after,
        length: fc.constant(10000),
        flags: fc.constant("0" as const),
      }),
      fc.record({ kind: fc.constant("poll" as const), after_ms: after }),
      fc.record({
        kind: fc.constant("shutdown" as const),
        after_ms: after,
        how: fc.constantFrom<"SHUT_RD" | "SHUT_WR" | "SHUT_RDWR">("SHUT_WR", "SHUT_RDWR", "SHUT_RD"),
      }),
      fc.record({ kind: fc.constant("close" as const), after_ms: after }),
      fc.record({ kind: fc.constant("fin" as const), after_ms: after, length: fc.constant(0), gap: fc.constant(0) }),
    ),
  },
);

/** See {@link Life}. */
export const sending: fc.Arbitrary<Life> = fc.record({
  opening: opening(fc.boolean(), OPTIONS),
  acts: fc.array(acts, { minLength: 4, maxLength: 18, size: "max" }),
});
