import { assertEquals } from "@std/assert";
import { OctetPool, OctetStore } from "./octet_store.ts";

function pattern(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (from + i) * 7);
}

Deno.test("octet store: any stretch can be copied out again and again, across blocks", () => {
  const store = new OctetStore(new OctetPool());
  let written = 0;
  for (const length of [1, 600, 16_384, 5, 40_000]) {
    store.append(pattern(written, length));
    written += length;
  }
  assertEquals(store.length, written);
  for (const [offset, count] of [[0, written], [599, 3], [16_000, 2000], [written - 1, 1]] as const) {
    const out = new Uint8Array(count + 2);
    store.copyTo(offset, count, out, 1);
    assertEquals(out.subarray(1, count + 1), pattern(offset, count));
    assertEquals([out[0], out[count + 1]], [0, 0]);
  }
});

Deno.test("octet store: offsets count from what was not released", () => {
  const store = new OctetStore(new OctetPool());
  store.append(pattern(0, 50_000));
  let front = 0;
  for (const count of [1, 511, 20_000, 3]) {
    store.release(count);
    front += count;
    const out = new Uint8Array(10);
    store.copyTo(0, 10, out, 0);
    assertEquals(out, pattern(front, 10));
    assertEquals(store.length, 50_000 - front);
  }
  store.release(50_000 - front);
  assertEquals(store.length, 0);
  store.append(pattern(50_000, 10));
  const out = new Uint8Array(10);
  store.copyTo(0, 10, out, 0);
  assertEquals(out, pattern(50_000, 10));
});

Deno.test("octet store: what was written later does not change what the caller keeps", () => {
  const store = new OctetStore(new OctetPool());
  const data = pattern(0, 10);
  store.append(data);
  data.fill(0);
  const out = new Uint8Array(10);
  store.copyTo(0, 10, out, 0);
  assertEquals(out, pattern(0, 10));
});

Deno.test("octet store: full blocks are used again by whoever shares the pool, once nobody holds their octets", () => {
  const pool = new OctetPool();
  const [first, second] = [new OctetStore(pool), new OctetStore(pool)];
  first.append(pattern(0, 40_000));
  const block = pool.take();
  assertEquals(block.every((octet) => octet === 0), true, "in use: nothing was in the pool");
  first.release(20_000);
  second.append(pattern(7, 16_384));
  const out = new Uint8Array(20_000);
  first.copyTo(0, 20_000, out, 0);
  assertEquals(out, pattern(20_000, 20_000));
  second.release(16_384);
  const left = pool.take();
  assertEquals(left.subarray(0, 100), pattern(7, 100), "the block that both had in turn");
});

Deno.test("octet store: short messages one after the other need one piece of storage", () => {
  const store = new OctetStore(new OctetPool());
  const out = new Uint8Array(100);
  for (let i = 0; i < 50; i++) {
    store.append(pattern(i, 100));
    store.copyTo(0, 100, out, 0);
    assertEquals(out, pattern(i, 100));
    store.release(60);
    store.append(pattern(i + 100, 30));
    store.copyTo(0, 70, out, 0);
    assertEquals(out.subarray(0, 70), pattern(i + 60, 70));
    store.release(70);
    assertEquals(store.length, 0);
    assertEquals(store.blockCount, 1);
  }
});
