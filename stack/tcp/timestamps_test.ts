import { assertEquals } from "@std/assert";
import { tcp_paws_check, tcp_paws_reject } from "./timestamps.ts";

const recent = (ts_recent: number, rcv_tsval: number, ts_recent_stamp = 1000) => ({
  ts_recent,
  rcv_tsval,
  ts_recent_stamp,
});

Deno.test("paws: older timestamps are refused, modulo 2^32, for 24 days (RFC 7323 section 5)", () => {
  assertEquals(tcp_paws_check(recent(100, 100), 0, 1000), true);
  assertEquals(tcp_paws_check(recent(100, 99), 0, 1000), false);
  assertEquals(tcp_paws_check(recent(100, 99), 1, 1000), true);
  assertEquals(tcp_paws_check(recent(0xfffffff0, 5), 0, 1000), true);
  assertEquals(tcp_paws_check(recent(5, 0xfffffff0), 0, 1000), false);
  assertEquals(tcp_paws_check(recent(100, 99), 0, 1000 + 24 * 86400), true);
  assertEquals(tcp_paws_check(recent(0, 0xf0000000), 0, 1000), true);
});

Deno.test("paws: a RST with an old timestamp counts after a minute", () => {
  assertEquals(tcp_paws_reject(recent(100, 50), true, 1030), true);
  assertEquals(tcp_paws_reject(recent(100, 50), true, 1060), false);
  assertEquals(tcp_paws_reject(recent(100, 50), false, 1060), true);
});
