import { assertEquals } from "@std/assert";
import { TestFlow } from "./_testing.ts";
import { HyStart, HyStartPlusPlus } from "./hystart.ts";

/** Round-trip times in ms, `gap` ms apart, each acknowledging one segment more; the index of the one that ends slow start, -1 for none. */
function feed(exit: HyStart | HyStartPlusPlus, flow: TestFlow, rtts: readonly number[], gap: number): number {
  return rtts.findIndex((rtt) => {
    flow.now += gap * 1000;
    return exit.onRoundTrip(flow, rtt * 1000, ++flow.sndUna);
  });
}

Deno.test("HyStart: the ninth sample of a round trip that is an eighth longer than the shortest", () => {
  const flow = new TestFlow();
  const exit = new HyStart();
  exit.reset(flow);
  flow.sndNxt = 21;
  assertEquals(feed(exit, flow, [200], 200), -1);
  flow.cwnd = 20;
  flow.sndUna = 21;
  flow.sndNxt = 61;
  assertEquals(feed(exit, flow, new Array(20).fill(240), 5), 8);
});

Deno.test("HyStart: a shorter sample among them, or a small window, keeps slow start", () => {
  const flow = new TestFlow();
  const exit = new HyStart();
  exit.reset(flow);
  flow.sndNxt = 21;
  feed(exit, flow, [200], 200);
  flow.cwnd = 20;
  flow.sndUna = 21;
  flow.sndNxt = 61;
  assertEquals(feed(exit, flow, [240, 240, 200, ...new Array(20).fill(240)], 5), -1);
  const small = new TestFlow();
  small.sndNxt = 100;
  const other = new HyStart();
  other.reset(small);
  feed(other, small, [200], 200);
  assertEquals(feed(other, small, new Array(20).fill(300), 5), -1);
});

Deno.test("HyStart: a train of acknowledgements as long as half the shortest round trip", () => {
  const flow = new TestFlow();
  const exit = new HyStart();
  flow.cwnd = 100;
  exit.reset(flow);
  flow.sndNxt = 200;
  assertEquals(feed(exit, flow, new Array(80).fill(100), 1), 51);
});

Deno.test("HyStart++: conservative slow start for five round trips, or back when the round-trip time falls", () => {
  const flow = new TestFlow();
  const exit = new HyStartPlusPlus();
  exit.reset(flow);
  const round = (rtt: number) => {
    flow.sndUna = flow.sndNxt;
    flow.sndNxt += 10;
    return feed(exit, flow, new Array(10).fill(rtt), 1);
  };
  round(100);
  round(100);
  assertEquals(exit.divisor, 1);
  round(120);
  assertEquals(exit.divisor, 4);
  round(100);
  assertEquals(exit.divisor, 1);
  round(150);
  assertEquals(exit.divisor, 4);
  assertEquals([round(150), round(150), round(150), round(150), round(150)], [-1, -1, -1, -1, -1]);
  assertEquals(round(150), 0);
});
