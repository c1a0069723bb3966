import { assertEquals } from "@std/assert";
import { PageFrag, SkbQueue, TcpSkb } from "./skb.ts";

function filled(...pieces: number[][]): TcpSkb {
  const skb = new TcpSkb();
  for (const piece of pieces) skb.append(Uint8Array.from(piece));
  return skb;
}

function octets(skb: TcpSkb): number[] {
  const out = new Uint8Array(skb.len);
  skb.copyTo(out, 0, 0, skb.len);
  return [...out];
}

Deno.test("skb: payload is split, trimmed and copied across pieces", () => {
  const skb = filled([1, 2, 3], [4, 5], [6, 7, 8, 9]);
  const rest = new TcpSkb();
  skb.splitTo(rest, 4);
  assertEquals([octets(skb), octets(rest)], [[1, 2, 3, 4], [5, 6, 7, 8, 9]]);
  rest.trimFront(2);
  assertEquals(octets(rest), [7, 8, 9]);
  rest.trimTo(1);
  assertEquals(octets(rest), [7]);
  const out = new Uint8Array(3);
  skb.copyTo(out, 1, 2, 2);
  assertEquals([...out], [0, 3, 4]);
});

Deno.test("skb queue: order, insertion in the middle, removal; a foreign skb is left alone", () => {
  const queue = new SkbQueue();
  const [a, b, c, d] = [new TcpSkb(), new TcpSkb(), new TcpSkb(), new TcpSkb()];
  queue.push(a);
  queue.push(c);
  queue.insertAfter(a, b);
  queue.unshift(d);
  const order = [];
  for (let skb = queue.head; skb !== undefined; skb = skb.next) order.push(skb);
  assertEquals(order, [d, a, b, c]);
  assertEquals(queue.tail, c);
  queue.remove(b);
  new SkbQueue().remove(a);
  assertEquals([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [d, a, c, undefined]);
  assertEquals([queue.length, queue.empty], [0, true]);
});

Deno.test("page frag: neighbours in memory become one piece", () => {
  const page = new PageFrag();
  const data = Uint8Array.from({ length: 100 }, (_, i) => i);
  const skb = new TcpSkb();
  skb.append(page.copy(data, 0, 40));
  skb.append(page.copy(data, 40, 100));
  assertEquals(skb.frags.length, 1);
  assertEquals(octets(skb), [...data]);
});
