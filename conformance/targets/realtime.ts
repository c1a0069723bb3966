/**
 * Real-time priority for the thread that keeps scripts on time, and for the threads that help it.
 *
 * @module
 */

import { F_DUPFD_CLOEXEC } from "../../abi/file_constants.ts";
import { enterRealtimeScheduling, type Granted, leaveRealtimeScheduling } from "../../host/scheduling.ts";
import { readKernelFolder, readKernelText } from "../../host/kernel_file.ts";
import { close, open, syscall } from "../../host/syscall.ts";

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
/** Above its helpers', so that they never hold this thread up by themselves. */
const TIMELINE_PRIORITY = 2;
const HELPER_PRIORITY = 1;

/** As many processors as fit in the mask that we pass, and more than Linux supports by default. */
const MASK_OCTETS = 1024;

const RLIMIT_NOFILE = 7;
/** Enough for hundreds of worlds at once. */
const DESCRIPTORS = 8192n;

let users = 0;
/** Processors that this process may use. */
let allowed: Uint8Array<ArrayBuffer> | undefined;
let own: number | undefined;
let granted: Granted = { granted: false, reason: "not asked for" };

/** The processors of `mask`, by number. */
function processorsOf(mask: Uint8Array): number[] {
  const processors: number[] = [];
  for (let i = 0; i < mask.length * 8; i++) if ((mask[i >> 3]! & 1 << (i & 7)) !== 0) processors.push(i);
  return processors;
}

function maskOf(processors: readonly number[]): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(MASK_OCTETS);
  for (const processor of processors) mask[processor >> 3]! |= 1 << (processor & 7);
  return mask;
}

/**
 * Moves this thread to the last processor, which interrupts reach least. It may leave it again, but a real-time thread
 * does so only for another real-time thread, that of a second runner, say.
 */
function takeProcessor(): void {
  const mask = new Uint8Array(MASK_OCTETS);
  if (syscall("sched_getaffinity", 0, MASK_OCTETS, mask) < 0) return;
  const processors = processorsOf(mask);
  if (processors.length < 2) return;
  own = processors.at(-1)!;
  allowed = mask;
  syscall("sched_setaffinity", 0, MASK_OCTETS, maskOf([own]));
  syscall("sched_setaffinity", 0, MASK_OCTETS, mask);
}

/** The processors that this thread is not on, as {@link becomeHelper} takes them; `undefined`: all. */
export function backgroundProcessors(): number[] | undefined {
  return allowed === undefined ? undefined : processorsOf(allowed).filter((processor) => processor !== own);
}

/**
 * Makes this thread, which keeps to `processors` if given, a helper of the timeline's. It has real-time priority lest it
 * lose the processor while it holds a lock (of the memory allocator, say) that the timeline's thread waits for. What it
 * starts has not.
 */
export function becomeHelper(processors?: readonly number[]): void {
  if (processors !== undefined) syscall("sched_setaffinity", 0, MASK_OCTETS, maskOf(processors));
  schedule([0], SCHED_RR | SCHED_RESET_ON_FORK, HELPER_PRIORITY);
}

/**
 * Makes the process's descriptor table large beforehand. When it grows, which it does with many worlds at once, the
 * thread that needs the next descriptor waits for tens of milliseconds until no other thread can be looking at the old
 * table.
 */
function growDescriptorTable(): void {
  const limits = new BigUint64Array(2);
  if (syscall("prlimit64", 0, RLIMIT_NOFILE, null, limits) < 0) return;
  const [soft, hard] = [limits[0]!, limits[1]!];
  const wanted = hard < DESCRIPTORS ? hard : DESCRIPTORS;
  if (soft < wanted) {
    limits[0] = wanted;
    if (syscall("prlimit64", 0, RLIMIT_NOFILE, limits, null) < 0) return;
  }
  const fd = open("/dev/null", 0);
  if (fd < 0) return;
  const last = syscall("fcntl", fd, F_DUPFD_CLOEXEC, Number(wanted) - 1);
  if (last >= 0) close(last);
  close(fd);
}

/** Threads of the JavaScript engine that a garbage collection on this thread waits for. */
function collectorThreads(): number[] {
  return readKernelFolder("/proc/self/task")
    .filter((tid) => readKernelText(`/proc/self/task/${tid}/comm`)?.startsWith("V8 "))
    .map(Number);
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
  growDescriptorTable();
  granted = enterRealtimeScheduling(TIMELINE_PRIORITY);
  takeProcessor();
  if (granted.granted) schedule(collectorThreads(), SCHED_RR | SCHED_RESET_ON_FORK, HELPER_PRIORITY);
  return granted;
}

/** Ends what {@link enterRealtime} began. */
export function leaveRealtime(): void {
  if (users === 0 || --users > 0) return;
  allowed = own = undefined;
  if (!granted.granted) return;
  leaveRealtimeScheduling();
  schedule(collectorThreads(), SCHED_OTHER, 0);
}
