/**
 * Recovery over networks that lose, reorder and duplicate at random: whatever happens, everything arrives, and the sums stay right.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TestConnection, type TestOptions } from "./_testing.ts";

/** A 32-bit generator, so that a failing run can be repeated. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How bad the network is, probabilities. */
interface Weather {
  readonly seed: number;
  readonly loss: number;
  readonly ackLoss: number;
  readonly reorder: number;
  readonly duplicate: number;
  /** Whether the receiver tells of duplicates (DSACK). */
  readonly dsack: boolean;
}

/** The receiver: remembers what came, acknowledges at once. */
class Receiver {
  next = 1;
  readonly held = new Set<number>();

  constructor(private readonly mss: number, private readonly options: TestOptions & { readonly dsack: boolean }) {}

  /** What it says after the segment that begins at `seq`. */
  take(seq: number): { ack: number; blocks: [number, number][] } {
    const again = seq < this.next || this.held.has(seq);
    if (!again) this.held.add(seq);
    while (this.held.delete(this.next)) this.next += this.mss;
    if (this.options.sack === false) return { ack: this.next, blocks: [] };
    const blocks: [number, number][] = again && this.options.dsack ? [[seq, seq + this.mss]] : [];
    const own = this.blockAround(seq);
    if (own !== undefined) blocks.push(own);
    for (const [left, right] of this.allBlocks()) {
      if (blocks.length < 4 && left !== own?.[0]) blocks.push([left, right]);
    }
    return { ack: this.next, blocks };
  }

  private blockAround(seq: number): [number, number] | undefined {
    return this.allBlocks().find(([left, right]) => left <= seq && seq < right);
  }

  private allBlocks(): [number, number][] {
    const blocks: [number, number][] = [];
    for (const seq of [...this.held].sort((a, b) => a - b)) {
      const last = blocks.at(-1);
      if (last?.[1] === seq) last[1] += this.mss;
      else blocks.push([seq, seq + this.mss]);
    }
    return blocks;
  }
}

/** Sends `segments` through the weather; returns the virtual seconds that it took. */
function transfer(options: TestOptions, weather: Weather, segments: number): number {
  const connection = new TestConnection(20, options);
  connection.patience = Infinity;
  const receiver = new Receiver(connection.mss, { ...options, dsack: weather.dsack });
  const random = generator(weather.seed);
  const start = connection.net.now;
  const under: { at: number; run: () => void }[] = [];
  const later = (delay: number, run: () => void) => {
    under.push({ at: connection.net.now + delay, run });
    under.sort((a, b) => a.at - b.at);
  };
  const delay = () => 10_000 + (random() < weather.reorder ? random() * 15_000 : 0);
  const carry = () => {
    for (const text of connection.take()) {
      const [from, to] = text.split(":").map(Number);
      for (let seq = from!; seq < to!; seq += connection.mss) {
        for (let copies = random() < weather.duplicate ? 2 : 1; copies > 0; copies--) {
          if (random() >= weather.loss) later(delay(), () => arrive(seq));
        }
      }
    }
  };
  const arrive = (seq: number) => {
    const { ack, blocks } = receiver.take(seq);
    const timestampEcho = options.timestamps === true ? connection.timestampNow() : undefined;
    if (random() < weather.ackLoss) return;
    later(delay(), () => {
      if (ack < connection.sndUna) return;
      connection.ack(0, ack, blocks, { timestampEcho });
      check(connection);
    });
  };
  connection.write(segments);
  carry();
  for (let steps = 0; connection.sndUna < segments * connection.mss + 1; steps++) {
    assert(steps < 200_000, "no end");
    const timer = connection.net.timers.nextDeadline() ?? Infinity;
    const next = under[0]?.at ?? Infinity;
    assert(timer < Infinity || next < Infinity, `stuck at ${connection.sndUna}`);
    if (timer <= next) {
      connection.wait(Math.max(timer - connection.net.now, 0) / 1000);
    } else {
      connection.net.now = Math.max(next, connection.net.now);
      under.shift()!.run();
    }
    carry();
    check(connection);
  }
  assertEquals(connection.recovery.info.unacked, 0);
  assertEquals(connection.net.timers.size === 0 || options.congestion === "bbr", true);
  return (connection.net.now - start) / 1e6;
}

/** What must always hold. */
function check(connection: TestConnection): void {
  const { info, flow } = connection.recovery;
  const pieces = connection.queue.segments.reduce((sum, segment) => sum + segment.pieces, 0);
  assertEquals(info.unacked, pieces);
  for (const count of [info.sacked, info.lost, info.retransmitted, flow.inFlight]) {
    assert(count >= 0, JSON.stringify(count));
  }
  assert(info.sacked + info.lost <= info.unacked, `${info.sacked} + ${info.lost} > ${info.unacked}`);
  assert(flow.cwnd >= 1 && flow.ssthresh >= 2, `window ${flow.cwnd}, threshold ${flow.ssthresh}`);
}

const weather: fc.Arbitrary<Weather> = fc.record({
  seed: fc.nat(2 ** 31),
  loss: fc.constantFrom(0, 0.01, 0.05, 0.2),
  ackLoss: fc.constantFrom(0, 0.05, 0.2),
  reorder: fc.constantFrom(0, 0.05, 0.3),
  duplicate: fc.constantFrom(0, 0.05),
  dsack: fc.boolean(),
});

for (const congestion of ["reno", "cubic", "bbr", "dctcp"]) {
  for (const sack of [true, false]) {
    for (const profile of ["linux", "rfc"] as const) {
      Deno.test(`property: ${congestion}, ${sack ? "with" : "without"} SACK, profile ${profile}: everything arrives`, () => {
        fc.assert(
          fc.property(weather, fc.boolean(), (weather, timestamps) => {
            transfer({ congestion, sack, profile, timestamps }, weather, 120);
          }),
          { numRuns: 25 },
        );
      });
    }
  }
}

Deno.test("a loss or two cost hardly more than a round trip each", () => {
  const clear = transfer({}, { seed: 1, loss: 0, ackLoss: 0, reorder: 0, duplicate: 0, dsack: true }, 400);
  const lossy = transfer({}, { seed: 7, loss: 0.005, ackLoss: 0, reorder: 0, duplicate: 0, dsack: true }, 400);
  assert(lossy < 3 * clear + 0.3, `${lossy} s, ${clear} s without losses`);
});
