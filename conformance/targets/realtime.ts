/**
 * Real-time priority for the thread that keeps scripts on time.
 *
 * @module
 */

import { enterRealtimeScheduling, type Granted, leaveRealtimeScheduling } from "../../host/scheduling.ts";
import { syscall } from "../../host/syscall.ts";

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
/** Above the garbage collector's helpers, so that they never hold this thread up by themselves. */
const TIMELINE_PRIORITY = 2;
const COLLECTOR_PRIORITY = 1;

let users = 0;
let granted: Granted = { granted: false, reason: "not asked for" };

/** Threads of the JavaScript engine that a garbage collection on this thread waits for. */
function collectorThreads(): number[] {
  try {
    return [...Deno.readDirSync("/proc/self/task")]
      .map(({ name }) => name)
      .filter((tid) => Deno.readTextFileSync(`/proc/self/task/${tid}/comm`).startsWith("V8 "))
      .map(Number);
  } catch (error) {
    // No permission to look: a collection on a busy machine takes longer.
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function schedule(threads: readonly number[], policy: number, priority: number): void {
  for (const tid of threads) syscall("sched_setscheduler", tid, policy, new Int32Array([priority]));
}

/**
 * Puts this thread, and the threads that it waits for in a garbage collection, before everything else that runs. Says
 * whether the system allowed it. Every call needs its own {@link leaveRealtime}.
 */
export function enterRealtime(): Granted {
  if (users++ > 0) return granted;
  granted = enterRealtimeScheduling(TIMELINE_PRIORITY);
  if (granted.granted) schedule(collectorThreads(), SCHED_RR | SCHED_RESET_ON_FORK, COLLECTOR_PRIORITY);
  return granted;
}

/** Ends what {@link enterRealtime} began. */
export function leaveRealtime(): void {
  if (users === 0 || --users > 0 || !granted.granted) return;
  leaveRealtimeScheduling();
  schedule(collectorThreads(), SCHED_OTHER, 0);
}
