import { assert, assertEquals } from "@std/assert";
import { IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import { EthernetBench, THEIRS } from "./_testing.ts";

const ADDRESS = IpAddress.parse("192.0.2.1");
const SECOND = 1_000_000;

function claimed(): { bench: EthernetBench; outcomes: string[] } {
  const bench = new EthernetBench([], { profile: "rfc" });
  const outcomes: string[] = [];
  bench.stack.claimAddress(bench.device, "192.0.2.1/24", (outcome) => outcomes.push(outcome));
  return { bench, outcomes };
}

function times(bench: EthernetBench): number[] {
  return bench.words().map((one) => Number(one.split(" ")[0]) / 1000);
}

Deno.test("an address is probed three times, taken, and announced twice (RFC 5227 sections 2.1 and 2.3)", () => {
  const { bench, outcomes } = claimed();
  bench.stack.runUntil(3 * SECOND);
  assertEquals([outcomes, bench.stack.ip.address_type(ADDRESS)], [[], "unicast"]);
  bench.stack.runUntil(20 * SECOND);
  assertEquals([outcomes, bench.stack.ip.address_type(ADDRESS)], [["claimed"], "local"]);
  const words = bench.sent.map(({ frame }) => arp.format(arp.parse(frame, 14).header));
  const probe = "arp request who has 192.0.2.1 tell 0.0.0.0 (02:00:00:00:00:01)";
  const announcement = "arp request who has 192.0.2.1 tell 192.0.2.1 (02:00:00:00:00:01)";
  assertEquals(words, [probe, probe, probe, announcement, announcement]);
  const at = times(bench);
  assert(at[0]! <= 1);
  for (const gap of [at[1]! - at[0]!, at[2]! - at[1]!]) assert(gap >= 1 && gap <= 2, `${at}`);
  assertEquals([Math.round(1000 * (at[3]! - at[2]!)), Math.round(1000 * (at[4]! - at[3]!))], [2000, 2000]);
});

Deno.test("somebody has it, or probes for it, too: it is not taken", () => {
  for (const sender of ["192.0.2.1", "0.0.0.0"]) {
    const { bench, outcomes } = claimed();
    bench.stack.runUntil(2 * SECOND);
    bench.arp(arp.ARPOP_REQUEST, sender, "192.0.2.1");
    bench.stack.runUntil(20 * SECOND);
    assertEquals([outcomes, bench.stack.ip.address_type(ADDRESS)], [["conflict"], "unicast"], sender);
  }
});

Deno.test("an address in use is defended once in ten seconds, then given up (RFC 5227 section 2.4)", () => {
  const { bench, outcomes } = claimed();
  bench.stack.runUntil(20 * SECOND);
  bench.take();
  const intrude = () => bench.arp(arp.ARPOP_REQUEST, "192.0.2.1", "192.0.2.9", MacAddress.BROADCAST, THEIRS);
  intrude();
  assertEquals(bench.words(), ["20000 all arp request who has 192.0.2.1 tell 192.0.2.1 (02:00:00:00:00:01)"]);
  bench.stack.runUntil(31 * SECOND);
  intrude();
  assertEquals(bench.take().length, 1);
  bench.stack.runUntil(32 * SECOND);
  intrude();
  assertEquals([bench.take().length, outcomes, bench.stack.ip.address_type(ADDRESS)], [
    0,
    ["claimed", "lost"],
    "unicast",
  ]);
});

Deno.test("profile rfc defends addresses that were set by hand, profile linux does not notice", () => {
  for (const profile of ["rfc", "linux"] as const) {
    const bench = new EthernetBench(["192.0.2.1/24"], { profile });
    bench.arp(arp.ARPOP_REQUEST, "192.0.2.1", "192.0.2.9");
    assertEquals(bench.take().length, profile === "rfc" ? 1 : 0, profile);
  }
});
