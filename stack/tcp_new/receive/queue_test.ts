import { assertEquals } from "@std/assert";
import { chargeOf, ReceiveQueue } from "./queue.ts";

function filled(...lengths: number[]): ReceiveQueue {
  const queue = new ReceiveQueue();
  let at = 0;
  for (const length of lengths) {
    const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => at + i - 3);
    queue.append({ seq: 1000 + at, bytes, start: 3, end: length + 3, arrivedAt: at, charge: 10 });
    at += length;
  }
  return queue;
}

Deno.test("receive queue: peeking from any offset leaves everything there", () => {
  const queue = filled(5, 1, 10);
  assertEquals([...queue.peek(0, 100)], Array.from({ length: 16 }, (_, i) => i));
  assertEquals([...queue.peek(4, 3)], [4, 5, 6]);
  assertEquals([...queue.peek(16, 3)], []);
  assertEquals(queue.length, 16);
});

Deno.test("receive queue: a packet is freed when the last of it is read", () => {
  const queue = filled(5, 1, 10);
  assertEquals(queue.consume(4), 0);
  assertEquals(queue.firstSeq(0), 1004);
  assertEquals(queue.consume(2), 20);
  assertEquals([...queue.peek(0, 2)], [6, 7]);
  assertEquals(queue.consume(10), 10);
  assertEquals([queue.length, queue.firstSeq(77)], [0, 77]);
});

Deno.test("receive queue: tells when the packets came that were read", () => {
  const seen: number[] = [];
  filled(5, 1, 10).peek(2, 5, (at) => seen.push(at));
  assertEquals(seen, [0, 5, 6]);
});

Deno.test("receive queue: octets before a mark", () => {
  const queue = filled(5, 10);
  assertEquals([queue.lengthBefore(1003, 1015), queue.lengthBefore(2000, 1015)], [3, 15]);
});

Deno.test("receive queue: a packet is charged for more than its text", () => {
  assertEquals([chargeOf(10), chargeOf(1460)], [768, 2304]);
  assertEquals(chargeOf(60_000) > 60_000 && chargeOf(60_000) < 62_000, true);
});
