/**
 * How late deadlines are met with 1, 16 and 64 timers in flight: the reactor, in the normal and in the real-time
 * scheduling policy, beside `setTimeout`. A report, not a test: it depends on what else the machine does.
 *
 *     deno run --allow-ffi bench/lateness.ts [SECONDS]
 *
 * @module
 */
import { enterRealtimeScheduling, Lateness, type LatenessReport, Reactor, realtime } from "../host/mod.ts";

const SECONDS = Number(Deno.args[0] ?? 3);

/** Waits for random deadlines, 0 to 50 ms ahead, in `timers` chains at once. */
async function measure(timers: number, sleepUntil: (deadline: number) => Promise<unknown>): Promise<LatenessReport> {
  const lateness = new Lateness();
  const end = realtime() + SECONDS * 1e6;
  await Promise.all(Array.from({ length: timers }, async () => {
    for (let deadline = realtime(); deadline < end;) {
      deadline = realtime() + Math.random() * 50_000;
      await sleepUntil(deadline);
      lateness.add(realtime() - deadline);
    }
  }));
  return lateness.report();
}

function print(name: string, timers: number, { count, median, p99, max }: LatenessReport): void {
  const columns = [count, median, p99, Math.round(max)].map((value) => String(value).padStart(8));
  console.log(name.padEnd(24), String(timers).padStart(6), ...columns);
}

const reactor = new Reactor();
const byReactor = (deadline: number) => reactor.sleepUntil(deadline);
const byTimeout = (deadline: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.ceil((deadline - realtime()) / 1000)));

console.log("µs late".padEnd(24), "timers", ...["count", "median", "p99", "max"].map((text) => text.padStart(8)));
for (const timers of [1, 16, 64]) print("setTimeout", timers, await measure(timers, byTimeout));
for (const timers of [1, 16, 64]) print("reactor", timers, await measure(timers, byReactor));
const granted = enterRealtimeScheduling();
if (granted.granted) {
  for (const timers of [1, 16, 64]) print("reactor, SCHED_RR", timers, await measure(timers, byReactor));
} else {
  console.log(`reactor, SCHED_RR: refused: ${granted.reason}`);
}
