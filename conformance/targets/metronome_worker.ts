/**
 * The thread of a `Metronome`: told the processors to keep to, it sleeps for a millisecond at a time until it is ended.
 *
 * @module
 */
import { syscall } from "../../host/syscall.ts";
import { becomeHelper } from "./realtime.ts";

const PERIOD_NS = 1_000_000n;

addEventListener("message", (event) => {
  becomeHelper((event as MessageEvent<readonly number[] | undefined>).data);
  const period = new BigInt64Array([0n, PERIOD_NS]);
  for (;;) syscall("nanosleep", period, null);
}, { once: true });
