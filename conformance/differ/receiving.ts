/**
 * Lives in which the stack under test mostly receives.
 *
 * @module
 */
import fc from "fast-check";
import type { Act, Life } from "./connection.ts";
import { after, mostly, opening, socketOption, tcpOption } from "./opening.ts";

const OPTIONS = [
  socketOption("SO_RCVBUF", 2048),
  socketOption("SO_RCVBUF", 8000),
  socketOption("SO_RCVBUF", 40000),
  socketOption("SO_RCVLOWAT", 3000),
  socketOption("SO_OOBINLINE", 1),
  socketOption("SO_KEEPALIVE", 1),
  tcpOption("TCP_KEEPIDLE", 1),
  tcpOption("TCP_KEEPINTVL", 1),
  tcpOption("TCP_KEEPCNT", 2),
  tcpOption("TCP_WINDOW_CLAMP", 5000),
  tcpOption("TCP_QUICKACK", 0),
  tcpOption("TCP_MAXSEG", 700),
];

const length = fc.constantFrom(1000, 1448, 1460, 536, 100, 10, 1, 2500);
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constantFrom(1000, 1448, 1, 100, 2000, 3000, 5000) },
  { weight: 2, arbitrary: fc.constantFrom(-1, -10, -100, -1000, -1448, -3000) },
  { weight: 1, arbitrary: fc.constantFrom(20000, 65000, 70000, 1000000, -70000) },
);

const text = fc.record({
  kind: fc.constant("text"),
  after_ms: after,
  length,
  gap,
  flags: mostly("P.", ".", ".", "P", "PU.", "PE.", "PW.", "PEW."),
  ecn: mostly<"noecn" | "ect0" | "ect1" | "ce">("noecn", "ect0", "ce", "ect1"),
  stamp_ms: mostly(0, -1, -2, -1000, 1000),
  urgent: mostly(1, 0, 5, 500, 2000),
  stampless: mostly(false, false, false, true),
});

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: text },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("read"),
      after_ms: after,
      length: fc.constantFrom(1000, 100, 5000, 100000),
      flags: mostly<"0" | "MSG_PEEK" | "MSG_OOB" | "MSG_TRUNC">("0", "MSG_PEEK", "MSG_OOB", "MSG_TRUNC"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("poll"), after_ms: after }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("write"),
      after_ms: after,
      length: fc.constantFrom(1, 100, 1000, 5000),
      flags: mostly<"0" | "MSG_MORE" | "MSG_OOB">("0", "MSG_MORE", "MSG_OOB"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("respond"),
      after_ms: after,
      lost: fc.constant(0),
      every: fc.constantFrom<1 | 2 | 99>(1, 2, 99),
      window: fc.constant(undefined),
      echo: fc.constant(false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("ack"),
      after_ms: after,
      share: mostly(0, 1, 2, -1),
      gap: mostly(0, -1, -100, 1, 100, 100000),
      blocks: fc.constant([]),
      window: mostly<number | undefined>(undefined, 0, 100),
      flags: mostly(".", "P.", "", "E.", "W."),
      stamp_ms: mostly(0, -1, -1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fin"),
      after_ms: after,
      length: mostly(0, 500),
      gap: mostly(0, 1000, -10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("option"),
      after_ms: after,
      option: fc.constantFrom(...OPTIONS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant("reset" as const),
        after_ms: after,
        gap: mostly(0, 1, -1, 1000, 100000),
        flags: mostly<"R" | "R.">("R", "R."),
      }),
      fc.record({
        kind: fc.constant("syn" as const),
        after_ms: after,
        gap: mostly(0, -1, 1000, 100000, -5000),
        flags: mostly<"S" | "S.">("S", "S."),
      }),
      fc.record({
        kind: fc.constant("shutdown" as const),
        after_ms: after,
        how: fc.constantFrom<"SHUT_RD" | "SHUT_WR" | "SHUT_RDWR">("SHUT_RD", "SHUT_WR", "SHUT_RDWR"),
      }),
      fc.record({ kind: fc.constant("close" as const), after_ms: after }),
    ),
  },
);

/** See {@link Life}. */
export const receiving: fc.Arbitrary<Life> = fc.record({
  opening: opening(mostly(true, false), OPTIONS),
  acts: fc.array(acts, { minLength: 4, maxLength: 22, size: "max" }),
});
