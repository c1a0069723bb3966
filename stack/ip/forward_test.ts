import { assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as tcp from "../wire/tcp.ts";
import * as udp from "../wire/udp.ts";
import { IPPROTO_HOPOPTS, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";

const ENDS = {
  4: { source: IpAddress.parse("10.0.0.2"), destination: IpAddress.parse("10.1.0.2") },
  6: { source: IpAddress.parse("fd00::2"), destination: IpAddress.parse("fd01::2") },
} as const;

/** A router between two devices, and what leaves by the second. */
function router(mtu = 1500, offload = false) {
  const sent: PacketBuffer[] = [];
  const back: PacketBuffer[] = [];
  const stack = new Stack({ sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 } });
  const inside = new CallbackDevice({ name: "tun0", transmit: (packet) => back.push(packet.copy()) });
  const outside = new CallbackDevice({
    name: "tun1",
    mtu,
    gso_max_size: offload ? 65_536 : 0,
    transmit: (packet) => sent.push(packet.copy()),
  });
  stack.addDevice(inside);
  stack.addDevice(outside);
  for (
    const [device, prefixes] of [[inside, ["10.0.0.1/24", "fd00::1/64"]], [outside, [
      "10.1.0.1/24",
      "fd01::1/64",
    ]]] as const
  ) {
    for (const prefix of prefixes) stack.addAddress(device, prefix, { nodad: true });
  }
  sent.length = back.length = 0;
  return { stack, inside, sent, back };
}

/** TCP with so much data, as an aggregate of segments of 1000 octets whose checksum is left open. */
function aggregate(family: 4 | 6, length: number): PacketBuffer {
  const ends = ENDS[family];
  const segment = new Uint8Array(tcp.MIN_HEADER_LENGTH + length);
  segment.set(
    tcp.emit({
      sourcePort: 1,
      destinationPort: 2,
      sequenceNumber: 1,
      acknowledgmentNumber: 1,
      flags: tcp.ACK,
      window: 9,
    }),
  );
  const header = family === 4
    ? ipv4.emit({ protocol: IPPROTO_TCP, dontFragment: true, ...ends }, segment.length)
    : ipv6.emit({ nextHeader: IPPROTO_TCP, ...ends }, segment.length);
  const packet = new PacketBuffer(Uint8Array.of(...header, ...segment));
  packet.gso_size = 1000;
  packet.ip_summed = "partial";
  return packet;
}

for (const family of [4, 6] as const) {
  Deno.test(`forward: an aggregate is as long as its segments, IPv${family}`, () => {
    const { stack, inside, sent, back } = router(1280);
    stack.receive(inside, aggregate(family, 5000));
    assertEquals([sent.length, back.length], [5, 0]);
    for (const { bytes, data, tail } of sent) {
      const at = data + (family === 4 ? ipv4.headerLength(bytes, data) : ipv6.HEADER_LENGTH);
      const { source, destination } = ENDS[family];
      const sum = pseudoHeaderSum(source, destination, IPPROTO_TCP, tail - at);
      assertEquals(tcp.verifyChecksum(bytes, at, tail, sum), true);
    }
  });

  Deno.test(`forward: segments too long for the next link are refused, IPv${family}`, () => {
    const { stack, inside, sent, back } = router(family === 4 ? 1000 : 1280);
    const packet = aggregate(family, 5000);
    packet.gso_size = 1400;
    stack.receive(inside, packet);
    assertEquals([sent.length, back.length], [0, 1]);
  });
}

for (const options of [false, true]) {
  Deno.test(`forward: a checksum left open is filled in, IPv6${options ? " with extension headers" : ""}`, () => {
    const { stack, inside, sent } = router();
    const datagram = new Uint8Array(16);
    datagram.set(udp.emit({ sourcePort: 1, destinationPort: 2 }, 8));
    const extension = options ? Uint8Array.of(IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0) : new Uint8Array(0);
    const nextHeader = options ? IPPROTO_HOPOPTS : IPPROTO_UDP;
    const header = ipv6.emit({ nextHeader, ...ENDS[6] }, extension.length + datagram.length);
    const packet = new PacketBuffer(Uint8Array.of(...header, ...extension, ...datagram));
    // What this buffer held before must not matter.
    packet.protocol = IPPROTO_TCP;
    packet.ip_summed = "partial";
    stack.receive(inside, packet);
    assertEquals(sent.length, 1);
    const { bytes, tail } = sent[0]!;
    const at = tail - datagram.length;
    const sum = pseudoHeaderSum(ENDS[6].source, ENDS[6].destination, IPPROTO_UDP, datagram.length);
    assertEquals(udp.verifyChecksum(bytes, at, tail, sum), true);
  });
}
