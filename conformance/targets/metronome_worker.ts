/**
 * The thread of a `Metronome`: told the processors to keep to, it sleeps for a millisecond at a time until it is ended.
 *
 * @module
 */
import { syscall } from "../../host/syscall.ts";
import { becomeHelper } from "./realtime.ts";

const PERIOD_NS = 1_000_000n;
/** A thread is ended only when it looks for messages. */
const PERIODS = 100;

addEventListener("message", (event) => {
  // `undefined` arrives as `null`.
  becomeHelper((event as MessageEvent<readonly number[] | null>).data ?? undefined);
  const period = new BigInt64Array([0n, PERIOD_NS]);
  const beat = () => {
    for (let i = 0; i < PERIODS; i++) syscall("nanosleep", period, null);
    setTimeout(beat, 0);
  };
  beat();
}, { once: true });
