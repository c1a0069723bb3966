import { assert, assertEquals } from "@std/assert";
import { nextTick, tickFrom } from "./tick.ts";

Deno.test("tick: the least late observation gives the phase, the gaps give the period", () => {
  const seen = [4_000_090, 4_004_040, 4_008_900, 4_012_031, 4_016_050];
  const tick = tickFrom(seen);
  assertEquals(tick.period_us, 4000);
  assert(Math.abs(tick.phase_us - 31) < 1, `phase ${tick.phase_us}`);
});

Deno.test("tick: observations on both sides of the end of a period", () => {
  const tick = tickFrom([10_003_999, 10_008_010, 10_012_000]);
  assertEquals(tick, { period_us: 4000, phase_us: 3999 });
});

Deno.test("tick: every frequency that a kernel has is told apart", () => {
  for (const hz of [100, 250, 300, 1000]) {
    const period = 1e6 / hz;
    const tick = tickFrom([0, 1, 2, 3, 4].map((i) => 5e6 + i * period + (i * 7 % 5) * 10));
    assertEquals(tick.period_us, period);
  }
});

Deno.test("tick: the next one is at or after the time asked for, less than a period away", () => {
  const tick = { period_us: 4000, phase_us: 32 };
  assertEquals(nextTick(tick, 8032), 8032);
  assertEquals(nextTick(tick, 8033), 12032);
  assertEquals(nextTick(tick, 31), 32);
});
