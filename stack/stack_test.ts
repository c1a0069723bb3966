import { assert, assertEquals, assertThrows } from "@std/assert";
import { PacketBuffer } from "./buffer.ts";
import { type IcmpError, PmtuDiscovery } from "./ip/interface.ts";
import { CallbackDevice } from "./link/callback_device.ts";
import { Stack, type StackOptions } from "./stack.ts";
import { IpAddress } from "./wire/address.ts";
import { pseudoHeaderSum } from "./wire/checksum.ts";
import * as icmpv4 from "./wire/icmpv4.ts";
import * as icmpv6 from "./wire/icmpv6.ts";
import * as ipv4 from "./wire/ipv4.ts";
import * as ipv6 from "./wire/ipv6.ts";

const LOCAL4 = IpAddress.parse("192.0.2.1");
const REMOTE4 = IpAddress.parse("192.0.2.2");
const LOCAL6 = IpAddress.parse("2001:db8::1");
const REMOTE6 = IpAddress.parse("2001:db8::2");

function world(options: StackOptions = {}) {
  const sent: Uint8Array[] = [];
  const stack = new Stack(options);
  const tun0 = new CallbackDevice({ transmit: (packet) => sent.push(packet.view().slice()) });
  stack.addDevice(tun0);
  stack.addAddress(tun0, "192.0.2.1/24");
  stack.addAddress(tun0, "2001:db8::1/64");
  return { stack, tun0, sent };
}

function packet4(protocol: number, payload: Uint8Array, extra: Partial<ipv4.Ipv4HeaderInit> = {}): Uint8Array {
  const header = ipv4.emit({ protocol, source: REMOTE4, destination: LOCAL4, ...extra }, payload.length);
  return Uint8Array.of(...header, ...payload);
}

function packet6(nextHeader: number, payload: Uint8Array, extra: Partial<ipv6.Ipv6HeaderInit> = {}): Uint8Array {
  const header = ipv6.emit({ nextHeader, source: REMOTE6, destination: LOCAL6, ...extra }, payload.length);
  return Uint8Array.of(...header, ...payload);
}

function echo4(type: number, data: Uint8Array): Uint8Array {
  const bytes = Uint8Array.of(type, 0, 0, 0, 0x12, 0x34, 0, 1, ...data);
  icmpv4.fillChecksum(bytes, 0, bytes.length);
  return bytes;
}

function echo6(type: number, data: Uint8Array): Uint8Array {
  const bytes = Uint8Array.of(type, 0, 0, 0, 0x12, 0x34, 0, 1, ...data);
  icmpv6.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(REMOTE6, LOCAL6, 58, bytes.length));
  return bytes;
}

Deno.test("stack: answers ping", () => {
  const { stack, tun0, sent } = world();
  stack.receive(tun0, packet4(1, echo4(8, Uint8Array.of(1, 2, 3)), { typeOfService: 0x28 }));
  assertEquals(sent.length, 1);
  const { header, payloadOffset, end } = ipv4.parse(sent[0]!);
  assertEquals(header.source.key, "192.0.2.1");
  assertEquals(header.destination.key, "192.0.2.2");
  assertEquals(header.timeToLive, 64);
  assertEquals(header.typeOfService, 0x28);
  assertEquals(header.dontFragment, false);
  assertEquals(sent[0]!.slice(payloadOffset, end), echo4(0, Uint8Array.of(1, 2, 3)));
  assertEquals(stack.net.mib.get("Icmp.InEchos"), 1);
  assertEquals(stack.net.mib.get("Icmp.OutEchoReps"), 1);
  assertEquals(stack.net.mib.get("Ip.OutRequests"), 1);
});

Deno.test("stack: answers ping -6", () => {
  const { stack, tun0, sent } = world();
  stack.receive(tun0, packet6(58, echo6(128, Uint8Array.of(9)), { trafficClass: 3 }));
  assertEquals(sent.length, 1);
  const { header, payloadOffset } = ipv6.parse(sent[0]!);
  assertEquals([header.source.key, header.destination.key], ["2001:db8::1", "2001:db8::2"]);
  assertEquals(header.trafficClass, 3);
  assert(header.flowLabel !== 0, "auto_flowlabels labels it");
  const pseudo = pseudoHeaderSum(LOCAL6, REMOTE6, 58, header.payloadLength);
  assert(icmpv6.verifyChecksum(sent[0]!, payloadOffset, sent[0]!.length, pseudo));
  assertEquals(icmpv6.type(sent[0]!, payloadOffset), 129);
});

Deno.test("stack: a large ping is reassembled and its reply fragmented", () => {
  const { stack, tun0, sent } = world();
  const data = Uint8Array.from({ length: 9000 }, (_, i) => i);
  const message = echo4(8, data);
  for (let at = 0; at < message.length; at += 1480) {
    stack.receive(
      tun0,
      packet4(1, message.subarray(at, at + 1480), {
        identification: 7,
        fragmentOffset: at,
        moreFragments: at + 1480 < message.length,
      }),
    );
  }
  assertEquals(sent.length, 7);
  const reply = new Uint8Array(message.length);
  for (const bytes of sent) {
    const { header, payloadOffset, end } = ipv4.parse(bytes);
    assert(ipv4.verifyHeaderChecksum(bytes, 0));
    reply.set(bytes.subarray(payloadOffset, end), header.fragmentOffset);
  }
  assertEquals(reply, echo4(0, data));
  assertEquals(stack.net.mib.get("Ip.ReasmOKs"), 1);
  assertEquals(stack.net.mib.get("Ip.FragCreates"), 7);
});

Deno.test("stack: delivers to a registered protocol and sends with queue_xmit; reports errors about it", () => {
  const { stack, tun0, sent } = world();
  const received: string[] = [];
  const errors: IcmpError[] = [];
  for (const family of [4, 6] as const) {
    stack.ip.addProtocol(family, 253, {
      receive: (packet) => received.push(`${packet.family} ${packet.view().join()}`),
      error: (_packet, error) => errors.push(error),
    });
  }
  stack.receive(tun0, packet4(253, Uint8Array.of(4)));
  stack.receive(tun0, packet6(253, Uint8Array.of(6)));
  assertEquals(received, ["4 4", "6 6"]);

  for (const [family, destination] of [[4, REMOTE4], [6, REMOTE6]] as const) {
    const route = stack.ip.route_output({ family, destination });
    assert(typeof route !== "number");
    const packet = PacketBuffer.allocate(8);
    const result = stack.ip.queue_xmit(packet, route, {
      source: route.source,
      destination,
      protocol: 253,
      tos: 0,
      ttl: 0,
      pmtudisc: PmtuDiscovery.WANT,
    });
    assertEquals(result, 0);
  }
  assertEquals(sent.length, 2);
  assert(ipv4.dontFragment(sent[0]!, 0));
  assertEquals(ipv4.identification(sent[0]!, 0), 0);

  const quote = Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, ...sent[0]!);
  icmpv4.fillChecksum(quote, 0, quote.length);
  stack.receive(tun0, packet4(1, quote));
  assertEquals(errors.map(({ errno, fatal }) => [errno, fatal]), [[111, true]]);
});

Deno.test("stack: unknown protocols are answered", () => {
  const { stack, tun0, sent } = world();
  stack.receive(tun0, packet4(200, new Uint8Array(8)));
  stack.receive(tun0, packet6(200, new Uint8Array(8)));
  assertEquals([icmpv4.type(sent[0]!, 20), icmpv4.code(sent[0]!, 20)], [3, 2]);
  assertEquals(ipv4.typeOfService(sent[0]!, 0), 0xc0);
  assertEquals([icmpv6.type(sent[1]!, 40), icmpv6.code(sent[1]!, 40), icmpv6.pointer(sent[1]!, 40)], [4, 1, 6]);
  assertEquals(stack.net.mib.get("Ip.InUnknownProtos"), 1);
  assertEquals(stack.net.mib.get("Ip6.InUnknownProtos"), 1);
});

Deno.test("stack: packets to itself go through lo", () => {
  const { stack, sent } = world();
  const received: number[] = [];
  stack.ip.addProtocol(4, 253, { receive: (packet) => received.push(packet.length), error: () => {} });
  const route = stack.ip.route_output({ family: 4, destination: LOCAL4 });
  assert(typeof route !== "number");
  assertEquals(route.source.key, "192.0.2.1");
  stack.ip.queue_xmit(PacketBuffer.allocate(5), route, {
    source: route.source,
    destination: LOCAL4,
    protocol: 253,
    tos: 0,
    ttl: 0,
    pmtudisc: PmtuDiscovery.WANT,
  });
  assertEquals(received, []);
  assertEquals(stack.nextDeadline(), 0);
  stack.poll(0);
  assertEquals(received, [5]);
  assertEquals(sent.length, 0);
});

Deno.test("stack: two stacks share nothing; the same seed sends the same", () => {
  const a = world({ seed: 3, sysctl: { "net.ipv4.icmp_echo_ignore_all": 1 } });
  const b = world({ seed: 3 });
  const c = world({ seed: 3 });
  for (const { stack, tun0 } of [a, b, c]) stack.receive(tun0, packet4(1, echo4(8, new Uint8Array(4))));
  assertEquals(a.sent.length, 0);
  assertEquals(b.sent, c.sent);
  assertThrows(() => b.stack.addDevice(new CallbackDevice({ transmit: () => {} })), RangeError, "tun0");
});

Deno.test("stack: the MIB shows the settings that belong to it", () => {
  const { stack } = world({ sysctl: { "net.ipv4.ip_default_ttl": 33 } });
  assert(stack.net.mib.snmp().includes("\nIp: 2 33 0 "));
  stack.net.sysctl.set("net.ipv4.conf.all.forwarding", "1");
  assertEquals(stack.net.mib.get("Ip.Forwarding"), 1);
});
