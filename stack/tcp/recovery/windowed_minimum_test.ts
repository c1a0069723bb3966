import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { WindowedMinimum } from "./windowed_minimum.ts";

Deno.test("a minimum is remembered for the window and then forgotten", () => {
  const minimum = new WindowedMinimum(() => 800);
  assertEquals(minimum.value, Infinity);
  minimum.add(5, 0);
  minimum.add(9, 700);
  assertEquals(minimum.value, 5);
  minimum.add(9, 900);
  assertEquals(minimum.value, 9);
});

Deno.test("a long pause empties it", () => {
  const minimum = new WindowedMinimum(() => 800);
  minimum.add(5, 0);
  minimum.add(30, 1_000_000);
  assertEquals(minimum.value, 30);
});

Deno.test("property: never above the window's minimum, never below that of a window one slot longer", () => {
  const events = fc.array(fc.tuple(fc.nat(300), fc.nat(1000)), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(events, (events) => {
    const minimum = new WindowedMinimum(() => 800);
    const seen: [number, number][] = [];
    let now = 0;
    for (const [wait, value] of events) {
      now += wait;
      seen.push([now, value]);
      minimum.add(value, now);
      const least = (length: number) => Math.min(...seen.filter(([at]) => at > now - length).map(([, value]) => value));
      assert(minimum.value <= least(700) && minimum.value >= least(900), `${minimum.value} at ${now}`);
    }
  }));
});
