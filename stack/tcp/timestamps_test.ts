import { assertEquals } from "@std/assert";
import { RecentTimestamp, timestampAt } from "./timestamps.ts";

const DAY = 24 * 3600e6;

Deno.test("timestamps: the clock ticks once a millisecond and wraps", () => {
  assertEquals([timestampAt(1_999, 5), timestampAt(2_000, 5), timestampAt(1_000, 0xffff_ffff)], [6, 7, 0]);
});

Deno.test("timestamps: PAWS rejects what is older than TS.Recent, over the wrap, too (RFC 7323 section 5.3)", () => {
  const recent = new RecentTimestamp();
  assertEquals(recent.rejects(0, 0, 0), false);
  recent.take(5, 0);
  assertEquals([recent.rejects(4, 0, 0), recent.rejects(4, 0, 1), recent.rejects(3, 0, 1)], [true, false, true]);
  assertEquals([recent.rejects(5, 0, 0), recent.rejects(6, 0, 0), recent.rejects(0xffff_fff0, 0, 0)], [
    false,
    false,
    true,
  ]);
});

Deno.test("timestamps: after 24 days of silence any timestamp is good (section 5.5)", () => {
  const recent = new RecentTimestamp();
  recent.take(1000, 0);
  assertEquals([recent.rejects(1, 23 * DAY, 0), recent.rejects(1, 25 * DAY, 0)], [true, false]);
});

Deno.test("timestamps: TS.Recent follows segments that reach back to the last ACK (section 4.3)", () => {
  const recent = new RecentTimestamp();
  recent.take(10, 0);
  recent.update(11, 101, 100, 1);
  assertEquals(recent.echo, 10);
  recent.update(12, 100, 100, 2);
  recent.update(9, 90, 100, 3);
  assertEquals([recent.echo, recent.takenAt], [12, 2]);
});
