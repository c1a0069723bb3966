import { assertEquals } from "@std/assert";
import { Pace } from "./pace.ts";

const realTime = () => new Pace({ virtualTime: false });

Deno.test("pace: a run that is ahead waits longer by what packetdrill would have taken", () => {
  const pace = realTime();
  for (let i = 0; i < 4; i++) pace.acted(15, 10, false);
  assertEquals(pace.behind_us, -280);
  assertEquals(pace.catchUp(10_000), -280);
  assertEquals([pace.behind_us, pace.catchUp(10_000)], [0, 0]);
});

Deno.test("pace: being behind is made up for only where the stack takes no notice of what was late", () => {
  const late = realTime();
  late.acted(485, 10, false);
  assertEquals(late.catchUp(10_000), 0);
  late.acted(285, 10, true);
  assertEquals([late.behind_us, late.catchUp(10_000), late.behind_us], [600, 200, 400]);

  const looked = realTime();
  looked.acted(485, 10, true);
  looked.acted(85, 10, false);
  assertEquals([looked.behind_us, looked.catchUp(10_000)], [400, 0]);
});

Deno.test("pace: a short wait makes up for nothing, a long one for a millisecond at most", () => {
  const pace = realTime();
  pace.acted(3085, 10, true);
  assertEquals([pace.catchUp(1000), pace.catchUp(10_000), pace.behind_us], [0, 1000, 2000]);
});

Deno.test("pace: what takes long takes as long in packetdrill", () => {
  const pace = realTime();
  pace.acted(20_085, 20_000, false);
  assertEquals(pace.behind_us, 0);
});

Deno.test("pace: an answer is as late as what it answers, what a timer sends is not", () => {
  const pace = realTime();
  pace.acted(385, 10, true);
  pace.answered(60);
  assertEquals([pace.behind_us, pace.catchUp(10_000)], [215, 0]);
  pace.answered(200_000);
  assertEquals([pace.behind_us, pace.catchUp(10_000)], [-85, -85]);
  pace.acted(385, 10, true);
  pace.restart();
  assertEquals([pace.behind_us, pace.catchUp(10_000)], [0, 0]);
});

Deno.test("pace: virtual time passes by itself only", () => {
  const pace = new Pace({ virtualTime: true });
  pace.acted(0, 0, false);
  assertEquals(pace.catchUp(10_000), 0);
  pace.acted(400, 400, true);
  assertEquals(pace.catchUp(10_000), 0);
});
