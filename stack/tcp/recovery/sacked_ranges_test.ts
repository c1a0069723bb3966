import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SackedRanges } from "./sacked_ranges.ts";

/** The ranges as pairs. */
function pairs(ranges: SackedRanges): number[][] {
  return Array.from({ length: ranges.count }, (_, i) => [ranges.leftAt(i), ranges.rightAt(i)]);
}

Deno.test("blocks that touch become one range, and the gap between them is what is new", () => {
  const ranges = new SackedRanges();
  ranges.add(10, 20);
  ranges.add(30, 40);
  assertEquals(ranges.add(15, 35), 0);
  assertEquals(ranges.added, [20, 30]);
  assertEquals(pairs(ranges), [[10, 40]]);
  ranges.add(10, 40);
  assertEquals(ranges.added, []);
});

Deno.test("ranges go over the end of the sequence space", () => {
  const ranges = new SackedRanges();
  ranges.add(0xfffffff0, 5);
  ranges.add(8, 10);
  ranges.dropBefore(2);
  assertEquals(pairs(ranges), [[2, 5], [8, 10]]);
  assertEquals(ranges.highest, 10);
});

Deno.test("property: as a set of octets", () => {
  const base = 0xffffffe0; // wraps in the middle
  const block = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 }));
  const operation = fc.oneof(block.map(([at, size]) => ({ at, size })), fc.nat(60).map((upTo) => ({ upTo })));
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    const ranges = new SackedRanges();
    const model = new Set<number>();
    for (const operation of operations) {
      if ("upTo" in operation) {
        ranges.dropBefore((base + operation.upTo) >>> 0);
        for (const octet of [...model]) if (octet < operation.upTo) model.delete(octet);
        continue;
      }
      const { at, size } = operation;
      const fresh = Array.from({ length: size }, (_, i) => at + i).filter((octet) => !model.has(octet));
      const index = ranges.add((base + at) >>> 0, (base + at + size) >>> 0);
      const added: number[] = [];
      for (let i = 0; i < ranges.added.length; i += 2) {
        for (let seq = ranges.added[i]!; seq !== ranges.added[i + 1]!; seq = (seq + 1) >>> 0) {
          added.push((seq - base) >>> 0);
        }
      }
      assertEquals(added, fresh);
      for (let i = 0; i < size; i++) model.add(at + i);
      const [left, right] = pairs(ranges)[index]!;
      assertEquals(((left! - base) >>> 0) <= at && ((right! - base) >>> 0) >= at + size, true);
    }
    const octets: number[] = [];
    for (const [left, right] of pairs(ranges)) {
      for (let seq = left!; seq !== right!; seq = (seq + 1) >>> 0) octets.push((seq - base) >>> 0);
    }
    assertEquals(octets, [...model].sort((a, b) => a - b));
    assertEquals(pairs(ranges).every(([left], i, all) => i === 0 || all[i - 1]![1] !== left), true);
  }));
});
