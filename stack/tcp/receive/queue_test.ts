import { assertEquals } from "@std/assert";
import { chargeOf, freeBehind, ReceiveQueue } from "./queue.ts";

function filled(...lengths: number[]): ReceiveQueue {
  const queue = new ReceiveQueue();
  let at = 0;
  for (const length of lengths) {
    const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => at + i - 3);
    queue.append({ seq: 1000 + at, bytes, start: 3, end: length + 3, arrivedAt: at, charge: 10, free: 0, fin: false });
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
  // As `ss -m` shows it on Linux 6.18, on both sides of each step.
  const measured = [[192, 832], [193, 1280], [640, 1280], [641, 2304], [1664, 2304], [1665, 4352], [3712, 4352], [
    3713,
    8448,
  ]];
  for (const [packet, charge] of measured) assertEquals(chargeOf(packet!), charge);
  assertEquals([chargeOf(5040), chargeOf(8040)], [8448, 12544]);
});

Deno.test("receive queue: text that fits behind the last piece costs nothing, and gives its storage back with it", () => {
  const queue = new ReceiveQueue();
  const packet = (seq: number, length: number) => ({
    seq,
    bytes: new Uint8Array(length),
    start: 0,
    end: length,
    arrivedAt: 0,
    charge: chargeOf(length + 40),
    free: freeBehind(length + 40),
    fin: false,
  });
  assertEquals([0, 192, 384, 576].map((at) => queue.append(packet(at, 192))), [1280, 0, 0, 1280]);
  assertEquals(queue.consume(192), 0);
  assertEquals(queue.consume(384), 1280);
  assertEquals(queue.consume(192), 1280);
});
