import { assertEquals } from "@std/assert";
import { deviationsOf } from "../../deviations.ts";
import { deliver, TestFlow } from "./_testing.ts";
import { Reno } from "./reno.ts";

Deno.test("slow start by what arrives up to ssthresh, then one segment per window", () => {
  const reno = new Reno(deviationsOf("linux"));
  const flow = new TestFlow();
  flow.ssthresh = 14;
  reno.start(flow);
  reno.grow(flow, { ack: 1, delivered: 6, priorInFlight: 10 });
  assertEquals(flow.cwnd, 14);
  deliver(reno, flow, 11);
  assertEquals(flow.cwnd, 14);
  deliver(reno, flow, 1);
  assertEquals(flow.cwnd, 15);
});

Deno.test("RFC 5681: one segment per acknowledgement in slow start; half of what is in flight, at least two", () => {
  const reno = new Reno(deviationsOf("rfc"));
  const flow = new TestFlow();
  reno.grow(flow, { ack: 1, delivered: 6, priorInFlight: 10 });
  assertEquals(flow.cwnd, 11);
  flow.flightSize = 6;
  assertEquals(reno.reduce(flow), 3);
  flow.flightSize = 1;
  assertEquals(reno.reduce(flow), 2);
  assertEquals(new Reno(deviationsOf("linux")).reduce(flow), 5);
});
