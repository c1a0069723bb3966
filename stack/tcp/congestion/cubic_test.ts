import { assert, assertEquals } from "@std/assert";
import { deviationsOf } from "../../deviations.ts";
import { deliver, TestFlow } from "./_testing.ts";
import { Cubic } from "./cubic.ts";
import { Phase } from "./interface.ts";

/** A flow in congestion avoidance with CUBIC, its window last reduced from `from`. */
function reduced(from: number, profile: "linux" | "rfc"): { cubic: Cubic; flow: TestFlow } {
  const cubic = new Cubic(deviationsOf(profile));
  const flow = new TestFlow();
  cubic.start(flow);
  flow.cwnd = flow.flightSize = from;
  flow.cwnd = flow.ssthresh = cubic.reduce(flow);
  return { cubic, flow };
}

/** The window after each of `rounds` round trips of 100 ms. */
function windows(cubic: Cubic, flow: TestFlow, rounds: number): number[] {
  return Array.from({ length: rounds }, () => {
    const segments = flow.cwnd;
    deliver(cubic, flow, segments, 100_000 / segments);
    return flow.cwnd;
  });
}

Deno.test("down to 0.7; a second reduction before W_max was reached lowers W_max (fast convergence)", () => {
  const { cubic, flow } = reduced(100, "rfc");
  assertEquals(flow.cwnd, 70);
  flow.cwnd = flow.flightSize = 80;
  assertEquals(cubic.reduce(flow), 56);
  // The plateau is now 0.85 * 80 = 68, not 80.
  flow.cwnd = flow.ssthresh = 56;
  const after = windows(cubic, flow, 40);
  const plateau = after.filter((window) => window >= 67 && window <= 69).length;
  assert(plateau > 8, `${after}`);
});

Deno.test("concave up to W_max, flat there, convex beyond: W(t) = C (t - K)^3 + W_max", () => {
  const { cubic, flow } = reduced(100, "rfc");
  const k = Math.cbrt(30 / 0.4);
  const after = windows(cubic, flow, 90);
  for (const [round, window] of after.entries()) {
    const t = (round + 1) / 10;
    const expected = 100 + 0.4 * (t - k) ** 3;
    const renoWhole = 70 + 0.53 * (round + 1); // alpha is 1 from where the window was 100 on
    const reno = renoWhole < 100 ? renoWhole : 100 + (round + 1 - 30 / 0.53);
    if (expected > reno + 2) assert(Math.abs(window - expected) <= 3, `${t} s: ${window}, not ${expected}`);
  }
  assert(after[89]! > 120);
});

Deno.test("a small window grows as Reno's would", () => {
  const { cubic, flow } = reduced(10, "rfc");
  assertEquals(flow.cwnd, 7);
  const after = windows(cubic, flow, 6);
  assert(after[5]! >= 9 && after[5]! <= 11, `${after}`);
});

Deno.test("no more than half as much as arrives", () => {
  const { cubic, flow } = reduced(20, "rfc");
  flow.now += 60_000_000;
  deliver(cubic, flow, 1);
  flow.now += 60_000_000;
  const before = flow.cwnd;
  deliver(cubic, flow, before);
  assert(flow.cwnd <= before * 1.65, `${before} to ${flow.cwnd}`);
});

Deno.test("idle time does not count", () => {
  const idle = reduced(100, "rfc"), busy = reduced(100, "rfc");
  deliver(idle.cubic, idle.flow, 10, 1000);
  deliver(busy.cubic, busy.flow, 10, 1000);
  idle.flow.now += 20_000_000;
  idle.cubic.onSendAfterIdle(idle.flow, 20_000_000);
  deliver(idle.cubic, idle.flow, 70, 1000);
  deliver(busy.cubic, busy.flow, 70, 1000);
  assertEquals(idle.flow.cwnd, busy.flow.cwnd);
});

Deno.test("after a timeout Linux opens by one for 20 segments at least, and looks at the clock now and then (google's cubic-rto-ss-ca-cwnd-bump)", () => {
  const cubic = new Cubic(deviationsOf("linux"));
  const flow = new TestFlow();
  cubic.start(flow);
  flow.ssthresh = cubic.reduce(flow);
  assertEquals(flow.ssthresh, 7);
  cubic.onPhase(flow, Phase.Loss);
  flow.cwnd = 7;
  const gaps = [2, 98, 2, 2, 2, 2, 2, 2, 98, 2, 2, 2, 2, 2, 2];
  for (const gap of gaps) deliver(cubic, flow, 1, gap * 1000);
  assertEquals(flow.cwnd, 7);
  deliver(cubic, flow, 1, 98_000);
  assertEquals(flow.cwnd, 8);
});
