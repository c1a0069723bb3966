import { assert, assertEquals } from "@std/assert";
import { type IcmpError } from "../ip/interface.ts";
import {
  LOCAL6,
  message4,
  message6,
  packet4,
  packet6,
  pattern,
  REMOTE4,
  TEST_PROTOCOL,
  type World,
  world,
} from "../ip/_testing.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { IpAddress, parsePrefix } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";

/** A protocol nobody has, so that a packet for it earns an error. */
const NOBODY = 200;

function errorsOf(w: World): IcmpError[] {
  const errors: IcmpError[] = [];
  for (const family of [4, 6] as const) {
    w.stack.ip.addProtocol(family, TEST_PROTOCOL, { receive: () => {}, error: (_, error) => errors.push(error) });
  }
  return errors;
}

Deno.test("icmp errors: never about errors, later fragments, groups, or sources that are no host (RFC 1122 section 3.2.2)", () => {
  const w = world();
  const cases: [string, Uint8Array, boolean][] = [
    ["a datagram", packet4(NOBODY, pattern(8)), true],
    ["to a broadcast", packet4(NOBODY, pattern(8), { destination: IpAddress.parse("192.0.2.255") }), false],
    ["to a group", packet4(NOBODY, pattern(8), { destination: IpAddress.ALL_SYSTEMS4 }), false],
    ["from class E", packet4(NOBODY, pattern(8), { source: IpAddress.parse("240.0.0.1") }), false],
    [
      "with bad options, an ICMP error inside",
      packet4(1, message4(3, 3, 0, pattern(28)), { options: [{ name: "unknown", type: 7, data: new Uint8Array(2) }] }),
      false,
    ],
    [
      "with bad options, an echo inside",
      packet4(1, message4(8, 0, 0, pattern(28)), { options: [{ name: "unknown", type: 7, data: new Uint8Array(2) }] }),
      true,
    ],
  ];
  for (const [name, bytes, answered] of cases) {
    w.stack.net.now += 10_000_000;
    w.sent.length = 0;
    w.stack.receive(w.tun0, bytes);
    assertEquals(w.sent.length, answered ? 1 : 0, name);
  }
});

Deno.test("icmp errors: quote, TOS, TTL, source", () => {
  const w = world();
  const long = packet4(NOBODY, pattern(1000), { typeOfService: 0xb8, dontFragment: true });
  w.stack.receive(w.tun0, long.slice());
  const { header, payloadOffset } = ipv4.parse(w.sent[0]!);
  assertEquals(w.sent[0]!.length, 576);
  assertEquals([header.typeOfService, header.timeToLive, header.dontFragment], [0xd8, 64, false]);
  assertEquals([header.source.key, header.destination.key], ["192.0.2.1", "192.0.2.2"]);
  assert(icmpv4.verifyChecksum(w.sent[0]!, payloadOffset, w.sent[0]!.length));
  assertEquals(w.sent[0]!.slice(payloadOffset + 8), long.slice(0, 548));

  const long6 = packet6(NOBODY, pattern(1400));
  w.stack.receive(w.tun0, long6.slice());
  assertEquals(w.sent[1]!.length, 1280);
  assertEquals(w.sent[1]!.slice(48), long6.slice(0, 1232));
  const { header: header6 } = ipv6.parse(w.sent[1]!);
  assert(icmpv6.verifyChecksum(w.sent[1]!, 40, 1280, pseudoHeaderSum(header6.source, header6.destination, 58, 1240)));
});

Deno.test("icmp errors: one per second for a destination after a burst of six; echo and path MTU unlimited", () => {
  const w = world();
  const provoke = () => w.stack.receive(w.tun0, packet4(NOBODY, pattern(8)));
  w.stack.poll(1_000_000);
  for (let i = 0; i < 20; i++) provoke();
  assertEquals(w.sent.length, 6);
  assertEquals(w.count("Icmp.OutRateLimitHost"), 14);
  w.stack.poll(2_000_000);
  provoke();
  provoke();
  assertEquals(w.sent.length, 7);
  // Another destination has its own.
  w.stack.receive(w.tun0, packet4(NOBODY, pattern(8), { source: IpAddress.parse("192.0.2.3") }));
  assertEquals(w.sent.length, 8);
  for (let i = 0; i < 100; i++) w.stack.receive(w.tun0, packet4(1, message4(8, 0, i, pattern(8))));
  assertEquals(w.sent.length, 108);
  const off = world({
    sysctl: {
      "net.ipv4.icmp_ratelimit": 0,
      "net.ipv4.icmp_msgs_per_sec": 1000000,
      "net.ipv4.icmp_msgs_burst": 1000000,
    },
  });
  for (let i = 0; i < 100; i++) off.stack.receive(off.tun0, packet4(NOBODY, pattern(8)));
  assertEquals(off.sent.length, 100);
});

Deno.test("icmp errors: the host as a whole is limited too", () => {
  const w = world();
  w.stack.poll(1_000_000);
  for (let i = 0; i < 200; i++) {
    w.stack.receive(w.tun0, packet4(NOBODY, pattern(8), { source: IpAddress.parse(`192.0.2.${2 + (i % 200)}`) }));
  }
  assert(w.sent.length >= 30 && w.sent.length <= 110, `${w.sent.length}`);
  assertEquals(w.count("Icmp.OutRateLimitGlobal"), 200 - w.sent.length);
});

Deno.test("icmpv6 errors: limited by ratelimit and ratemask", () => {
  const w = world({ sysctl: { "net.ipv6.icmp.ratelimit": 1000 } });
  const provoke = () => w.stack.receive(w.tun0, packet6(NOBODY, pattern(8)));
  w.stack.poll(1_000_000);
  for (let i = 0; i < 20; i++) provoke();
  assertEquals(w.sent.length, 6);
  w.stack.net.sysctl.set("net.ipv6.icmp.ratemask", "1");
  for (let i = 0; i < 20; i++) provoke();
  assertEquals(w.sent.length, 26);
});

Deno.test("icmp: wrong checksums are counted and dropped, both families; short and unknown messages too", () => {
  const w = world();
  const bad4 = message4(8, 0, 1, pattern(8));
  bad4[2]! ^= 1;
  w.stack.receive(w.tun0, packet4(1, bad4));
  const bad6 = message6(128, 0, 1, pattern(8));
  bad6[2]! ^= 1;
  w.stack.receive(w.tun0, packet6(58, bad6));
  assertEquals(w.sent.length, 0);
  assertEquals([w.count("Icmp.InCsumErrors"), w.count("Icmp.InErrors"), w.count("Icmp.InMsgs")], [1, 1, 1]);
  assertEquals([w.count("Icmp6.InCsumErrors"), w.count("Icmp6.InErrors")], [1, 1]);
  w.stack.receive(w.tun0, packet4(1, message4(77, 0, 0, pattern(8))));
  assertEquals([w.count("Icmp.InErrors"), w.count("IcmpMsg.InType77")], [2, 1]);
});

Deno.test("icmp: broadcasts are answered only when told to; timestamps are", () => {
  const broadcast = packet4(1, message4(8, 0, 1, pattern(8)), { destination: IpAddress.parse("192.0.2.255") });
  const w = world();
  w.stack.receive(w.tun0, broadcast.slice());
  assertEquals(w.sent.length, 0);
  const open = world({ sysctl: { "net.ipv4.icmp_echo_ignore_broadcasts": 0 } });
  open.stack.receive(open.tun0, broadcast.slice());
  assertEquals(open.sent.length, 1);
  assertEquals(ipv4.source(open.sent[0]!, 0).key, "192.0.2.1");

  const time = world({ realtime_offset_us: 1000_000 });
  time.stack.receive(
    time.tun0,
    packet4(1, message4(13, 0, 0x10002, Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0))),
  );
  assertEquals(
    time.sent[0]!.slice(20),
    message4(14, 0, 0x10002, Uint8Array.of(0, 0, 0, 9, 0, 0, 3, 232, 0, 0, 3, 232)),
  );
});

Deno.test("icmpv6: echo to a group is answered from an address of the interface", () => {
  const w = world();
  const group = IpAddress.ALL_NODES6;
  w.stack.receive(w.tun0, packet6(58, message6(128, 0, 1, pattern(8), group), { destination: group }));
  assertEquals(ipv6.source(w.sent[0]!, 0).equals(LOCAL6), true);
  w.stack.net.sysctl.set("net.ipv6.icmp.echo_ignore_multicast", "1");
  w.stack.receive(w.tun0, packet6(58, message6(128, 0, 1, pattern(8), group), { destination: group }));
  assertEquals(w.sent.length, 1);
});

Deno.test("icmp errors received: errno and whether it is fatal (icmp_err_convert)", () => {
  const w = world();
  const errors = errorsOf(w);
  const quoted = ipv4.emit({ protocol: TEST_PROTOCOL, source: IpAddress.parse("192.0.2.1"), destination: REMOTE4 }, 8);
  const quote = Uint8Array.of(...quoted, ...pattern(8));
  const receive = (type: number, code: number, rest = 0) => {
    errors.length = 0;
    w.stack.receive(w.tun0, packet4(1, message4(type, code, rest, quote)));
    return errors.map(({ errno, fatal, info }) => [errno, fatal, info]);
  };
  const expected: [number, number, number, boolean][] = [
    [3, 0, 101, false],
    [3, 1, 113, false],
    [3, 2, 92, true],
    [3, 3, 111, true],
    [3, 5, 95, false],
    [3, 6, 101, true],
    [3, 7, 112, true],
    [3, 8, 64, true],
    [3, 13, 113, true],
    [11, 0, 113, false],
  ];
  for (const [type, code, errno, fatal] of expected) {
    assertEquals(receive(type, code), [[errno, fatal, 0]], `${type}/${code}`);
  }
  assertEquals(receive(3, 4, 1400), [[90, false, 1400]]);
  assertEquals(receive(12, 0, 9 << 24), [[71, true, 9]]);
  assertEquals(receive(11, 1), []);
  assertEquals(receive(3, 16), []);
  w.stack.net.sysctl.set("net.ipv4.ip_no_pmtu_disc", "2");
  assertEquals(receive(3, 4, 1400), []);
  // Less than eight octets of the transport quoted.
  errors.length = 0;
  w.stack.receive(w.tun0, packet4(1, message4(3, 3, 0, quote.slice(0, 27))));
  assertEquals([errors.length, w.count("Icmp.InErrors")], [0, 1]);
});

Deno.test("icmpv6 errors received: through extension headers of the quote", () => {
  const w = world();
  const errors = errorsOf(w);
  const quoted = packet6(60, Uint8Array.of(TEST_PROTOCOL, 0, 1, 4, 0, 0, 0, 0, ...pattern(8)), {
    source: LOCAL6,
    destination: IpAddress.parse("2001:db8::2"),
  });
  for (const [type, code] of [[1, 4], [1, 1], [2, 0], [3, 0], [4, 1], [100, 0]] as const) {
    w.stack.receive(w.tun0, packet6(58, message6(type, code, 1400, quoted)));
  }
  assertEquals(errors.map(({ errno, fatal }) => [errno, fatal]), [
    [111, true],
    [13, true],
    [90, false],
    [113, false],
    [71, true],
    [71, false],
  ]);
  assertEquals(errors[2]!.info, 1400);
  w.stack.receive(w.tun0, packet6(58, message6(1, 4, 0, quoted.slice(0, 52))));
  assertEquals([errors.length, w.count("Icmp6.InErrors")], [6, 1]);
});

Deno.test("icmp: redirects come only from the gateway in use, and only where accepted", () => {
  const w = world();
  const gateway = IpAddress.parse("192.0.2.2");
  const better = IpAddress.parse("192.0.2.77");
  const far = IpAddress.parse("198.51.100.7");
  w.stack.addRoute({ prefix: parsePrefix("0.0.0.0/0"), gateway });
  const quote = Uint8Array.of(
    ...ipv4.emit({ protocol: 17, source: IpAddress.parse("192.0.2.1"), destination: far }, 8),
    ...pattern(8),
  );
  const redirect = message4(5, 1, better.u32, quote);
  const nextHop = () => {
    const route = w.stack.ip.route_output({ family: 4, destination: far });
    assert(typeof route !== "number");
    return route.next_hop.key;
  };
  w.stack.receive(w.tun0, packet4(1, redirect, { source: IpAddress.parse("192.0.2.66") }));
  assertEquals(nextHop(), gateway.key);
  w.stack.receive(w.tun0, packet4(1, redirect));
  assertEquals(nextHop(), better.key);
});

Deno.test("icmp: replies to ping sockets, errors about their echoes", () => {
  const w = world();
  const replies: number[] = [];
  const errors: number[] = [];
  w.stack.icmp.addPingReceiver(
    (packet) => (replies.push(packet.length), true),
    (_, error) => errors.push(error.errno),
  );
  w.stack.receive(w.tun0, packet4(1, message4(0, 0, 1, pattern(5))));
  w.stack.receive(w.tun0, packet6(58, message6(129, 0, 1, pattern(6))));
  assertEquals(replies, [5, 6]);
  const echo = packet4(1, message4(8, 0, 1, pattern(8)), {
    source: IpAddress.parse("192.0.2.1"),
    destination: REMOTE4,
  });
  w.stack.receive(w.tun0, packet4(1, message4(3, 1, 0, echo)));
  assertEquals(errors, [113]);
});

Deno.test("icmp: an answer comes from the address that was asked, through whatever device", () => {
  const w = world();
  const other = new CallbackDevice({ name: "tun1", transmit: () => {} });
  w.stack.addDevice(other);
  w.stack.addAddress(other, "203.0.113.1/24");
  w.stack.receive(w.tun0, packet4(1, message4(8, 0, 1, pattern(8)), { destination: IpAddress.parse("203.0.113.1") }));
  assertEquals(ipv4.source(w.sent[0]!, 0).key, "203.0.113.1");
});
