import { assertEquals } from "@std/assert";
import type { TimeFacts } from "../report/results.ts";
import { FactKeeper } from "./facts.ts";
import type { EventTime, TimedThing } from "./time.ts";

const BASE = 100_000;
const TOLERANCE = 4000;

/** What is noted of something due `after_us` after an event that was over at {@link BASE}. */
function check(after_us: number, live_us: number, thing: TimedThing = "outbound packet", acted_us = 0): TimeFacts {
  const facts = new FactKeeper();
  facts.acted(acted_us);
  const time: EventTime = {
    kind: "point",
    start_us: BASE + after_us,
    end_us: undefined,
    base_us: BASE,
    relative: true,
  };
  facts.check(thing, time, live_us, TOLERANCE, 5);
  return facts.facts();
}

Deno.test("facts: how far off what failed was, tolerance set aside, and which way", () => {
  assertEquals(check(40_000, BASE + 31_000).off_us, -5000);
  assertEquals(check(40_000, BASE + 45_500).off_us, 1500);
  assertEquals(check(40_000, BASE + 44_000).off_us, undefined);
});

Deno.test("facts: how near to its edges what a timer sent was", () => {
  const { early_margin_us, late_margin_us, late_us } = check(40_000, BASE + 43_000);
  assertEquals([early_margin_us, late_margin_us, late_us], [7000, 1000, 0]);
});

Deno.test("facts: an answer that is due at once is as late as the machine", () => {
  const { early_margin_us, late_us, late_line, late_share } = check(0, BASE + 500);
  assertEquals([early_margin_us, late_us, late_line, late_share], [undefined, 500, 5, 0.125]);
});

Deno.test("facts: a call's return is late by what its thread took after the runner's act, not by what a timer took", () => {
  assertEquals(check(0, BASE + 900, "system call return", BASE + 400).late_us, 500);
  assertEquals(check(0, BASE + 900, "system call return", BASE - 300).late_us, 900);
  assertEquals(check(0, BASE + 900, "system call return", BASE - 5000).late_us, 0);
});

Deno.test("facts: what was latest counts, and all of it", () => {
  const keeper = new FactKeeper();
  for (const [late_us, line] of [[300, 4], [700, 7], [-50, 8], [200, 9]] as const) {
    keeper.late(late_us, TOLERANCE, line);
  }
  keeper.late(900, 100_000, 10);
  keeper.late(100, 100_000, 11);
  for (const took_us of [200, 114_000, 300]) keeper.held(took_us);
  const { late_us, late_line, late_in_all_us, late_share, held_us } = keeper.facts();
  assertEquals([late_us, late_line, late_in_all_us, late_share, held_us], [900, 10, 2200, 0.175, 114_000]);
});

Deno.test("facts: of a failure of code, what was when it sampled, and whether it looked at times itself", () => {
  const keeper = new FactKeeper();
  keeper.late(300, TOLERANCE, 4);
  keeper.sampled("assert tcpi_snd_cwnd == 10", 5);
  keeper.late(9000, TOLERANCE, 6);
  keeper.sampled("assert 1000 <= tcpi_busy_time <= 2000", 7);
  assertEquals([keeper.facts(5).late_us, keeper.facts(5).times_sampled], [300, false]);
  assertEquals([keeper.facts(7).late_us, keeper.facts(7).times_sampled], [9000, true]);
  assertEquals(keeper.facts().times_sampled, true);
});
