import { assertEquals } from "@std/assert";
import { Mib } from "../../mib.ts";
import type { Net } from "../../net.ts";
import { Sysctl } from "../../sysctl.ts";
import { Timers } from "../../timers.ts";
import { Acknowledging } from "./acknowledging.ts";

function made() {
  const net: Net = {
    now: 0,
    realtime_offset_us: 0,
    timers: new Timers(),
    random: () => 1,
    sysctl: new Sysctl(),
    mib: new Mib(),
  };
  const acks: number[] = [];
  const timing: Acknowledging = new Acknowledging(net, {
    delackMax: 0,
    srtt: 0,
    sendAck: () => {
      acks.push(net.now);
      timing.sent(false);
    },
  });
  const arrive = () => {
    timing.arrived(20);
    if (timing.atOnce) timing.sent(false);
    else timing.later();
  };
  const until = (time: number) => {
    for (let due = net.timers.nextDeadline(); due !== undefined && due <= time; due = net.timers.nextDeadline()) {
      net.now = due;
      net.timers.run(due);
    }
    net.now = time;
  };
  return { net, timing, acks, arrive, until };
}

Deno.test("acknowledging: the first segments of a connection at once, half a window of them", () => {
  const { timing, until } = made();
  for (let i = 0; i < 10; i++) {
    until(i * 1000);
    timing.arrived(20);
    assertEquals(timing.atOnce, true, `segment ${i}`);
    timing.sent(false);
  }
  timing.arrived(20);
  assertEquals(timing.atOnce, false);
});

Deno.test("acknowledging: a delay is 40 ms at least and below half a second (RFC9293-MUST-40)", () => {
  const { timing, acks, until } = made();
  for (let i = 0; i < 12; i++) {
    timing.arrived(20);
    if (timing.atOnce) timing.sent(false);
  }
  timing.later();
  until(39_999);
  assertEquals(acks, []);
  until(500_000);
  assertEquals(acks.length, 1);
  assertEquals(acks[0]! >= 40_000 && acks[0]! < 500_000, true);
});

Deno.test("acknowledging: a program that answers has its ACKs ride on the answers", () => {
  const { timing, arrive, until } = made();
  arrive();
  until(1000);
  timing.sent(true);
  until(2000);
  timing.arrived(20);
  assertEquals(timing.atOnce, false);
  timing.demand();
  assertEquals(timing.atOnce, true);
  timing.sent(false);
  timing.arrived(20);
  assertEquals(timing.atOnce, false);
});

Deno.test("acknowledging: an answer that does not come makes ACKs go at once again", () => {
  const { timing, acks, arrive, until } = made();
  arrive();
  timing.sent(true);
  until(1000);
  arrive();
  until(1_000_000);
  assertEquals(acks.length, 1);
  timing.arrived(20);
  assertEquals(timing.atOnce, true);
});

Deno.test("acknowledging: TCP_QUICKACK acknowledges what waits", () => {
  const { timing, acks, arrive } = made();
  arrive();
  timing.sent(true);
  arrive();
  assertEquals(acks.length, 0);
  timing.setQuick(true);
  assertEquals(acks.length, 1);
});
