import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TestQueue } from "./_testing.ts";
import { type DeliveryObserver, Scoreboard } from "./scoreboard.ts";
import { Mark, type SentSegment } from "./sent_segment.ts";

const MSS = 10;

/** Notes what was delivered, as `[seq, end, how]`. */
class Log implements DeliveryObserver {
  readonly lines: [number, number, string][] = [];
  onSelective(segment: SentSegment): void {
    this.lines.push([segment.seq, segment.end, "sack"]);
  }
  onCumulative(segment: SentSegment): void {
    this.lines.push([segment.seq, segment.end, "ack"]);
  }
}

/** A queue with a scoreboard over it. */
function setUp(): { queue: TestQueue; board: Scoreboard; log: Log; send: (seq: number, end: number) => SentSegment } {
  const queue = new TestQueue(MSS);
  const board = new Scoreboard(queue, () => MSS);
  const send = (seq: number, end: number) => {
    const segment = queue.push(seq, end);
    board.onSent(segment);
    segment.transmissions++;
    return segment;
  };
  return { queue, board, log: new Log(), send };
}

/** Sequence numbers in the order of transmission. */
function order(board: Scoreboard): number[] {
  const found: number[] = [];
  for (let at = board.order.oldest; at !== undefined; at = at.sentAfter) found.push(at.seq);
  return found;
}

Deno.test("a block in the middle of a burst cuts it in three, inwards to the edges of pieces", () => {
  const { queue, board, log, send } = setUp();
  send(0, 100);
  board.applyBlock(25, 57, log);
  assertEquals(log.lines, [[30, 50, "sack"]]);
  assertEquals(queue.segments.map((s) => [s.seq, s.end, s.pieces]), [[0, 30, 3], [30, 50, 2], [50, 100, 5]]);
  assertEquals([board.unacked, board.sacked, board.inFlight], [10, 2, 8]);
  assertEquals(order(board), [0, 50]);
});

Deno.test("the last octet of the last, shorter piece counts for the whole piece only with the rest of it", () => {
  const { board, log, send } = setUp();
  send(0, 35);
  board.applyBlock(34, 35, log);
  assertEquals(log.lines, []);
  board.applyBlock(30, 34, log);
  assertEquals(log.lines, [[30, 35, "sack"]]);
});

Deno.test("an acknowledgement inside a single piece leaves it whole", () => {
  const { queue, board, log, send } = setUp();
  send(0, 10);
  assertEquals(board.acknowledge(4, log), 0);
  assertEquals([queue.sentCount, board.unacked], [1, 1]);
});

Deno.test("lost segments are sent again lowest first, and no larger than asked for", () => {
  const { queue, board, send } = setUp();
  const burst = send(0, 50);
  send(50, 60);
  board.markLost(queue.segments[1]!);
  board.markLost(burst);
  const first = board.nextToResend(2)!;
  assertEquals([first.seq, first.end], [0, 20]);
  board.onSent(first);
  assertEquals([board.lost, board.retransmitted, board.waiting, board.inFlight], [6, 2, 4, 2]);
  assertEquals(board.nextToResend(9)!.seq, 20);
  board.markLost(first);
  assertEquals(board.nextToResend(9)!.seq, 0);
  board.unmarkLost();
  assertEquals([board.lost, board.inFlight, order(board)], [0, 6, [0, 20, 50]]);
});

Deno.test("a receiver that goes back on its word", () => {
  const { queue, board, log, send } = setUp();
  send(0, 30);
  board.applyBlock(10, 20, log);
  const count = board.acknowledge(10, log);
  queue.drop(count);
  board.released = 0;
  assert(board.reneged);
  board.renege();
  assertEquals([board.sacked, board.inFlight, order(board), board.reneged], [0, 2, [10, 20], false]);
});

/** One step of the property. Numbers are taken modulo what there is. */
type Step =
  | { readonly do: "send"; readonly pieces: number; readonly short: boolean }
  | { readonly do: "sack"; readonly from: number; readonly size: number }
  | { readonly do: "ack"; readonly to: number }
  | { readonly do: "lose"; readonly at: number }
  | { readonly do: "resend"; readonly limit: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("send" as const), pieces: fc.integer({ min: 1, max: 6 }), short: fc.boolean() }),
  fc.record({ do: fc.constant("sack" as const), from: fc.nat(400), size: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ do: fc.constant("ack" as const), to: fc.nat(60) }),
  fc.record({ do: fc.constant("lose" as const), at: fc.nat(30) }),
  fc.record({ do: fc.constant("resend" as const), limit: fc.integer({ min: 1, max: 4 }) }),
);

/** A piece of the naive model: every piece on its own, every octet looked at. */
interface Piece {
  readonly seq: number;
  readonly end: number;
  sacked: boolean;
  lost: boolean;
  again: boolean;
}

/** Everything the scoreboard does, piece by piece and without any shortcut. */
class Model {
  pieces: Piece[] = [];
  readonly octets = new Set<number>();

  sack(left: number, right: number): void {
    for (let octet = left; octet < right; octet++) this.octets.add(octet);
    for (const piece of this.pieces) {
      const all = Array.from({ length: piece.end - piece.seq }, (_, i) => piece.seq + i);
      if (!all.every((octet) => this.octets.has(octet))) continue;
      piece.sacked = true;
      piece.lost = piece.again = false;
    }
  }

  lose(seq: number, end: number): void {
    for (const piece of this.pieces) {
      if (piece.seq < seq || piece.end > end || piece.sacked) continue;
      piece.lost = true;
      piece.again = false;
    }
  }

  resend(seq: number, end: number): void {
    for (const piece of this.pieces) if (piece.seq >= seq && piece.end <= end) piece.again = true;
  }

  count(of: (piece: Piece) => boolean): number {
    return this.pieces.filter(of).length;
  }
}

Deno.test("property: as a model that looks at every piece by itself", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 0xffffff80), (steps, base) => {
      const { queue, board, log } = setUp();
      const model = new Model();
      let una = 0, next = 0;
      const wire = (offset: number) => (base + offset) >>> 0;
      const offset = (seq: number) => (seq - base) >>> 0;
      for (const step of steps) {
        if (step.do === "send") {
          const end = next + step.pieces * MSS - (step.short ? 3 : 0);
          const segment = queue.push(wire(next), wire(end));
          board.onSent(segment);
          segment.transmissions = 1;
          for (let at = next; at < end; at += MSS) {
            model.pieces.push({ seq: at, end: Math.min(at + MSS, end), sacked: false, lost: false, again: false });
          }
          next = end;
        } else if (next === una) {
          continue;
        } else if (step.do === "sack") {
          const left = una + 1 + step.from % (next - una);
          const right = Math.min(left + step.size, next);
          if (left >= right) continue;
          board.applyBlock(wire(left), wire(right), log);
          model.sack(left, right);
        } else if (step.do === "ack") {
          const edges = model.pieces.map((piece) => piece.end);
          una = edges[step.to % edges.length]!;
          queue.drop(board.acknowledge(wire(una), log));
          board.released = 0;
          model.pieces = model.pieces.filter((piece) => piece.end > una);
        } else if (step.do === "lose") {
          const segment = queue.segments[step.at % queue.segments.length]!;
          model.lose(offset(segment.seq), offset(segment.seq) + ((segment.end - segment.seq) >>> 0));
          board.markLost(segment);
        } else {
          const expected = model.pieces.find((piece) => piece.lost && !piece.again);
          const segment = board.nextToResend(step.limit);
          assertEquals(segment === undefined ? undefined : offset(segment.seq), expected?.seq);
          if (segment === undefined) continue;
          assert(segment.pieces <= step.limit);
          board.onSent(segment);
          model.resend(offset(segment.seq), offset(segment.seq) + ((segment.end - segment.seq) >>> 0));
        }
        assert(queue.contiguous);
        assertEquals(board.unacked, model.pieces.length);
        assertEquals(board.sacked, model.count((piece) => piece.sacked));
        assertEquals(board.lost, model.count((piece) => piece.lost));
        assertEquals(board.waiting, model.count((piece) => piece.lost && !piece.again));
        assertEquals(board.retransmitted, model.count((piece) => piece.again));
        const inOrder = new Set(order(board));
        for (const segment of queue.segments) {
          const waits = (segment.marks & (Mark.Lost | Mark.Retransmitted)) === Mark.Lost;
          assertEquals(inOrder.has(segment.seq), (segment.marks & Mark.Sacked) === 0 && !waits);
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** What there is to do with a segment, where the MSS is no longer what it was when the segment was cut. */
const change = fc.oneof(
  step,
  fc.record({ do: fc.constant("mss" as const), mss: fc.integer({ min: 3, max: 40 }) }),
  fc.record({ do: fc.constant("ack" as const), to: fc.nat(9) }),
  fc.record({ do: fc.constant("piece" as const), last: fc.boolean() }),
);

Deno.test("property: whatever becomes of the MSS, segments have octets to send, and counts are those of their pieces", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (steps) => {
      const queue = new TestQueue(MSS);
      const board = new Scoreboard(queue, () => queue.mss);
      const log = new Log();
      let una = 0, next = 0;
      for (const step of steps) {
        if (step.do === "mss") queue.mss = step.mss;
        else if (step.do === "send") {
          const end = next + step.pieces * queue.mss - (step.short ? 2 : 0);
          board.onSent(queue.push(next, end));
          queue.segments.at(-1)!.transmissions = 1;
          next = end;
        } else if (next === una) continue;
        else if (step.do === "sack") {
          const left = una + 1 + step.from % (next - una);
          if (left < next) board.applyBlock(left, Math.min(left + step.size, next), log);
        } else if (step.do === "ack") {
          una += 1 + step.to % (next - una);
          queue.drop(board.acknowledge(una, log));
          board.released = 0;
        } else if (step.do === "lose") {
          board.markLost(queue.segments[step.at % queue.segments.length]!);
        } else {
          const piece = () => step.do === "piece" && step.last ? board.lastPiece() : board.oldestPiece();
          const segment = step.do === "piece" ? piece() : board.nextToResend(step.limit);
          if (segment === undefined || (segment.marks & Mark.Sacked) !== 0) continue;
          board.onSent(segment);
        }
        assert(queue.contiguous);
        for (const { seq, end, pieces } of queue.segments) {
          assert(end > seq && end > una && pieces >= 1, `${seq} to ${end}: ${pieces} pieces, ${una} acknowledged`);
        }
        const sum = (mark: number, of: number) =>
          queue.segments.reduce((all, { marks, pieces }) => all + ((marks & mark) === of ? pieces : 0), 0);
        assertEquals(
          [board.unacked, board.sacked, board.lost, board.retransmitted, board.waiting],
          [
            sum(0, 0),
            sum(Mark.Sacked, Mark.Sacked),
            sum(Mark.Lost, Mark.Lost),
            sum(Mark.Retransmitted, Mark.Retransmitted),
            sum(Mark.Lost | Mark.Retransmitted, Mark.Lost),
          ],
        );
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("10,000 segments in flight: blocks that only repeat what is known cost next to nothing", () => {
  const queue = new TestQueue(MSS);
  let bisections = 0, looks = 0;
  const counting = {
    get sentCount() {
      return queue.sentCount;
    },
    sentAt(index: number) {
      looks++;
      return queue.sentAt(index);
    },
    sentIndexOf(seq: number) {
      bisections++;
      return Math.floor(seq / MSS);
    },
    split: (index: number, seq: number) => queue.split(index, seq),
  };
  const board = new Scoreboard(counting, () => MSS);
  for (let i = 0; i < 10_000; i++) board.onSent(queue.push(i * MSS, (i + 1) * MSS));
  const log = new Log();
  board.applyBlock(MSS, 9_000 * MSS, log);
  assertEquals(board.sacked, 8_999);
  looks = bisections = 0;
  for (let i = 9_000; i < 10_000; i++) board.applyBlock(MSS, (i + 1) * MSS, log);
  assertEquals(board.sacked, 9_999);
  assert(looks <= 2_000, `${looks} looks for 1,000 new segments`);
  assertEquals(bisections, 1_000);
});
