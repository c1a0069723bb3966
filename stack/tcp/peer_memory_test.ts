import { assertEquals, assertStrictEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import { PeerMemory } from "./peer_memory.ts";

const LOCAL = IpAddress.parse("10.0.0.1");

Deno.test("peer memory: a record for each pair of addresses, until it is flushed", () => {
  const memory = new PeerMemory();
  const remote = IpAddress.parse("10.0.0.2");
  assertEquals(memory.find(LOCAL, remote), undefined);
  const record = memory.record(LOCAL, remote);
  record.mss = 1400;
  assertStrictEquals(memory.record(LOCAL, IpAddress.parse("10.0.0.2")), record);
  assertEquals(memory.find(remote, LOCAL), undefined);
  memory.flush();
  assertEquals(memory.find(LOCAL, remote), undefined);
});

Deno.test("peer memory: the oldest peers are forgotten, not memory used up", () => {
  const memory = new PeerMemory();
  for (let i = 0; i < 8193; i++) memory.record(LOCAL, IpAddress.fromU32(i + 1));
  assertEquals(memory.find(LOCAL, IpAddress.fromU32(1)), undefined);
  assertEquals(memory.find(LOCAL, IpAddress.fromU32(8193)) !== undefined, true);
});
