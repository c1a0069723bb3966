import { assertEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import { Ehash, type EhashEntry } from "./ehash.ts";

function entry(remote: string, local: string, dport: number, num: number, device = 0): EhashEntry {
  return {
    kind: "request",
    hash_next: undefined,
    hash_key: -1,
    daddr: IpAddress.parse(remote),
    rcv_saddr: IpAddress.parse(local),
    dport,
    num,
    sk_bound_dev_if: device,
  };
}

Deno.test("ehash: found by octets in place, told apart by every part of the four-tuple", () => {
  const table = new Ehash(12345);
  const entries = [
    entry("192.0.2.1", "192.0.2.2", 1000, 80),
    entry("192.0.2.1", "192.0.2.2", 1001, 80),
    entry("192.0.2.1", "192.0.2.2", 1000, 81),
    entry("192.0.2.3", "192.0.2.2", 1000, 80),
    entry("2001:db8::1", "2001:db8::2", 1000, 80),
  ];
  for (const one of entries) table.insert(one);
  assertEquals(table.size, 5);
  for (const one of entries) {
    const bytes = concatBytes(Uint8Array.of(9, 9), one.daddr.bytes, one.rcv_saddr.bytes);
    const length = one.daddr.bytes.length;
    assertEquals(table.lookup(bytes, 2, 2 + length, length, one.dport, one.num, 1), one);
    assertEquals(table.find(one.daddr, one.rcv_saddr, one.dport, one.num), one);
    assertEquals(table.lookup(bytes, 2, 2 + length, length, one.dport + 7, one.num, 1), undefined);
  }
  for (const one of entries) table.remove(one);
  table.remove(entries[0]!);
  assertEquals(table.size, 0);
  assertEquals([...table.entries()], []);
});

Deno.test("ehash: an entry bound to a device is found only there", () => {
  const table = new Ehash(1);
  const bound = entry("192.0.2.1", "192.0.2.2", 5, 6, 3);
  table.insert(bound);
  const bytes = concatBytes(bound.daddr.bytes, bound.rcv_saddr.bytes);
  assertEquals(table.lookup(bytes, 0, 4, 4, 5, 6, 3), bound);
  assertEquals(table.lookup(bytes, 0, 4, 4, 5, 6, 2), undefined);
});
