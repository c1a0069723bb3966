import { assertEquals } from "@std/assert";
import { Timers } from "../../timers.ts";
import { Pacer } from "./pacing.ts";

function paced(pacingRate: number, maxPacingRate = Infinity, on = true) {
  const net = { now: 1_000_000, timers: new Timers() };
  const fired: number[] = [];
  const pacer = new Pacer(net, () => ({ paced: on, pacingRate, maxPacingRate }), () => fired.push(net.now));
  const sleep = () => net.timers.run(net.now = net.timers.nextDeadline() ?? net.now);
  return { net, pacer, fired, sleep };
}

Deno.test("pacing: the initial window goes unpaced, then each burst waits for its time", () => {
  const { net, pacer, fired, sleep } = paced(200_000);
  pacer.onSent(2000, 10);
  assertEquals(pacer.holds, false);
  pacer.onSent(2000, 12);
  assertEquals(pacer.holds, true);
  sleep();
  assertEquals(fired, [1_005_000], "half of the gap: nothing had been sent for long");
  for (let i = 0; i < 3; i++) {
    assertEquals(pacer.holds, false);
    pacer.onSent(2000, 14);
    assertEquals(pacer.holds, true);
    sleep();
  }
  assertEquals(fired.slice(1), [1_015_000, 1_025_000, 1_035_000]);
  assertEquals(net.timers.size, 0);
});

Deno.test("pacing: a rate whose gaps are no whole microseconds is kept in the long run", () => {
  const { net, pacer, sleep } = paced(3_000_000);
  for (let i = 0; i < 3000; i++) {
    pacer.onSent(1000, 100);
    if (pacer.holds) sleep();
  }
  const rate = 3000 * 1000 / (net.now - 1_000_000);
  assertEquals(Math.abs(rate - 3) < 0.01, true, `${rate} octets per µs`);
});

Deno.test("pacing: the program's limit counts where it is lower; off is off", () => {
  const limited = paced(1e9, 100_000);
  limited.pacer.onSent(1000, 100);
  limited.sleep();
  assertEquals(limited.pacer.holds, true);
  limited.sleep();
  assertEquals(limited.fired, [1_005_000]);
  const off = paced(1000, 1000, false);
  off.pacer.onSent(100_000, 100);
  assertEquals(off.pacer.holds, false);
});

Deno.test("pacing: a timer that was set fires no more after the end", () => {
  const { net, pacer } = paced(1000);
  pacer.onSent(1000, 100);
  assertEquals([pacer.holds, net.timers.size], [true, 1]);
  pacer.stop();
  assertEquals(net.timers.size, 0);
});
