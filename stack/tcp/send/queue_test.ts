import { assertEquals } from "@std/assert";
import { FIN, PSH, SYN } from "../../wire/tcp.ts";
import { SEGMENT_OVERHEAD, SendQueue } from "./queue.ts";

const MSS = 1000;
/** Sequence numbers wrap within the tests. */
const ISS = 0xffff_fff0;

function queue(octets = 0): SendQueue {
  const made = new SendQueue(ISS, () => MSS);
  if (octets > 0) {
    made.beginChunk();
    made.write(Uint8Array.from({ length: octets }, (_, i) => i));
  }
  return made;
}

/** Sequence number of the octet at `position`. */
function at(position: number): number {
  return (ISS + 1 + position) >>> 0;
}

Deno.test("send queue: segments are cut from the unsent stream", () => {
  const made = queue(3000);
  const first = made.cut(2000, MSS);
  assertEquals([first.seq, first.end, first.pieces, first.textLength], [at(0), at(2000), 2, 2000]);
  assertEquals([made.unsent, made.octets, made.sentCount], [1000, 3000, 1]);
  const out = new Uint8Array(4);
  made.copyText(at(298), 4, out, 0);
  assertEquals([...out], [298 & 255, 299 & 255, 300 & 255, 301 & 255]);
});

Deno.test("send queue: a segment is found by any of its sequence numbers, also where they wrap", () => {
  const made = queue(5000);
  for (let i = 0; i < 5; i++) made.cut(1000, MSS);
  for (const position of [0, 5, 999, 1000, 2500, 4999]) {
    assertEquals(made.sentIndexOf(at(position)), Math.floor(position / 1000));
  }
  assertEquals(made.sentIndexOf(ISS), -1);
  assertEquals(made.sentIndexOf(at(9000)), 4);
});

Deno.test("send queue: what is acknowledged goes, and the rest keeps its place", () => {
  const made = queue(3000);
  made.cut(1000, MSS);
  made.cut(1000, MSS);
  made.acknowledge(1, at(1500));
  assertEquals([made.sentCount, made.octets, made.sentAt(0).seq], [1, 1500, at(1000)]);
  const out = new Uint8Array(1);
  made.copyText(at(1999), 1, out, 0);
  assertEquals(out[0], 1999 & 255);
});

Deno.test("send queue: in a split PSH and FIN stay with the last octet, and the pieces are shared out", () => {
  const made = queue(2500);
  made.push();
  made.finQueued = true;
  const whole = made.cut(2500, MSS);
  assertEquals([whole.flags, whole.end], [PSH | FIN, at(2501)]);
  const second = made.split(0, at(1000));
  assertEquals([whole.end, whole.flags, whole.pieces], [at(1000), 0, 1]);
  assertEquals([second.seq, second.end, second.flags, second.pieces], [at(1000), at(2501), PSH | FIN, 2]);
  assertEquals(made.sentAt(1), second);
});

Deno.test("send queue: only the segment that ends where the program pushed has PSH", () => {
  const made = queue(1500);
  made.push();
  assertEquals(made.cut(1000, MSS).flags, 0);
  assertEquals(made.cut(500, MSS).flags, PSH);
});

Deno.test("send queue: no segment reaches across the end of a record", () => {
  const made = queue(300);
  made.endRecord();
  assertEquals(made.roomInChunk(10_000), 0);
  made.beginChunk();
  made.write(new Uint8Array(50));
  assertEquals([made.unsent, made.unsentOfRecord], [350, 300]);
  assertEquals(made.cut(300, MSS).flags, PSH);
  assertEquals(made.unsentOfRecord, 50);
});

Deno.test("send queue: a FIN alone is a segment without text", () => {
  const made = queue();
  made.finQueued = true;
  assertEquals(made.hasUnsent, true);
  const fin = made.cut(0, MSS);
  assertEquals([fin.seq, fin.end, fin.flags, fin.textLength], [at(0), at(1), FIN, 0]);
  assertEquals(made.hasUnsent, false);
  made.acknowledge(1, at(1));
  assertEquals(made.sentCount, 0);
});

Deno.test("send queue: the SYN takes the sequence number before the first octet", () => {
  const made = queue(10);
  const syn = made.cutSyn();
  assertEquals([syn.seq, syn.end, syn.flags, syn.textLength], [ISS, at(0), SYN, 0]);
});

Deno.test("send queue: the newest piece grows up to its goal, one that was sent does not grow", () => {
  const made = queue(600);
  assertEquals(made.roomInChunk(1000), 400);
  made.cut(500, MSS);
  assertEquals(made.roomInChunk(1000), 900);
  made.cut(100, MSS);
  assertEquals(made.roomInChunk(1000), 0);
});

Deno.test("send queue: each segment costs the send buffer more than its octets", () => {
  const made = queue(2000);
  assertEquals(made.charged, 2000 + SEGMENT_OVERHEAD);
  made.cut(1000, MSS);
  assertEquals(made.charged, 2000 + 2 * SEGMENT_OVERHEAD);
  made.cut(1000, MSS);
  made.acknowledge(1, at(1000));
  assertEquals(made.charged, 1000 + SEGMENT_OVERHEAD);
});
