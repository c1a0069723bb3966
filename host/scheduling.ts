/**
 * Who gets the processor. A thread in SCHED_RR runs as soon as it can, before everything that is not real-time, so a
 * busy machine makes events less late. Needs `--allow-ffi`, and CAP_SYS_NICE or RLIMIT_RTPRIO.
 *
 * @module
 */

import { errnoName, strerror } from "../abi/errno_text.ts";
import { syscall } from "./syscall.ts";

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const PRIO_PROCESS = 0;
const MCL_CURRENT = 1;
const MCL_FUTURE = 2;

/** Whether a request was granted, and why not. */
export type Granted = { readonly granted: true } | { readonly granted: false; readonly reason: string };

let threadPriority = 0;

function granted(result: number, what: string): Granted {
  if (result >= 0) return { granted: true };
  return { granted: false, reason: `${what}: ${strerror(-result)} (${errnoName(-result)})` };
}

function setScheduler(tid: number, policy: number, priority: number): number {
  return syscall("sched_setscheduler", tid, policy, new Uint8Array(new Int32Array([priority]).buffer));
}

/**
 * Puts the calling thread into SCHED_RR. Child processes and the runtime's threads do not inherit it; the threads of
 * `callOnThread` get it too.
 *
 * @param priority 1 (lowest) to 99
 */
export function enterRealtimeScheduling(priority = 1): Granted {
  const outcome = granted(setScheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, priority), "sched_setscheduler(SCHED_RR)");
  if (outcome.granted) threadPriority = priority;
  return outcome;
}

/** Puts the calling thread back into the normal policy. */
export function leaveRealtimeScheduling(): Granted {
  threadPriority = 0;
  return granted(setScheduler(0, SCHED_OTHER, 0), "sched_setscheduler(SCHED_OTHER)");
}

/** Gives a thread of ours the policy that the JavaScript thread asked for. */
export function threadScheduling(tid: number): void {
  // Refusal leaves the thread as it is: later, but right.
  if (threadPriority > 0) setScheduler(tid, SCHED_RR | SCHED_RESET_ON_FORK, threadPriority);
}

/** Sets the nice value (-20 first, 19 last) of a process or thread; 0 is the calling thread. */
export function setNice(tid: number, nice: number): Granted {
  return granted(syscall("setpriority", PRIO_PROCESS, tid, nice), `setpriority(${nice})`);
}

/** Keeps all memory of the process from being paged out. */
export function lockMemory(): Granted {
  return granted(syscall("mlockall", MCL_CURRENT | MCL_FUTURE), "mlockall");
}
