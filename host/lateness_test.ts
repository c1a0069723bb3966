import { assert, assertEquals } from "@std/assert";
import { Lateness } from "./lateness.ts";

Deno.test("lateness is reported as median, 99th percentile and maximum", () => {
  const lateness = new Lateness();
  assertEquals(lateness.report(), { count: 0, median: 0, p99: 0, max: 0 });
  for (let i = 1; i <= 100; i++) lateness.add(i);
  assertEquals(lateness.report(), { count: 100, median: 50, p99: 99, max: 100 });
  lateness.reset();
  for (const value of [20_000, 1e12]) lateness.add(value);
  const { median, max } = lateness.report();
  assert(median > 19_000 && median <= 20_000);
  assertEquals(max, 1e12);
});
