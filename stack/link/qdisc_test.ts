import { assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { Stack } from "../stack.ts";
import { CallbackDevice } from "./callback_device.ts";
import { Fifo, PfifoFast, TokenBucket } from "./qdisc.ts";
import { rt_tos2priority } from "./priority.ts";
import { dev_queue_xmit, DeviceQueue } from "./xmit.ts";

function packet(length: number, priority = 0): PacketBuffer {
  const made = PacketBuffer.allocate(length);
  made.priority = priority;
  return made;
}

Deno.test("pfifo: order kept, what is beyond the limit dropped and counted", () => {
  const queue = new Fifo("pfifo", 2);
  const packets = [packet(10), packet(20), packet(30)];
  assertEquals(packets.map((one) => queue.enqueue(one)), [true, true, false]);
  assertEquals([queue.length, queue.backlog, queue.statistics.dropped], [2, 30, 1]);
  assertEquals([queue.dequeue(0), queue.dequeue(0), queue.dequeue(0)], [packets[0], packets[1], undefined]);
  assertEquals(queue.statistics, { packets: 2, bytes: 30, dropped: 1, overlimits: 0 });
});

Deno.test("bfifo: the limit counts octets", () => {
  const queue = new Fifo("bfifo", 50);
  assertEquals([packet(30), packet(30), packet(20)].map((one) => queue.enqueue(one)), [true, false, true]);
});

Deno.test("pfifo_fast: minimize delay goes before the rest, bulk after it", () => {
  const queue = new PfifoFast(1);
  const bulk = packet(1, rt_tos2priority(0x08));
  const plain = packet(1, rt_tos2priority(0));
  const urgent = packet(1, rt_tos2priority(0x10));
  for (const one of [bulk, plain, urgent]) assertEquals(queue.enqueue(one), true);
  assertEquals(queue.enqueue(packet(1, rt_tos2priority(0x10))), false, "its band is full");
  assertEquals([queue.dequeue(0), queue.dequeue(0), queue.dequeue(0)], [urgent, plain, bulk]);
  assertEquals(queue.statistics.dropped, 1);
});

Deno.test("tbf: a burst at once, then the rate; what is longer than the burst never", () => {
  const queue = new TokenBucket({ rate: 1000, burst: 100, limit: 300 }, 0);
  for (const length of [60, 60, 60]) assertEquals(queue.enqueue(packet(length)), true);
  assertEquals(queue.enqueue(packet(101)), false);
  assertEquals(queue.enqueue(packet(150)), false);
  assertEquals(queue.dequeue(0)?.length, 60);
  assertEquals(queue.dequeue(0), undefined);
  // 40 tokens are left: 20 more take 20 ms.
  assertEquals(queue.readyAt(0), 20_000);
  assertEquals(queue.dequeue(19_999), undefined);
  assertEquals(queue.dequeue(20_000)?.length, 60);
  assertEquals(queue.readyAt(20_000), 80_000);
  assertEquals(queue.statistics, { packets: 2, bytes: 120, dropped: 2, overlimits: 2 });
});

Deno.test("a device with a queue: what it has no room for waits, and the rest is refused with ENOBUFS", () => {
  const sent: number[] = [];
  const device = new CallbackDevice({ transmit: (one) => sent.push(one.length) });
  const stack = new Stack({ devices: [device] });
  const qdisc = new Fifo("pfifo", 1);
  device.queue = new DeviceQueue(stack.net, device, qdisc);
  device.stopped = true;
  assertEquals([dev_queue_xmit(packet(1), device), dev_queue_xmit(packet(2), device)], [0, -105]);
  assertEquals(sent, []);
  device.stopped = false;
  device.queue.run();
  assertEquals(sent, [1]);
});

Deno.test("tbf in front of a device sends when the tokens are there", () => {
  const sent: number[] = [];
  const device = new CallbackDevice({ transmit: () => sent.push(stack.net.now) });
  const stack = new Stack({ devices: [device] });
  device.queue = new DeviceQueue(stack.net, device, new TokenBucket({ rate: 100_000, burst: 1000, limit: 10_000 }, 0));
  for (let i = 0; i < 3; i++) dev_queue_xmit(packet(1000), device);
  stack.runUntil(1_000_000);
  assertEquals(sent, [0, 10_000, 20_000]);
});
