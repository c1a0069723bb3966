import { assertEquals } from "@std/assert";
import { Punctuality } from "./punctuality.ts";
import type { EventTime } from "./time.ts";

const BASE = 100_000;
const TOLERANCE = 4000;

/** What is noted of something due `after_us` after an event that was over at {@link BASE}. */
function check(
  after_us: number,
  live_us: number,
  behind_us = 0,
  thing: "outbound packet" | "inbound packet" = "outbound packet",
  called_us = 0,
) {
  const punctuality = new Punctuality();
  punctuality.behind(behind_us);
  punctuality.called(called_us);
  const time: EventTime = {
    kind: "point",
    start_us: BASE + after_us,
    end_us: undefined,
    base_us: BASE,
    relative: true,
  };
  const problem = punctuality.check(thing, time, live_us, TOLERANCE, 5);
  return { failed: problem !== undefined, ...punctuality.timing(TOLERANCE) };
}

Deno.test("punctuality: a packet is too early if nothing that was late explains it", () => {
  const { failed, off_us, excess_us, tooEarly } = check(40_000, BASE + 31_000);
  assertEquals([failed, off_us, excess_us, tooEarly], [true, -9000, 5000, true]);
  assertEquals(check(40_000, BASE + 31_000, 5500).tooEarly, false);
  assertEquals(check(40_000, BASE - 20_000).tooEarly, false);
  assertEquals(check(40_000, BASE + 45_000).tooEarly, false);
  assertEquals(check(40_000, BASE + 31_000, 0, "inbound packet").tooEarly, false);
  assertEquals(check(40_000, BASE + 31_000, 0, "outbound packet", 5500).tooEarly, false);
});

Deno.test("punctuality: a packet that a timer sends is narrowly in time if the runner's lateness could make it so", () => {
  assertEquals(check(40_000, BASE + 43_000, 1500).narrow, true);
  assertEquals(check(40_000, BASE + 43_000, 500).narrow, false);
  // An answer comes as late as what it answers.
  assertEquals(check(0, BASE + 100, 3950).narrow, false);
  const { strayed_us, offs_us } = check(40_000, BASE + 43_000, 1500);
  assertEquals([strayed_us, ...offs_us], [3000, [5, 3000]]);
  assertEquals(check(40_000, BASE + 45_000).offs_us.size, 0);
});

Deno.test("punctuality: what was latest and furthest behind counts; code is looked at for the stack's times", () => {
  const punctuality = new Punctuality();
  for (const late_us of [300, 700, -50, 200]) punctuality.late(late_us, 7);
  for (const behind_us of [-200, 800, 400]) punctuality.behind(behind_us);
  for (const took_us of [200, 114_000.5, 300]) punctuality.called(took_us);
  assertEquals(punctuality.timing(TOLERANCE).slowest_us, 114_000);
  punctuality.sampled("assert tcpi_snd_cwnd == 10");
  const timing = punctuality.timing(TOLERANCE);
  assertEquals([timing.late_us, timing.line, timing.drift_us, timing.timesSampled], [700, 7, 800, false]);
  punctuality.sampled("assert 1000 <= tcpi_busy_time <= 2000");
  assertEquals(punctuality.timing(TOLERANCE).timesSampled, true);
});
