import { assertEquals, assertRejects } from "@std/assert";
import { reactor } from "../../host/reactor.ts";
import { PacketQueue } from "./packet_queue.ts";
import type { CapturedPacket } from "./target.ts";

const packet = (time_us: number): CapturedPacket => (
  { bytes: new Uint8Array(20), time_us, checksumPartial: false, gsoSize: 0 }
);

Deno.test("packet queue: what nobody has received is given once, also after an interruption, and collected before", async () => {
  const device = [packet(3)];
  const queue = new PacketQueue(reactor(), () => device.splice(0).forEach((one) => queue.push(one)));
  queue.push(packet(1));
  queue.push(packet(2));
  assertEquals((await queue.receive(0))?.time_us, 1);
  queue.interrupt(new Error("over"));
  await assertRejects(() => queue.receive(0), Error, "over");
  assertEquals(queue.takeAll().map((one) => one.time_us), [2, 3]);
  assertEquals(queue.takeAll(), []);
});

Deno.test("packet queue: a zero of time that moves takes the packets along", () => {
  const queue = new PacketQueue(reactor(), () => {});
  queue.push(packet(100));
  queue.moveOrigin(250);
  queue.push(packet(5));
  assertEquals(queue.takeAll().map((one) => one.time_us), [-150, 5]);
});
