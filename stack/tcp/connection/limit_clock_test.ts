import { assertEquals } from "@std/assert";
import { LimitClock } from "./limit_clock.ts";

Deno.test("limit clock: busy is all, of which the peer's window and the buffer have their share", () => {
  const net = { now: 0 };
  const clock = new LimitClock(net);
  const after = (time: number) => net.now += time;
  after(5);
  clock.enter("busy");
  after(10);
  clock.enter("window");
  after(20);
  clock.enter("window");
  after(1);
  clock.enter("buffer");
  after(300);
  assertEquals([clock.busy, clock.windowLimited, clock.bufferLimited], [331, 21, 300]);
  clock.enter("none");
  after(1000);
  assertEquals([clock.busy, clock.windowLimited, clock.bufferLimited], [331, 21, 300]);
});
