import { assertEquals } from "@std/assert";
import { Pace } from "./pace.ts";

Deno.test("pace: a run waits longer by what packetdrill would have taken more, once", () => {
  const pace = new Pace();
  for (const took_us of [20, 30, 70]) pace.event(took_us);
  assertEquals([pace.wait(), pace.wait()], [120, 0]);
});

Deno.test("pace: a run that is slower does not wait, and what it is behind counts against what it is ahead later", () => {
  const pace = new Pace();
  pace.event(180);
  assertEquals(pace.wait(), 0);
  pace.event(0);
  assertEquals(pace.wait(), 0);
  pace.event(0);
  assertEquals(pace.wait(), 60);
});

Deno.test("pace: what does not build on what came before begins anew", () => {
  const pace = new Pace();
  pace.event(0);
  pace.restart();
  assertEquals(pace.wait(), 0);
});
