import { assertEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import type { Ipv4Option } from "../wire/ipv4_options.ts";
import { message4, packet4, pattern, REMOTE4, type World, world } from "./_testing.ts";

const address = (text: string) => IpAddress.parse(text);
const ROUTED = { "net.ipv4.conf.all.accept_source_route": 1 };

/** Receives an echo request with options, and reads the header of what is sent. */
function echoed(w: World, options: readonly Ipv4Option[]): ipv4.Ipv4Header | undefined {
  w.sent.length = 0;
  w.stack.receive(w.tun0, packet4(1, message4(8, 0, 0x10001, pattern(4)), { options }));
  return w.sent[0] && ipv4.parse(w.sent[0]).header;
}

const routes = (header: ipv4.Ipv4Header | undefined) =>
  header?.options.flatMap((option) => option.name === "lsrr" || option.name === "ssrr" ? option.route.map(String) : []);

Deno.test("ip options: a reply goes the way of a source route back, to the last hop first (RFC 1122 section 3.2.1.8 (c))", () => {
  const w = world({ sysctl: ROUTED });
  const route = ["192.0.2.7", "192.0.2.8", "192.0.2.9"].map(address);
  const header = echoed(w, [{ name: "lsrr", type: 131, pointer: 16, route }]);
  assertEquals(header?.destination.key, "192.0.2.9");
  assertEquals(routes(header), ["192.0.2.8", "192.0.2.7", String(REMOTE4)]);
});

Deno.test("ip options: a sender that recorded itself is named once on the way back", () => {
  const w = world({ sysctl: ROUTED });
  const header = echoed(w, [{ name: "ssrr", type: 137, pointer: 12, route: [REMOTE4, address("192.0.2.9")] }]);
  assertEquals(header?.destination.key, "192.0.2.9");
  assertEquals(routes(header), [String(REMOTE4)]);
});

Deno.test("ip options: a time with an address, one asked of this host, one asked of another", () => {
  const w = world({ realtime_offset_us: 3_600_000_000 });
  const time = (flag: 1 | 3, ...addresses: string[]) => {
    const entries = addresses.map((text) => ({ address: address(text), timestamp: 0 }));
    const option = echoed(w, [{ name: "timestamp", type: 68, pointer: 5, overflow: 0, flag, entries }])?.options[0];
    if (option?.name !== "timestamp") return option;
    return [option.pointer, ...option.entries.map((entry) => `${entry.address} ${entry.timestamp}`)];
  };
  // Once when it was received, once when the reply was sent.
  assertEquals(time(1, "0.0.0.0", "0.0.0.0"), [21, "192.0.2.1 3600000", "192.0.2.1 3600000"]);
  assertEquals(time(3, "192.0.2.1", "192.0.2.77"), [13, "192.0.2.1 3600000", "192.0.2.77 0"]);
  assertEquals(time(3, "192.0.2.77", "192.0.2.1"), [5, "192.0.2.77 0", "192.0.2.1 0"]);
});

Deno.test("ip options: a host without room for its time counts itself once", () => {
  const w = world();
  const full = { name: "timestamp", type: 68, pointer: 9, overflow: 3, flag: 0, entries: [{ timestamp: 7 }] } as const;
  const option = echoed(w, [full])?.options[0];
  assertEquals(option, { ...full, overflow: 4 });
});

Deno.test("ip options: a router records the address that a packet leaves from, and follows a source route", () => {
  const w = world({ sysctl: { ...ROUTED, "net.ipv4.ip_forward": 1 } });
  const any = IpAddress.ANY4;
  const header = echoed(w, [
    { name: "lsrr", type: 131, pointer: 4, route: [address("192.0.2.9"), address("192.0.2.10")] },
    { name: "rr", type: 7, pointer: 4, route: [any, any] },
    { name: "timestamp", type: 68, pointer: 5, overflow: 0, flag: 1, entries: [{ address: any, timestamp: 0 }] },
  ]);
  assertEquals(header?.destination.key, "192.0.2.9");
  assertEquals(routes(header), ["192.0.2.1", "192.0.2.10"]);
  const [way, record, time] = header!.options;
  assertEquals(way?.name === "lsrr" && way.pointer, 8);
  assertEquals(record?.name === "rr" && [record.pointer, ...record.route.map(String)], [8, "192.0.2.1", "0.0.0.0"]);
  assertEquals(time?.name === "timestamp" && String(time.entries[0]!.address), "192.0.2.1");
});

Deno.test("ip options: what can be there once, a router alert without its value, a route that is cut off", () => {
  const w = world({ sysctl: ROUTED });
  const faultAt = (options: readonly Ipv4Option[]) => {
    w.stack.net.now += 10_000_000;
    const header = echoed(w, options);
    // The pointer of a parameter problem is the first octet of its second word.
    return header?.protocol === 1 ? w.sent[0]![4 * (w.sent[0]![0]! & 15) + 4] : undefined;
  };
  const route = { name: "rr", type: 7, pointer: 4, route: [IpAddress.ANY4] } as const;
  assertEquals(faultAt([route, route]), 27);
  assertEquals(faultAt([{ name: "unknown", type: 148, data: Uint8Array.of(0) }]), 21);
  const cut = Uint8Array.of(4, 192, 0, 2, 1, 0, 0);
  assertEquals(faultAt([{ name: "unknown", type: 131, data: cut }]), 22);
});
