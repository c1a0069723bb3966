import { assert, assertEquals, assertThrows } from "@std/assert";
import { Timers } from "../timers.ts";
import { ImpairedPath } from "./impair.ts";
import { type Impairment, NO_IMPAIRMENT, parseImpairment } from "./impairment.ts";

function path(impairment: Partial<Impairment>) {
  const clock = { now: 0 };
  const timers = new Timers();
  const out: { readonly at: number; readonly octets: Uint8Array }[] = [];
  const impaired = new ImpairedPath<Uint8Array>({ ...NO_IMPAIRMENT, ...impairment }, {
    now: () => clock.now,
    timers,
    clone: (octets) => octets.slice(),
    octets: (octets) => octets,
    deliver: (octets) => out.push({ at: clock.now, octets }),
  });
  const run = (until: number) => {
    for (let due = timers.nextDeadline(); due !== undefined && due <= until; due = timers.nextDeadline()) {
      clock.now = due;
      timers.run(due);
    }
    clock.now = until;
  };
  return { clock, impaired, out, run };
}

const numbered = (i: number) => Uint8Array.of(i >> 8, i & 0xff, 0, 0);
const numberOf = (octets: Uint8Array) => (octets[0]! << 8) | octets[1]!;

Deno.test("impair: without faults packets pass at once", () => {
  const { impaired, out } = path({});
  for (let i = 0; i < 10; i++) impaired.send(numbered(i));
  assertEquals(out.map(({ octets }) => numberOf(octets)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("impair: loss and duplication come as often as asked, the same for the same seed", () => {
  const results = [1, 1, 2].map((seed) => {
    const { impaired, out } = path({ loss: 0.1, duplicate: 0.05, seed });
    for (let i = 0; i < 10_000; i++) impaired.send(numbered(i));
    const { lost, duplicated, delivered } = impaired.statistics;
    assert(lost > 850 && lost < 1150, `lost ${lost}`);
    assert(duplicated > 350 && duplicated < 550, `duplicated ${duplicated}`);
    assertEquals(delivered, 10_000 - lost + duplicated);
    assertEquals(out.length, delivered);
    return out.map(({ octets }) => numberOf(octets)).join();
  });
  assertEquals(results[0], results[1]);
  assert(results[0] !== results[2]);
});

Deno.test("impair: corruption inverts one bit", () => {
  const { impaired, out } = path({ corrupt: 1 });
  impaired.send(new Uint8Array(100));
  let bits = 0;
  for (const octet of out[0]!.octets) for (let bit = octet; bit > 0; bit >>= 1) bits += bit & 1;
  assertEquals(bits, 1);
});

Deno.test("impair: a reordered packet is overtaken by at most three, and none is forgotten", () => {
  const { impaired, out, run } = path({ reorder: 0.2 });
  for (let i = 0; i < 1000; i++) impaired.send(numbered(i));
  run(1_000_000);
  const order = out.map(({ octets }) => numberOf(octets));
  assertEquals(order.toSorted((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
  assert(impaired.statistics.reordered > 100);
  let moved = 0;
  order.forEach((value, position) => {
    if (value < position) moved++;
    assert(position - value <= 30, `packet ${value} came at ${position}`);
  });
  assert(moved > 50);
});

Deno.test("impair: a held packet does not wait forever", () => {
  const { impaired, out, run } = path({ reorder: 1 });
  impaired.send(numbered(1));
  run(19_999);
  assertEquals(out.length, 0);
  run(20_000);
  assertEquals(out.map(({ at }) => at), [20_000]);
});

Deno.test("impair: delay, rate and queue bound", () => {
  // 1000 octets at 8 Mbit/s take 1 ms.
  const { impaired, out, run } = path({ delay_us: 5000, rate: 8_000_000, queue: 3 });
  for (let i = 0; i < 5; i++) impaired.send(new Uint8Array(1000));
  assertEquals(impaired.statistics.overflowed, 2);
  run(100_000);
  assertEquals(out.map(({ at }) => at), [6000, 7000, 8000]);
});

Deno.test("impair: jitter stays within its bounds", () => {
  const { impaired, out, run } = path({ delay_us: 5000, jitter_us: 2000 });
  for (let i = 0; i < 500; i++) impaired.send(numbered(i));
  run(100_000);
  assertEquals(out.length, 500);
  assert(out.every(({ at }) => at >= 3000 && at <= 7000));
  assert(out[0]!.at < 3500 && out.at(-1)!.at > 6500);
});

Deno.test("parseImpairment: all keys, both directions", () => {
  const both = parseImpairment(
    "loss=2% reorder=5%,dup=1% corrupt=0.5% delay=20ms jitter=1ms rate=100mbit queue=50 seed=7",
  );
  assertEquals(both.out, {
    loss: 0.02,
    reorder: 0.05,
    duplicate: 0.01,
    corrupt: 0.005,
    delay_us: 20_000,
    jitter_us: 1000,
    rate: 100_000_000,
    queue: 50,
    reorder_distance: 3,
    seed: 7,
  });
  assertEquals(both.in, { ...both.out, seed: 8 });
  const split = parseImpairment("loss=1% in.loss=0.5 out.delay=1s");
  assertEquals([split.in.loss, split.out.loss, split.in.delay_us, split.out.delay_us], [0.5, 0.01, 0, 1_000_000]);
  assertEquals(parseImpairment("").out, NO_IMPAIRMENT);
});

Deno.test("parseImpairment: says what is wrong", () => {
  assertThrows(() => parseImpairment("loss=200%"), SyntaxError, 'impairment "loss=200%": expected a percentage');
  assertThrows(() => parseImpairment("los=2%"), SyntaxError, "no such key; there are loss");
  assertThrows(() => parseImpairment("delay=20"), SyntaxError, "a time such as 20ms");
  assertThrows(() => parseImpairment("delay"), SyntaxError, "expected key=value");
  assertThrows(() => parseImpairment("rate=0mbit"), SyntaxError, "a rate such as");
  assertThrows(() => parseImpairment("queue=0"), SyntaxError, "from 1");
  assertThrows(() => parseImpairment("constructor=1"), SyntaxError, "no such key");
});
