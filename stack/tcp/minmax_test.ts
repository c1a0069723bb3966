import { assertEquals } from "@std/assert";
import { MinMax } from "./minmax.ts";

Deno.test("minmax: the minimum of a window, which forgets what is older", () => {
  const filter = new MinMax();
  assertEquals(filter.get(), 0xffffffff);
  assertEquals(filter.runningMin(100, 0, 50), 50);
  assertEquals(filter.runningMin(100, 10, 60), 50);
  assertEquals(filter.runningMin(100, 20, 40), 40);
  assertEquals(filter.runningMin(100, 60, 70), 40);
  assertEquals(filter.runningMin(100, 90, 65), 40);
  assertEquals(filter.runningMin(100, 125, 80), 65);
  assertEquals(filter.runningMin(100, 400, 90), 90);
});
