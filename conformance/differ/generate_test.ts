import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { KINDS, lives, type Sample } from "./generate.ts";

Deno.test("generate: a seed gives the same lives each time, and another seed others", () => {
  for (const kind of KINDS) {
    const values = (seed: number, count: number) => lives(kind, seed, count).map(({ value }) => value);
    assertEquals(values(7, 5), values(7, 9).slice(0, 5));
    assertNotEquals(values(7, 5), values(8, 5));
  }
});

Deno.test("generate: simpler lives have less in them", () => {
  const [life] = lives("receive", 3, 1);
  const simpler = [...take(life!.simpler(), 5)];
  assertEquals(simpler.length, 5);
  const sizeOf = (value: Sample) => "acts" in value ? value.acts.length : value.packets.length;
  assert(simpler.some(({ value }) => sizeOf(value) < sizeOf(life!.value)));
});

function* take<T>(source: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const one of source) {
    if (left-- === 0) return;
    yield one;
  }
}
