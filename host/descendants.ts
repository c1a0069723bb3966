/**
 * Ending what a process has started and let go: a daemon leaves its session and its group, so no signal to them reaches
 * it. One that {@link import("./process.ts").ProcessOptions.adopts | adopts} stays its ancestor.
 *
 * @module
 */

import { readKernelFolder, readKernelText } from "./kernel_file.ts";
import { getpid, syscall } from "./syscall.ts";

const SIGKILL = 9;
const PR_SET_CHILD_SUBREAPER = 36;
/**
 * What dies leaves its own children to the ancestor, which a further round finds. On a busy machine it takes its time to get
 * a processor to die on; where nothing has for so long, ms, what is left is beyond killing.
 */
const PATIENCE_MS = 3000;
/** Pause after a round, ns; it grows to the second. */
const PAUSE_NS = [100_000, 2_000_000] as const;
/** The kernel's list may lack a child while another ends: it has to be empty so often in a row. */
const CALM_ROUNDS = 3;

/** Processes that any thread of `pid` is the parent of and that have not ended yet. */
function childrenOf(pid: number): number[] {
  return readKernelFolder(`/proc/${pid}/task`).flatMap((thread) =>
    (readKernelText(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number)
  ).filter((child) => !hasEnded(child));
}

function hasEnded(pid: number): boolean {
  const stat = readKernelText(`/proc/${pid}/stat`);
  // Behind the name, which may hold anything: the state, Z for one that nobody has asked about yet.
  return stat === undefined || /^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
}

/** Makes this process the parent of what its descendants leave behind. */
export function adoptOrphans(): void {
  syscall("prctl", PR_SET_CHILD_SUBREAPER, 1);
}

/**
 * Kills everything that descends from `pid`, a running process that adopts (this one unless given); itself goes on, and so
 * does its child `spared`.
 */
export function killDescendants(pid: number = getpid(), spared?: number): void {
  const known = new Set<number>();
  let progress = performance.now();
  let pause: number = PAUSE_NS[0];
  for (let calm = 0; calm < CALM_ROUNDS && performance.now() - progress < PATIENCE_MS; calm++) {
    for (const child of childrenOf(pid)) {
      if (child === spared) continue;
      calm = 0;
      if (!known.has(child)) progress = performance.now();
      known.add(child);
      syscall("kill", child, SIGKILL);
    }
    // The kernel takes them down when it gets to it.
    syscall("nanosleep", new BigInt64Array([0n, BigInt(Math.round(pause))]), null);
    pause = Math.min(pause * 1.1, PAUSE_NS[1]);
  }
}
