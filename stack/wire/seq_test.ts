import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import * as seq from "./seq.ts";

Deno.test("order holds across the wrap", () => {
  assert(seq.before(0xffffffff, 0));
  assert(seq.after(5, 0xfffffff0));
  assertFalse(seq.before(7, 7));
  assert(seq.leq(7, 7) && seq.geq(7, 7));
  assertFalse(seq.lt(7, 7) || seq.gt(7, 7));
  assert(seq.between(2, 0xfffffffe, 5));
  assertFalse(seq.between(6, 0xfffffffe, 5));
  assertEquals(seq.max(0xffffffff, 1), 1);
  assertEquals(seq.min(0xffffffff, 1), 0xffffffff);
});

Deno.test("adding and subtracting are inverse", () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.integer({ min: -0x7fffffff, max: 0x7fffffff }), (a, n) => {
    const b = seq.add(a, n);
    assert(b >= 0 && b <= 0xffffffff);
    assertEquals(seq.diff(b, a), n);
    assertEquals(seq.before(a, b), n > 0);
    assertEquals(seq.after(a, b), n < 0);
    assertEquals(seq.leq(a, b), n >= 0);
    assertEquals(seq.geq(a, b), n <= 0);
    assertEquals(seq.distance(b, a), n < 0 ? n + 2 ** 32 : n);
  }));
});
