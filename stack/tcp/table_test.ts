import { assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import { IpAddress } from "../wire/address.ts";
import { type PortListener, SegmentTable, type TupleEntry } from "./table.ts";

function entry(local: string, localPort: number, remote: string, remotePort: number, boundInterface = 0): TupleEntry {
  return {
    localAddress: IpAddress.parse(local),
    localPort,
    remoteAddress: IpAddress.parse(remote),
    remotePort,
    boundInterface,
    state: 1,
    next: undefined,
    hash: 0,
    receive: () => {},
    unreachable: () => {},
  };
}

function find(table: SegmentTable, of: TupleEntry, interfaceIndex = 1) {
  const copy = (address: IpAddress) => IpAddress.parse(address.toString());
  return table.find(copy(of.localAddress), of.localPort, copy(of.remoteAddress), of.remotePort, interfaceIndex);
}

Deno.test("segment table: thousands of four-tuples are told apart, and leave no trace", () => {
  const random = seededRandom(5);
  const table = new SegmentTable(random());
  const entries = Array.from(
    { length: 3000 },
    (_, i) => entry("10.0.0.1", 1 + i % 3, `10.0.${i >> 8}.${i & 255}`, 1 + (i >> 4)),
  );
  for (const each of entries) table.add(each);
  for (const each of entries) assertEquals(find(table, each), each);
  entries.forEach((each, i) => {
    if (i % 2 === 0) table.remove(each);
  });
  entries.forEach((each, i) => assertEquals(find(table, each), i % 2 === 0 ? undefined : each));
  for (const each of entries) table.remove(each);
  assertEquals([table.size, [...table.entries()].length], [0, 0]);
});

Deno.test("segment table: local and remote end are not exchanged, families not mixed", () => {
  const table = new SegmentTable(1);
  const made = entry("10.0.0.1", 80, "10.0.0.2", 81);
  table.add(made);
  assertEquals(find(table, entry("10.0.0.2", 81, "10.0.0.1", 80)), undefined);
  assertEquals(find(table, entry("::ffff:10.0.0.1", 80, "::ffff:10.0.0.2", 81)), undefined);
});

Deno.test("segment table: what is bound to an interface is found through that one alone", () => {
  const table = new SegmentTable(1);
  const made = entry("fe80::1", 80, "fe80::2", 81, 7);
  table.add(made);
  assertEquals([find(table, made, 7), find(table, made, 8)], [made, undefined]);
});

Deno.test("segment table: the closest listener is chosen, among equals by the caller's number", () => {
  const table = new SegmentTable(1);
  const listener = (score: number): PortListener => ({ localPort: 80, match: () => score, receive: () => {} });
  const [any, first, second, none] = [listener(1), listener(5), listener(5), listener(0)];
  for (const each of [any, first, second, none]) table.listen(each!);
  const address = IpAddress.parse("10.0.0.1");
  assertEquals([table.findListener(address, 80, 1, 0), table.findListener(address, 80, 1, 1)], [first, second]);
  table.unlisten(first!);
  table.unlisten(second!);
  assertEquals(table.findListener(address, 80, 1, 9), any);
  table.unlisten(any!);
  assertEquals([table.findListener(address, 80, 1, 0), table.findListener(address, 81, 1, 0)], [undefined, undefined]);
});

Deno.test("segment table: a packet's addresses and ports read in place name the same entry, whichever way it goes", () => {
  const table = new SegmentTable(7);
  const entries = [
    entry("10.0.0.1", 80, "10.0.0.2", 1000),
    entry("10.0.0.1", 80, "10.0.0.3", 1000),
    entry("fe80::1", 80, "fe80::2", 1000, 3),
  ];
  for (const each of entries) table.add(each);
  for (const each of entries) {
    const { localAddress: local, remoteAddress: remote, localPort, remotePort } = each;
    const length = local.bytes.length;
    const came = Uint8Array.of(9, ...remote.bytes, ...local.bytes);
    const sent = Uint8Array.of(9, ...local.bytes, ...remote.bytes);
    assertEquals(table.findInPlace(came, 1, length, remotePort, localPort, 3, false), each);
    assertEquals(table.findInPlace(sent, 1, length, localPort, remotePort, 3, true), each);
    assertEquals(table.findInPlace(sent, 1, length, remotePort, localPort, 3, false), undefined);
    assertEquals(table.findInPlace(came, 1, length, remotePort + 1, localPort, 3, false), undefined);
  }
  const [, , bound] = entries;
  const packet = Uint8Array.of(...bound!.remoteAddress.bytes, ...bound!.localAddress.bytes);
  assertEquals(table.findInPlace(packet, 0, 16, 1000, 80, 4, false), undefined);
});
