/**
 * What the system lets a process have.
 *
 * @module
 */
import { must } from "./syscall.ts";

const RLIMIT_NOFILE = 7;

/** How many files this process may have open at once (`ulimit -n`). */
export function openFileLimit(): number {
  const limits = new BigUint64Array(2);
  must("prlimit64", 0, RLIMIT_NOFILE, null, limits);
  return Number(limits[0]!);
}
