import { assert, assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { EMSGSIZE, ENETUNREACH, EPERM } from "../../abi/errno.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { IpAddress, parsePrefix } from "../wire/address.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { Hook, Verdict } from "./hooks.ts";
import { type IpSendOptions, PmtuDiscovery } from "./interface.ts";
import {
  message4,
  message6,
  packet4,
  packet6,
  pattern,
  REMOTE4,
  REMOTE6,
  TEST_PROTOCOL,
  type World,
  world,
} from "./_testing.ts";
import type { Rtable } from "./rtable.ts";

function route(w: World, destination: IpAddress): Rtable {
  const found = w.stack.ip.route_output({ family: destination.family, destination });
  assert(typeof found !== "number", `no route to ${destination}: ${found}`);
  return found;
}

function send(w: World, destination: IpAddress, data: Uint8Array, extra: Partial<IpSendOptions> = {}): number {
  const packet = PacketBuffer.allocate(data.length);
  packet.bytes.set(data, packet.data);
  const to = route(w, destination);
  return w.stack.ip.queue_xmit(packet, to, {
    source: to.source,
    destination,
    protocol: TEST_PROTOCOL,
    tos: 0,
    ttl: 0,
    pmtudisc: PmtuDiscovery.WANT,
    ...extra,
  });
}

Deno.test("queue_xmit: DF and identification by the mode of path MTU discovery", () => {
  const w = world();
  const cases: [Partial<IpSendOptions>, number, boolean][] = [
    [{ pmtudisc: PmtuDiscovery.WANT }, 100, true],
    [{ pmtudisc: PmtuDiscovery.WANT }, 2000, false],
    [{ pmtudisc: PmtuDiscovery.DONT }, 100, false],
    [{ pmtudisc: PmtuDiscovery.DO }, 100, true],
    [{ pmtudisc: PmtuDiscovery.PROBE }, 100, true],
    [{ pmtudisc: PmtuDiscovery.WANT, df: false }, 100, false],
    [{ pmtudisc: PmtuDiscovery.DONT, df: true }, 100, true],
  ];
  for (const [extra, length, df] of cases) {
    w.sent.length = 0;
    assertEquals(send(w, REMOTE4, pattern(length), extra), 0);
    assertEquals(ipv4.dontFragment(w.sent[0]!, 0), df, JSON.stringify(extra));
    if (df) assertEquals(ipv4.identification(w.sent[0]!, 0), 0);
  }
  send(w, REMOTE4, pattern(8), { id: 4711, tos: 0x10, ttl: 7 });
  const { header } = ipv4.parse(w.sent.at(-1)!);
  assertEquals([header.identification, header.typeOfService, header.timeToLive], [4711, 0x10, 7]);
});

Deno.test("queue_xmit: too long with DF is EMSGSIZE, counted, and told by ICMP", () => {
  const w = world();
  const errors: number[] = [];
  w.stack.ip.addProtocol(4, TEST_PROTOCOL, { receive: () => {}, error: (_, error) => errors.push(error.info) });
  assertEquals(send(w, REMOTE4, pattern(1481), { pmtudisc: PmtuDiscovery.DO }), -EMSGSIZE);
  assertEquals(w.count("Ip.FragFails"), 1);
  w.stack.poll(0);
  assertEquals(errors, [1500]);
  assertEquals(w.sent.length, 0);
  assertEquals(send(w, REMOTE6, pattern(1461), { pmtudisc: PmtuDiscovery.DO }), -EMSGSIZE);
  assertEquals(w.count("Ip6.FragFails"), 1);
});

Deno.test("fragmentation: sizes, offsets, flags, options, checksums (RFC 791)", () => {
  const w = world({ mtu: 600 });
  // Router alert is copied, record route is not.
  const options = { octets: Uint8Array.of(148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0), firstHop: undefined };
  const data = pattern(1500);
  assertEquals(send(w, REMOTE4, data, { options }), 0);
  const joined = new Uint8Array(1500);
  const ids = new Set<number>();
  let expected = 0;
  for (const [index, bytes] of w.sent.entries()) {
    const { header, payloadOffset, end } = ipv4.parse(bytes);
    assert(ipv4.verifyHeaderChecksum(bytes, 0));
    assertEquals(header.fragmentOffset, expected);
    assertEquals(header.moreFragments, index < w.sent.length - 1);
    assertEquals(header.options.some(({ name }) => name === "ra"), true);
    assertEquals(header.options.some(({ name }) => name === "rr"), index === 0);
    assert(bytes.length <= 600 && (end - payloadOffset) % 8 === (header.moreFragments ? 0 : 1500 % 8));
    joined.set(bytes.subarray(payloadOffset, end), expected);
    expected += end - payloadOffset;
    ids.add(header.identification);
  }
  assertEquals(joined, data);
  assertEquals(ids.size, 1);
  assertEquals([w.count("Ip.FragOKs"), w.count("Ip.FragCreates")], [1, w.sent.length]);
});

Deno.test("fragmentation: IPv6 (RFC 8200)", () => {
  const w = world({ mtu: 1280 });
  const data = pattern(3000);
  assertEquals(send(w, REMOTE6, data), 0);
  assertEquals(w.sent.length, 3);
  const joined = new Uint8Array(3000);
  for (const bytes of w.sent) {
    const { header } = ipv6.parse(bytes);
    assertEquals(header.nextHeader, 44);
    assertEquals(bytes[40], TEST_PROTOCOL);
    const field = (bytes[42]! << 8) | bytes[43]!;
    joined.set(bytes.subarray(48), field & 0xfff8);
    assertEquals(header.payloadLength, bytes.length - 40);
  }
  assertEquals(joined, data);
  assertEquals([w.count("Ip6.FragOKs"), w.count("Ip6.FragCreates")], [1, 3]);
});

Deno.test("path MTU: learned from fragmentation needed, used, forgotten after mtu_expires", () => {
  const w = world();
  const quote = (mtu: number) => {
    send(w, REMOTE4, pattern(64), { protocol: 1 });
    return packet4(1, message4(3, 4, mtu, w.sent.at(-1)!));
  };
  // Quotes an ICMP message, so that ICMP itself learns.
  w.stack.receive(w.tun0, quote(1000));
  const to = route(w, REMOTE4);
  assertEquals(to.mtu(), 1000);
  assertEquals(to.advmss(), 960);
  w.sent.length = 0;
  send(w, REMOTE4, pattern(1400));
  assertEquals(w.sent.map((bytes) => bytes.length), [996, 444]);
  w.stack.receive(w.tun0, quote(1400));
  assertEquals(to.mtu(), 1000, "larger is not believed");
  w.stack.runUntil(599_000_000);
  assertEquals(to.mtu(), 1000);
  w.stack.runUntil(600_000_001);
  assertEquals(to.mtu(), 1500);
});

Deno.test("path MTU: below min_pmtu it is locked at min_pmtu and DF is not set any more", () => {
  const w = world();
  const to = route(w, REMOTE4);
  w.stack.ip.update_pmtu(to, 100);
  assertEquals([to.mtu(), to.mtuLocked()], [552, true]);
  send(w, REMOTE4, pattern(64), { df: true });
  assertEquals(ipv4.dontFragment(w.sent.at(-1)!, 0), false);
  w.stack.ip.update_pmtu(to, 540);
  assertEquals(to.mtu(), 552);
});

Deno.test("path MTU: packet too big; nothing below 1280 is believed", () => {
  const w = world();
  const to = route(w, REMOTE6);
  send(w, REMOTE6, pattern(64), { protocol: 58 });
  const quoted = w.sent.at(-1)!;
  w.stack.receive(w.tun0, packet6(58, message6(2, 0, 1200, quoted)));
  assertEquals(to.mtu(), 1500);
  w.stack.receive(w.tun0, packet6(58, message6(2, 0, 1300, quoted)));
  assertEquals([to.mtu(), to.advmss()], [1300, 1240]);
});

Deno.test("routing: longest prefix, metric, gateway, source, kinds of routes", () => {
  const w = world();
  const gateway = IpAddress.parse("192.0.2.254");
  const add = (prefix: string, extra: object = {}) => w.stack.addRoute({ prefix: parsePrefix(prefix), ...extra });
  assertEquals(w.stack.ip.route_output({ family: 4, destination: IpAddress.parse("8.8.8.8") }), -ENETUNREACH);
  assertEquals(add("0.0.0.0/0", { gateway }), 0);
  assertEquals(add("10.0.0.0/8", { device: w.tun0, metrics: { mtu: 1400, advmss: 500, hoplimit: 9 } }), 0);
  assertEquals(add("10.1.0.0/16", { type: "unreachable" }), 0);
  assertEquals(add("10.2.0.0/16", { type: "prohibit" }), 0);
  assertEquals(add("10.3.0.0/16", { type: "blackhole" }), 0);
  assertEquals(add("0.0.0.0/0", { gateway: IpAddress.parse("198.51.100.1"), metric: 5 }), -ENETUNREACH);
  const lookup = (text: string) => w.stack.ip.route_output({ family: 4, destination: IpAddress.parse(text) });
  const far = lookup("8.8.8.8");
  assert(typeof far !== "number");
  assertEquals([far.next_hop.key, far.source.key, far.mtu()], ["192.0.2.254", "192.0.2.1", 1500]);
  const near = lookup("10.9.9.9");
  assert(typeof near !== "number");
  assertEquals([near.next_hop.key, near.mtu(), near.advmss(), near.hoplimit()], ["10.9.9.9", 1400, 500, 9]);
  assertEquals([lookup("10.1.0.1"), lookup("10.2.0.1"), lookup("10.3.0.1")], [-113, -13, -22]);
  assert(far.isValid());
  assertEquals(w.stack.removeRoute({ prefix: parsePrefix("0.0.0.0/0") }), 1);
  assert(!far.isValid());
  assertEquals(lookup("8.8.8.8"), -ENETUNREACH);
});

Deno.test("routing: sources that are not ours are refused, loopback is local", () => {
  const w = world();
  const lookup = (destination: string, source?: string, anysrc?: boolean) =>
    w.stack.ip.route_output({
      family: 4,
      destination: IpAddress.parse(destination),
      source: source === undefined ? undefined : IpAddress.parse(source),
      anysrc,
    });
  assertEquals(lookup("192.0.2.2", "203.0.113.1"), -22);
  const any = lookup("192.0.2.2", "203.0.113.1", true);
  assert(typeof any !== "number");
  assertEquals(any.source.key, "203.0.113.1");
  assertEquals(lookup("192.0.2.2", "127.0.0.1"), -22);
  const local = lookup("127.3.4.5");
  assert(typeof local !== "number");
  assertEquals([local.type, local.source.key, local.device.name], ["local", "127.3.4.5", "lo"]);
  const unspecified = lookup("0.0.0.0");
  assert(typeof unspecified !== "number");
  assertEquals([unspecified.destination.key, unspecified.device.name], ["127.0.0.1", "lo"]);
});

Deno.test("routing: IPv6 source selection prefers scope, then interface, label, and the longest match", () => {
  const w = world();
  w.stack.addAddress(w.tun0, "fe80::1/64");
  w.stack.addAddress(w.tun0, "fd00::1/64");
  w.stack.addAddress(w.tun0, "2001:db8:0:ff::1/64");
  w.stack.addRoute({ prefix: parsePrefix("::/0"), gateway: IpAddress.parse("fe80::2"), device: w.tun0 });
  w.stack.addRoute({ prefix: parsePrefix("fe80::/64"), device: w.tun0 });
  const sourceTo = (text: string) => {
    const found = w.stack.ip.route_output({ family: 6, destination: IpAddress.parse(text), oif: w.tun0.ifindex });
    assert(typeof found !== "number");
    return found.source.key;
  };
  assertEquals(sourceTo("fe80::99"), "fe80::1");
  assertEquals(sourceTo("ff02::1"), "fe80::1");
  assertEquals(sourceTo("fd12::1"), "fd00::1");
  assertEquals(sourceTo("2001:db8:0:f0::9"), "2001:db8:0:ff::1");
  assertEquals(sourceTo("2001:db8::9"), "2001:db8::1");
});

Deno.test("flow labels: the same for a flow, made from the hash a socket gives, off by sysctl", () => {
  const w = world();
  const label = (extra: Partial<IpSendOptions> = {}) => {
    send(w, REMOTE6, pattern(8), extra);
    return ipv6.flowLabel(w.sent.at(-1)!, 0);
  };
  const first = label();
  assert(first !== 0);
  assertEquals(label(), first);
  assertEquals(label({ flowlabel: 0x12345 }), 0x12345);
  assertEquals(label({ hash: 0x12345678 }), 0x81234);
  w.stack.net.sysctl.set("net.ipv6.auto_flowlabels", "0");
  assertEquals(label(), 0);
});

Deno.test("hooks: what LOCAL_OUT drops is EPERM", () => {
  const w = world({ hooks: [{ hook: Hook.LOCAL_OUT, run: () => Verdict.DROP }] });
  assertEquals(send(w, REMOTE4, pattern(8)), -EPERM);
  assertEquals(send(w, REMOTE6, pattern(8)), -EPERM);
  assertEquals(w.sent.length, 0);
});

Deno.test("forwarding: TTL, counters, time exceeded, fragmentation and its refusal", () => {
  const w = world({ sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 } });
  const out: Uint8Array[] = [];
  // A second device on the router, with a smaller MTU.
  const device = new CallbackDevice({
    name: "tun1",
    mtu: 1280,
    transmit: (packet) => out.push(packet.view().slice()),
  });
  w.stack.addDevice(device);
  w.stack.addAddress(device, "198.51.100.1/24");
  w.stack.addAddress(device, "2001:db8:1::1/64");
  const to4 = IpAddress.parse("198.51.100.9");
  const to6 = IpAddress.parse("2001:db8:1::9");
  w.stack.receive(w.tun0, packet4(17, pattern(100), { destination: to4, timeToLive: 9 }));
  w.stack.receive(w.tun0, packet6(17, pattern(100), { destination: to6, hopLimit: 9 }));
  assertEquals(out.length, 2);
  assertEquals(ipv4.timeToLive(out[0]!, 0), 8);
  assert(ipv4.verifyHeaderChecksum(out[0]!, 0));
  assertEquals(ipv6.hopLimit(out[1]!, 0), 8);
  assertEquals([w.count("Ip.ForwDatagrams"), w.count("Ip6.OutForwDatagrams")], [1, 1]);

  w.stack.receive(w.tun0, packet4(17, pattern(1400), { destination: to4 }));
  assertEquals(out.length, 4);
  w.stack.receive(w.tun0, packet4(17, pattern(1400), { destination: to4, dontFragment: true }));
  w.stack.receive(w.tun0, packet6(17, pattern(1400), { destination: to6 }));
  w.stack.receive(w.tun0, packet4(17, pattern(8), { destination: to4, timeToLive: 1 }));
  w.stack.receive(w.tun0, packet6(17, pattern(8), { destination: to6, hopLimit: 1 }));
  assertEquals(out.length, 4);
  const four = w.sent.filter((bytes) => ipv4.version(bytes, 0) === 4);
  const six = w.sent.filter((bytes) => ipv4.version(bytes, 0) === 6);
  assertEquals(four.map((bytes) => [icmpv4.type(bytes, 20), icmpv4.code(bytes, 20), icmpv4.nextHopMtu(bytes, 20)]), [
    [3, 4, 1280],
    [11, 0, 0],
  ]);
  assertEquals(ipv4.source(four[0]!, 0).key, "192.0.2.1");
  assertEquals(six.map((bytes) => [icmpv6.type(bytes, 40), icmpv6.code(bytes, 40), icmpv6.mtu(bytes, 40)]), [
    [2, 0, 1280],
    [3, 0, 0],
  ]);
});
