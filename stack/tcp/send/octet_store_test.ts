import { assertEquals } from "@std/assert";
import { OctetStore } from "./octet_store.ts";

function pattern(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (from + i) * 7);
}

Deno.test("octet store: any stretch can be copied out again and again, across blocks", () => {
  const store = new OctetStore();
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
  const store = new OctetStore();
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
  const store = new OctetStore();
  const data = pattern(0, 10);
  store.append(data);
  data.fill(0);
  const out = new Uint8Array(10);
  store.copyTo(0, 10, out, 0);
  assertEquals(out, pattern(0, 10));
});
