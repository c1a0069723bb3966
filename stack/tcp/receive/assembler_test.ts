import { assertEquals } from "@std/assert";
import { seededRandom } from "../../random.ts";
import { Assembler } from "./assembler.ts";
import type { TextPiece } from "./queue.ts";

/** Sequence numbers wrap within the tests. */
const BASE = 0xffff_ff00;

function seq(position: number): number {
  return (BASE + position) >>> 0;
}

function piece(left: number, right: number): TextPiece {
  const bytes = Uint8Array.from({ length: right - left }, (_, i) => left + i);
  return {
    seq: seq(left),
    bytes,
    start: 0,
    end: right - left,
    arrivedAt: 0,
    charge: right - left + 100,
    free: 0,
    fin: false,
  };
}

function blocks(assembler: Assembler, limit = 4): [number, number][] {
  const left = new Uint32Array(4);
  const right = new Uint32Array(4);
  const count = assembler.blocks(limit, left, right, 0);
  return Array.from({ length: count }, (_, i) => [(left[i]! - BASE) >>> 0, (right[i]! - BASE) >>> 0]);
}

Deno.test("assembler: the stretch that grew last is named first (RFC 2018 section 4)", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assembler.insert(piece(300, 400));
  assembler.insert(piece(500, 600));
  assertEquals(blocks(assembler), [[500, 600], [300, 400], [100, 200]]);
  assembler.insert(piece(200, 250));
  assertEquals(blocks(assembler), [[100, 250], [500, 600], [300, 400]]);
  assertEquals(blocks(assembler, 2), [[100, 250], [500, 600]]);
});

Deno.test("assembler: a piece that fills a gap joins what lies around it", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assembler.insert(piece(300, 400));
  assertEquals(assembler.insert(piece(150, 350)), { fresh: 100, duplicate: { left: seq(150), right: seq(200) } });
  assertEquals(blocks(assembler), [[100, 400]]);
  assertEquals(assembler.octets, 300);
});

Deno.test("assembler: what came before is told, and moves its stretch to the front", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assembler.insert(piece(300, 400));
  assertEquals(assembler.insert(piece(120, 180)), { fresh: 0, duplicate: { left: seq(120), right: seq(180) } });
  assertEquals(blocks(assembler), [[100, 200], [300, 400]]);
});

Deno.test("assembler: handed on as it comes into order, without what was read", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assembler.insert(piece(200, 300));
  assembler.insert(piece(400, 500));
  const got: number[] = [];
  assembler.release(seq(150), (part) => got.push(...part.bytes.subarray(part.start, part.end)));
  assertEquals(got, Array.from({ length: 150 }, (_, i) => (150 + i) & 255));
  assertEquals([assembler.octets, assembler.count], [100, 1]);
  assertEquals(blocks(assembler), [[400, 500]]);
});

Deno.test("assembler: dropping the newest stretch gives back all that it was charged", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assembler.insert(piece(300, 400));
  assembler.dropLast();
  assertEquals([assembler.octets, assembler.charge], [100, 200]);
  assembler.dropLast();
  assertEquals([assembler.octets, assembler.charge, assembler.empty, assembler.dropLast()], [0, 0, true, false]);
});

Deno.test("assembler: random pieces come out as a map of octets has them", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 200; round++) {
    const assembler = new Assembler();
    const there = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const left = 1 + random() % 400;
      const right = left + 1 + random() % 60;
      const fresh = Array.from({ length: right - left }, (_, k) => left + k).filter((at) => !there.has(at)).length;
      assertEquals(assembler.insert(piece(left, right)).fresh, fresh);
      for (let at = left; at < right; at++) there.add(at);
      assertEquals(assembler.octets, there.size);
    }
    let next = Math.min(...there);
    assembler.release(seq(next), (part) => {
      for (let at = part.start; at < part.end; at++) assertEquals(part.bytes[at], next++ & 255);
    });
    assertEquals(there.has(next), false);
    assertEquals(assembler.octets, [...there].filter((at) => at > next).length);
  }
});

Deno.test("assembler: tells what of a stretch is here already, and no more", () => {
  const assembler = new Assembler();
  assembler.insert(piece(100, 200));
  assertEquals(assembler.overlap(seq(50), seq(400)), { left: seq(100), right: seq(200) });
  assertEquals(assembler.overlap(seq(150), seq(160)), { left: seq(150), right: seq(160) });
  assertEquals([assembler.overlap(seq(0), seq(100)), assembler.overlap(seq(200), seq(300))], [undefined, undefined]);
});

Deno.test("assembler: as Linux remembers four blocks, what joins a forgotten one begins anew", () => {
  const assembler = new Assembler(4);
  for (const left of [100, 300, 500, 700, 900]) assembler.insert(piece(left, left + 100));
  assertEquals(blocks(assembler), [[900, 1000], [700, 800], [500, 600], [300, 400]]);
  assembler.insert(piece(200, 300));
  assertEquals(blocks(assembler), [[200, 400], [900, 1000], [700, 800], [500, 600]]);
});
