import { assertEquals } from "@std/assert";
import { UrgentMark } from "./urgent.ts";

Deno.test("urgent mark: the pointer is behind the urgent octet, or at it if the setting says so", () => {
  const mark = new UrgentMark();
  assertEquals(mark.announce(100, 5, true, 100, 100), true);
  assertEquals([mark.state, mark.seq], ["announced", 104]);
  const other = new UrgentMark();
  other.announce(100, 5, false, 100, 100);
  assertEquals(other.seq, 105);
});

Deno.test("urgent mark: a later one takes its place, an earlier one or one that was read does not", () => {
  const mark = new UrgentMark();
  mark.announce(100, 5, true, 100, 100);
  assertEquals(mark.announce(100, 3, true, 100, 100), false);
  assertEquals(mark.announce(100, 9, true, 100, 100), true);
  assertEquals(mark.seq, 108);
  assertEquals(new UrgentMark().announce(100, 5, true, 105, 105), false);
});

Deno.test("urgent mark: the octet is taken when its text comes", () => {
  const mark = new UrgentMark();
  mark.announce(100, 5, true, 100, 100);
  assertEquals(mark.take(100, Uint8Array.of(9, 1, 2, 3), 1, 4), false);
  assertEquals(mark.take(103, Uint8Array.of(4, 5, 6), 0, 3), true);
  assertEquals([mark.state, mark.octet], ["there", 5]);
  assertEquals([mark.ahead(104), mark.ahead(105)], [true, false]);
  mark.passed(105);
  assertEquals(mark.state, "none");
});
