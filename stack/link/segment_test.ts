import { assert, assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { EMSGSIZE } from "../../abi/errno.ts";
import { PmtuDiscovery } from "../ip/interface.ts";
import { LOCAL4, pattern, REMOTE4, REMOTE6, world } from "../ip/_testing.ts";
import { get32, set32 } from "../wire/bytes.ts";
import { internetChecksum, pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";

/** A TCP aggregate with CWR, PSH and FIN. */
function aggregate(length: number): PacketBuffer {
  const packet = PacketBuffer.allocate(20 + length);
  const { bytes, data } = packet;
  set32(bytes, data + 4, 0xffffff00);
  bytes[data + 12] = 5 << 4;
  bytes[data + 13] = 0x80 | 0x10 | 0x08 | 0x01;
  bytes.set(pattern(length), data + 20);
  packet.gso_size = 1000;
  packet.ip_summed = "partial";
  return packet;
}

for (const destination of [REMOTE4, REMOTE6]) {
  Deno.test(`segment: a TCP aggregate over IPv${destination.family}`, () => {
    const w = world();
    const route = w.stack.ip.route_output({ family: destination.family, destination });
    assert(typeof route !== "number");
    const { source } = route;
    w.stack.ip.queue_xmit(aggregate(3500), route, {
      source,
      destination,
      protocol: 6,
      tos: 0,
      ttl: 0,
      pmtudisc: PmtuDiscovery.WANT,
      df: true,
      id: 0xffff,
    });
    assertEquals(w.sent.length, 4);
    const joined: number[] = [];
    w.sent.forEach((bytes, index) => {
      const at = destination.family === 4 ? 20 : 40;
      if (destination.family === 4) {
        assert(ipv4.verifyHeaderChecksum(bytes, 0));
        assertEquals([ipv4.totalLength(bytes, 0), ipv4.identification(bytes, 0)], [
          bytes.length,
          (0xffff + index) & 0xffff,
        ]);
      } else assertEquals(ipv6.payloadLength(bytes, 0), bytes.length - 40);
      const pseudo = pseudoHeaderSum(source, destination, 6, bytes.length - at);
      assertEquals(internetChecksum(bytes, at, bytes.length, pseudo), 0);
      assertEquals(get32(bytes, at + 4), (0xffffff00 + 1000 * index) >>> 0);
      assertEquals(bytes[at + 13], [0x90, 0x10, 0x10, 0x19][index]);
      joined.push(...bytes.subarray(at + 20));
    });
    assertEquals(Uint8Array.from(joined), pattern(3500));
  });
}

Deno.test("segment: a device that takes aggregates and sums gets them as they are", () => {
  const w = world();
  w.tun0.gso_max_size = 65536;
  Object.defineProperty(w.tun0, "checksum_offload", { value: true });
  const route = w.stack.ip.route_output({ family: 4, destination: REMOTE4 });
  assert(typeof route !== "number");
  w.stack.ip.queue_xmit(aggregate(3500), route, {
    source: LOCAL4,
    destination: REMOTE4,
    protocol: 6,
    tos: 0,
    ttl: 0,
    pmtudisc: PmtuDiscovery.WANT,
    df: true,
  });
  assertEquals(w.sent.map((bytes) => bytes.length), [3540]);
});

Deno.test("segment: a checksum left partial is filled in for a device that does not", () => {
  const w = world();
  const packet = PacketBuffer.allocate(8 + 5);
  packet.bytes.set([0, 1, 0, 2, 0, 13, 0, 0, 1, 2, 3, 4, 5], packet.data);
  packet.ip_summed = "partial";
  const route = w.stack.ip.route_output({ family: 4, destination: REMOTE4 });
  assert(typeof route !== "number");
  w.stack.ip.queue_xmit(packet, route, {
    source: LOCAL4,
    destination: REMOTE4,
    protocol: 17,
    tos: 0,
    ttl: 0,
    pmtudisc: PmtuDiscovery.DONT,
  });
  const [bytes] = w.sent;
  assertEquals(internetChecksum(bytes!, 20, bytes!.length, pseudoHeaderSum(LOCAL4, REMOTE4, 17, 13)), 0);
});

Deno.test("segment: an aggregate whose segments no longer fit the path is refused, and the path's MTU told", () => {
  const w = world();
  const mtus: number[] = [];
  for (const family of [4, 6] as const) {
    w.stack.ip.addProtocol(family, 6, { receive: () => {}, error: (_, error) => mtus.push(error.info) });
  }
  for (const destination of [REMOTE4, REMOTE6]) {
    const route = w.stack.ip.route_output({ family: destination.family, destination });
    assert(typeof route !== "number");
    const packet = aggregate(3500);
    packet.gso_size = 1480;
    const result = w.stack.ip.queue_xmit(packet, route, {
      source: route.source,
      destination,
      protocol: 6,
      tos: 0,
      ttl: 0,
      pmtudisc: PmtuDiscovery.WANT,
      df: true,
    });
    assertEquals(result, -EMSGSIZE);
  }
  w.stack.poll(0);
  // Two segments of each are too long; the last one fits.
  assertEquals(mtus, [1500, 1500, 1500, 1500]);
  assertEquals(w.sent.length, 2);
});

Deno.test("segment: the storage of an aggregate that was cut is used for the next one", () => {
  const w = world();
  const route = w.stack.ip.route_output({ family: 4, destination: REMOTE4 });
  assert(typeof route !== "number");
  const send = (packet: PacketBuffer) =>
    w.stack.ip.queue_xmit(packet, route, {
      source: route.source,
      destination: REMOTE4,
      protocol: 6,
      tos: 0,
      ttl: 0,
      pmtudisc: PmtuDiscovery.WANT,
      df: true,
      id: 1,
    });
  const first = aggregate(60_000);
  const { bytes } = first;
  send(first);
  const second = aggregate(59_000);
  assert(second.bytes === bytes, "the same storage");
  send(second);
  const textOf = (packets: readonly Uint8Array[]) => Uint8Array.from(packets.flatMap((each) => [...each.subarray(40)]));
  assertEquals(textOf(w.sent.slice(0, 60)), pattern(60_000));
  assertEquals(textOf(w.sent.slice(60)), pattern(59_000));
});
