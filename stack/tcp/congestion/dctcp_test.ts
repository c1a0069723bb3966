import { assert, assertEquals } from "@std/assert";
import { deviationsOf } from "../../deviations.ts";
import { TestFlow } from "./_testing.ts";
import { Dctcp } from "./dctcp.ts";

/** `rounds` windows of ten segments, `marked` of each ten marked. */
function rounds(dctcp: Dctcp, flow: TestFlow, rounds: number, marked: number): void {
  for (let round = 0; round < rounds; round++) {
    flow.sndNxt += 10_000;
    for (let i = 0; i < 10; i++) {
      flow.sndUna += 1000;
      dctcp.onAck(flow, flow.sndUna, 1000, i < marked);
    }
  }
}

Deno.test("nothing marked for long: a mark costs next to nothing", () => {
  const dctcp = new Dctcp(deviationsOf("linux"));
  const flow = new TestFlow();
  flow.cwnd = 100;
  dctcp.start(flow);
  assertEquals(dctcp.reduce(flow, "mark"), 50);
  rounds(dctcp, flow, 80, 0);
  assert(dctcp.reduce(flow, "mark") >= 99);
  assertEquals(dctcp.reduce(flow, "loss"), 50);
});

Deno.test("a fifth marked: the window comes down by a tenth", () => {
  const dctcp = new Dctcp(deviationsOf("linux"));
  const flow = new TestFlow();
  flow.cwnd = 100;
  dctcp.start(flow);
  rounds(dctcp, flow, 120, 2);
  const reduced = dctcp.reduce(flow, "mark");
  assert(reduced >= 89 && reduced <= 91, `${reduced}`);
});

Deno.test("the receiver tells at once when marks begin and when they end", () => {
  const dctcp = new Dctcp(deviationsOf("linux"));
  const flow = new TestFlow();
  assertEquals([false, true, true, false, false].map((ce) => dctcp.onReceived(flow, ce)), [
    false,
    true,
    false,
    true,
    false,
  ]);
});
