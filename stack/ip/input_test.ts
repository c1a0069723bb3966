import { assert, assertEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { Hook, Verdict } from "./hooks.ts";
import {
  LOCAL4,
  LOCAL6,
  message4,
  packet4,
  packet6,
  pattern,
  REMOTE6,
  TEST_PROTOCOL,
  type World,
  world,
} from "./_testing.ts";

/** Counters that changed while `run` ran. */
function changes(w: World, run: () => void): Record<string, number> {
  const before = w.stack.net.mib.snapshot();
  run();
  const result: Record<string, number> = {};
  for (const [name, value] of w.stack.net.mib.snapshot()) {
    const more = value - (before.get(name) ?? 0);
    if (more !== 0 && !/Octets|ECTPkts|InReceives/.test(name)) result[name] = more;
  }
  return result;
}

function refill(bytes: Uint8Array): Uint8Array {
  ipv4.fillHeaderChecksum(bytes, 0);
  return bytes;
}

Deno.test("ip_rcv: each malformed header counts where Linux counts it", () => {
  const w = world();
  const good = packet4(TEST_PROTOCOL, pattern(8));
  const broken = (change: (bytes: Uint8Array) => Uint8Array) => () => w.stack.receive(w.tun0, change(good.slice()));
  const cases: [string, Record<string, number>, () => void][] = [
    ["good", { "Ip.InDelivers": 1 }, broken((bytes) => bytes)],
    ["19 octets", { "Ip.InHdrErrors": 1 }, broken((bytes) => bytes.subarray(0, 19))],
    ["IHL 4", { "Ip.InHdrErrors": 1 }, broken((bytes) => (bytes[0] = 0x44, bytes))],
    ["IHL beyond the packet", { "Ip.InHdrErrors": 1 }, broken((bytes) => (bytes[0] = 0x4f, bytes))],
    ["checksum", { "Ip.InHdrErrors": 1, "IpExt.InCsumErrors": 1 }, broken((bytes) => (bytes[10]! ^= 1, bytes))],
    ["truncated", { "IpExt.InTruncatedPkts": 1 }, broken((bytes) => bytes.subarray(0, 27))],
    ["total below header", { "Ip.InHdrErrors": 1 }, broken((bytes) => (bytes[3] = 19, refill(bytes)))],
  ];
  for (const [name, expected, run] of cases) assertEquals(changes(w, run), expected, name);
  assertEquals(w.delivered.length, 1);
  assertEquals(w.sent.length, 0);
});

Deno.test("ip_rcv: link padding is trimmed, ECN counted", () => {
  const w = world();
  w.stack.receive(w.tun0, Uint8Array.of(...packet4(TEST_PROTOCOL, pattern(3), { typeOfService: 3 }), 9, 9, 9));
  assertEquals(w.delivered[0]!.view().slice(), pattern(3));
  assertEquals(w.count("IpExt.InCEPkts"), 1);
  assertEquals(w.count("IpExt.InOctets"), 26);
});

Deno.test("ip_rcv: martians and packets for others are dropped in silence", () => {
  const w = world();
  for (
    const [source, destination] of [
      ["127.0.0.1", "192.0.2.1"],
      ["192.0.2.2", "127.0.0.1"],
      ["224.0.0.1", "192.0.2.1"],
      ["255.255.255.255", "192.0.2.1"],
      ["0.0.0.0", "192.0.2.1"],
      ["192.0.2.1", "192.0.2.1"],
      ["192.0.2.2", "0.0.0.0"],
      ["192.0.2.2", "224.0.0.251"],
    ] as const
  ) {
    const bytes = packet4(TEST_PROTOCOL, pattern(8), {
      source: IpAddress.parse(source),
      destination: IpAddress.parse(destination),
    });
    w.stack.receive(w.tun0, bytes);
    assertEquals([w.delivered.length, w.sent.length], [0, 0], `${source} > ${destination}`);
  }
  w.stack.receive(w.tun0, packet4(TEST_PROTOCOL, pattern(8), { destination: IpAddress.parse("203.0.113.9") }));
  assertEquals(w.count("Ip.InAddrErrors"), 1);
  assertEquals(w.delivered.length, 0);
});

Deno.test("ip_rcv: broadcasts and joined groups are delivered", () => {
  const w = world();
  for (const destination of ["255.255.255.255", "192.0.2.255", "224.0.0.1"]) {
    w.stack.receive(w.tun0, packet4(TEST_PROTOCOL, pattern(8), { destination: IpAddress.parse(destination) }));
  }
  assertEquals(w.delivered.map(({ route }) => route?.type), ["broadcast", "broadcast", "multicast"]);
  assertEquals([w.count("IpExt.InBcastPkts"), w.count("IpExt.InMcastPkts")], [2, 1]);
  // Nobody is told that a broadcast met no one who wants it.
  w.stack.receive(w.tun0, packet4(199, pattern(8), { destination: IpAddress.parse("192.0.2.255") }));
  assertEquals(w.sent.length, 0);
});

Deno.test("ip_rcv: reverse path filter", () => {
  const strict = world({ sysctl: { "net.ipv4.conf.all.rp_filter": 1 } });
  const bytes = packet4(TEST_PROTOCOL, pattern(8), { source: IpAddress.parse("203.0.113.5") });
  strict.stack.receive(strict.tun0, bytes.slice());
  assertEquals([strict.delivered.length, strict.count("TcpExt.IPReversePathFilter")], [0, 1]);
  const off = world();
  off.stack.receive(off.tun0, bytes);
  assertEquals(off.delivered.length, 1);
});

Deno.test("ip options: record route and timestamp are filled in and echoed", () => {
  const w = world({ realtime_offset_us: 3_600_000_000 });
  const any = IpAddress.ANY4;
  w.stack.receive(
    w.tun0,
    packet4(1, message4(8, 0, 0x10001, pattern(4)), {
      options: [
        { name: "rr", type: 7, pointer: 4, route: [any, any, any] },
        {
          name: "timestamp",
          type: 68,
          pointer: 5,
          overflow: 0,
          flag: 0,
          entries: [{ timestamp: 0 }, { timestamp: 0 }],
        },
      ],
    }),
  );
  assertEquals(w.sent.length, 1);
  const options = ipv4.parse(w.sent[0]!).header.options;
  const rr = options.find((option) => option.name === "rr");
  assert(rr?.name === "rr");
  // Once when it was received, once when the reply was sent.
  assertEquals(rr.route.map(String), ["192.0.2.1", "192.0.2.1", "0.0.0.0"]);
  assertEquals(rr.pointer, 12);
  const ts = options.find((option) => option.name === "timestamp");
  assert(ts?.name === "timestamp");
  assertEquals(ts.entries.map(({ timestamp }) => timestamp), [3_600_000, 3_600_000]);
  assertEquals(ts.pointer, 13);
});

Deno.test("ip options: malformed ones get a parameter problem that points to the octet", () => {
  const w = world();
  const withOptions = (...options: number[]) => {
    const bytes = Uint8Array.of(...packet4(TEST_PROTOCOL, new Uint8Array(0)), ...options, ...pattern(8));
    ipv4.setVersionAndHeaderLength(bytes, 0, 20 + options.length);
    ipv4.setTotalLength(bytes, 0, bytes.length);
    return refill(bytes);
  };
  const cases: [number[], number | undefined][] = [
    [[1, 1, 1, 0], undefined],
    [[7, 1, 0, 0], 20],
    [[1, 7, 9, 4], 21],
    [[7, 3, 3, 0], 22],
    [[7, 4, 4, 0], 22],
    [[68, 4, 4, 0], 22],
    [[68, 8, 9, 0xf0, 0, 0, 0, 0], 23],
    [[131, 2, 1, 1], 21],
  ];
  for (const [options, pointer] of cases) {
    w.sent.length = 0;
    w.stack.net.now += 10_000_000;
    w.stack.receive(w.tun0, withOptions(...options));
    if (pointer === undefined) assertEquals(w.sent.length, 0, options.join());
    else {
      assertEquals(w.sent.length, 1, options.join());
      const { payloadOffset } = ipv4.parse(w.sent[0]!);
      assertEquals(
        [icmpv4.type(w.sent[0]!, payloadOffset), icmpv4.pointer(w.sent[0]!, payloadOffset)],
        [12, pointer],
        options.join(),
      );
    }
  }
  assertEquals(w.delivered.length, 1);
});

Deno.test("ip options: source routes are refused unless allowed on all and the interface", () => {
  const lsrr = { name: "lsrr", type: 131, pointer: 4, route: [IpAddress.parse("192.0.2.2")] } as const;
  const closed = world();
  closed.stack.receive(closed.tun0, packet4(TEST_PROTOCOL, pattern(8), { options: [lsrr] }));
  assertEquals([closed.delivered.length, closed.sent.length], [0, 0]);
  const open = world({ sysctl: { "net.ipv4.conf.all.accept_source_route": 1, "net.ipv4.ip_forward": 1 } });
  open.stack.receive(open.tun0, packet4(TEST_PROTOCOL, pattern(8), { options: [lsrr] }));
  assertEquals(open.sent.length, 1);
  const { header } = ipv4.parse(open.sent[0]!);
  assertEquals([header.destination.key, header.timeToLive], ["192.0.2.2", 63]);
});

Deno.test("ip6_rcv: each malformed header counts where Linux counts it", () => {
  const w = world();
  const good = packet6(TEST_PROTOCOL, pattern(8));
  const from = (source: string) => packet6(TEST_PROTOCOL, pattern(8), { source: IpAddress.parse(source) });
  const to = (destination: string) => packet6(TEST_PROTOCOL, pattern(8), { destination: IpAddress.parse(destination) });
  const cases: [string, Record<string, number>, Uint8Array][] = [
    ["good", { "Ip6.InDelivers": 1 }, good],
    ["39 octets", { "Ip6.InHdrErrors": 1 }, good.slice(0, 39)],
    ["truncated", { "Ip6.InTruncatedPkts": 1 }, good.slice(0, 47)],
    ["multicast source", { "Ip6.InHdrErrors": 1 }, from("ff02::1")],
    ["loopback source", { "Ip6.InHdrErrors": 1 }, from("::1")],

    ["loopback destination", { "Ip6.InHdrErrors": 1 }, to("::1")],
    ["interface-local group", { "Ip6.InHdrErrors": 1 }, to("ff01::1")],
    ["group nobody joined", { "Ip6.InMcastPkts": 1 }, to("ff02::1234")],
    ["all nodes", { "Ip6.InMcastPkts": 1, "Ip6.InDelivers": 1 }, to("ff02::1")],
    ["no next header", { "Ip6.InDelivers": 1 }, packet6(59, pattern(8))],
  ];
  for (const [name, expected, bytes] of cases) {
    assertEquals(changes(w, () => w.stack.receive(w.tun0, bytes)), expected, name);
  }
  assertEquals(w.sent.length, 0);
});

Deno.test("ip6: extension headers are walked; unknown options act as their type says", () => {
  const options = (next: number, ...content: number[]) => Uint8Array.of(next, 0, ...content);
  const then = (header: Uint8Array) => Uint8Array.of(...header, ...pattern(8));
  // Next header, octets, delivered, ICMPv6 type, code and pointer.
  const cases: [number, Uint8Array, boolean, number[]?][] = [
    [0, then(options(TEST_PROTOCOL, 1, 4, 0, 0, 0, 0)), true],
    [60, then(options(TEST_PROTOCOL, 1, 4, 0, 0, 0, 0)), true],
    [60, then(options(TEST_PROTOCOL, 0x1e, 0, 1, 2, 0, 0)), true],
    [60, then(options(TEST_PROTOCOL, 0x5e, 0, 1, 2, 0, 0)), false],
    [60, then(options(TEST_PROTOCOL, 0x9e, 0, 1, 2, 0, 0)), false, [4, 2, 42]],
    [0, then(options(TEST_PROTOCOL, 0xde, 0, 1, 2, 0, 0)), false, [4, 2, 42]],
    [60, then(options(TEST_PROTOCOL, 1, 4, 0, 0, 0, 1)), false],
    [60, then(options(TEST_PROTOCOL, 1, 5, 0, 0, 0, 0)), false],
    // Hop-by-hop options anywhere but first.
    [60, then(Uint8Array.of(...options(0, 1, 4, 0, 0, 0, 0), ...options(TEST_PROTOCOL, 1, 4, 0, 0, 0, 0))), false, [
      4,
      1,
      40,
    ]],
    // Routing header: nothing left to visit, type 0 with something left, type 4.
    [43, then(Uint8Array.of(TEST_PROTOCOL, 0, 0, 0, 0, 0, 0, 0)), true],
    [43, then(Uint8Array.of(TEST_PROTOCOL, 0, 0, 1, 0, 0, 0, 0)), false, [4, 0, 42]],
    [43, then(Uint8Array.of(TEST_PROTOCOL, 0, 4, 1, 0, 0, 0, 0)), false],
    // An unknown header behind a known one.
    [60, then(options(200, 1, 4, 0, 0, 0, 0)), false, [4, 1, 40]],
    // Cut off.
    [60, Uint8Array.of(TEST_PROTOCOL, 1, 1, 4, 0, 0, 0, 0), false],
  ];
  for (const [index, [next, payload, delivered, error]] of cases.entries()) {
    const w = world();
    w.stack.receive(w.tun0, packet6(next, payload));
    assertEquals(w.delivered.length, delivered ? 1 : 0, `case ${index}`);
    if (delivered) assertEquals(w.delivered[0]!.view().slice(), pattern(8));
    assertEquals(w.sent.length, error === undefined ? 0 : 1, `case ${index}`);
    if (error !== undefined) {
      const [bytes] = w.sent;
      assertEquals(
        [icmpv6.type(bytes!, 40), icmpv6.code(bytes!, 40), icmpv6.pointer(bytes!, 40)],
        error,
        `case ${index}`,
      );
    }
  }
});

Deno.test("ip6: unknown options with action 3 stay silent for multicast, action 2 do not", () => {
  const w = world();
  const destination = IpAddress.parse("ff02::1");
  w.stack.receive(w.tun0, packet6(60, Uint8Array.of(253, 0, 0xde, 0, 1, 2, 0, 0), { destination }));
  assertEquals(w.sent.length, 0);
  w.stack.receive(w.tun0, packet6(60, Uint8Array.of(253, 0, 0x9e, 0, 1, 2, 0, 0), { destination }));
  assertEquals(w.sent.length, 1);
  assertEquals(icmpv6.code(w.sent[0]!, 40), 2);
});

Deno.test("hooks see packets at their five places, in order of priority, and may drop them", () => {
  const seen: string[] = [];
  const names = ["PRE_ROUTING", "LOCAL_IN", "FORWARD", "LOCAL_OUT", "POST_ROUTING"] as const;
  const w = world({
    hooks: names.map((name) => ({
      hook: Hook[name],
      run: (_packet, state) => {
        seen.push(`${name} ${state.family} ${state.input?.name ?? "-"} ${state.output?.name ?? "-"}`);
        return Verdict.ACCEPT;
      },
    })),
  });
  w.stack.receive(w.tun0, packet4(1, message4(8, 0, 1, pattern(4))));
  assertEquals(seen, [
    "PRE_ROUTING 4 tun0 -",
    "LOCAL_IN 4 tun0 -",
    "LOCAL_OUT 4 - tun0",
    "POST_ROUTING 4 - tun0",
  ]);
  const remove = w.stack.ip.hooks.register({
    hook: Hook.LOCAL_IN,
    family: 6,
    priority: -1,
    run: () => Verdict.DROP,
  });
  seen.length = 0;
  w.stack.receive(w.tun0, packet6(TEST_PROTOCOL, pattern(8)));
  assertEquals([seen, w.delivered.length], [["PRE_ROUTING 6 tun0 -"], 0]);
  remove();
  w.stack.receive(w.tun0, packet6(TEST_PROTOCOL, pattern(8)));
  assertEquals(w.delivered.length, 1);
});

Deno.test("a host without forwarding drops what is not for it; IPv6 says there is no route", () => {
  const w = world();
  w.stack.receive(w.tun0, packet6(TEST_PROTOCOL, pattern(8), { destination: IpAddress.parse("2001:db8:9::1") }));
  assertEquals([w.count("Ip6.InNoRoutes"), w.sent.length], [1, 1]);
  assertEquals([icmpv6.type(w.sent[0]!, 40), icmpv6.code(w.sent[0]!, 40)], [1, 0]);
  assert(LOCAL4.family === 4 && LOCAL6.family === 6 && REMOTE6.family === 6);
});
