import { assert, assertEquals } from "@std/assert";
import { MAX_HEADER, PacketBuffer } from "./buffer.ts";

Deno.test("buffer: storage that is used again is zeroed", () => {
  for (const length of [40, 600, 1400, 5000, 60_000, 70_000]) {
    const first = PacketBuffer.allocate(length);
    first.bytes.fill(0xff);
    first.release();
    assertEquals(first.length, 0);
    const second = PacketBuffer.allocate(length);
    assertEquals(second.length, length);
    assertEquals(second.headroom, MAX_HEADER);
    assert(second.bytes.subarray(0, second.tail).every((octet) => octet === 0), `${length}`);
  }
});

Deno.test("buffer: storage is used again once, and only where it was the packet's own", () => {
  const first = PacketBuffer.allocate(1400);
  const { bytes } = first;
  first.release();
  first.release();
  const packets = Array.from({ length: 4 }, () => PacketBuffer.allocate(1400));
  assertEquals(packets.filter((packet) => packet.bytes === bytes).length, 1);
  assertEquals(new Set(packets.map((packet) => packet.bytes)).size, 4);
  // A copy, or octets from elsewhere, may be shared with somebody.
  const shared = new Uint8Array(2048);
  new PacketBuffer(shared).release();
  assert(Array.from({ length: 4 }, () => PacketBuffer.allocate(1400)).every((packet) => packet.bytes !== shared));
});

Deno.test("buffer: headers that need more room than there is", () => {
  const packet = PacketBuffer.allocate(1400, 4);
  packet.bytes.fill(7, packet.data, packet.tail);
  packet.network_header = packet.data;
  packet.push(60);
  assertEquals(packet.length, 1460);
  assertEquals(packet.network_header, packet.data + 60);
  assert(packet.bytes.subarray(packet.network_header, packet.tail).every((octet) => octet === 7));
});
