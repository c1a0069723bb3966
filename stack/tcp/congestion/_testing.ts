/**
 * What tests of congestion controls share.
 *
 * @module
 */
import { type CongestionControl, type Flow, INFINITE_SSTHRESH, Phase } from "./interface.ts";

/** A flow whose every field can be set. */
export class TestFlow implements Flow {
  cwnd = 10;
  ssthresh: number = INFINITE_SSTHRESH;
  cwndClamp = 0xffffffff;
  pacingRate = Infinity;
  maxPacingRate = Infinity;
  paced = false;
  mss = 1000;
  now = 1_000_000;
  srtt = 100_000;
  minRtt = 100_000;
  inFlight = 10;
  flightSize = 10;
  peakInFlight = 10;
  windowLimited = true;
  delivered = 0;
  deliveredMarked = 0;
  sndUna = 1;
  sndNxt = 1;
  phase: Phase = Phase.Open;
}

/** `count` segments arrive one by one, `gap` µs apart. */
export function deliver(congestion: CongestionControl, flow: TestFlow, count: number, gap = 0): void {
  for (let i = 0; i < count; i++) {
    flow.now += gap;
    flow.delivered++;
    congestion.grow(flow, { ack: flow.sndUna, delivered: 1, priorInFlight: flow.inFlight });
  }
}
