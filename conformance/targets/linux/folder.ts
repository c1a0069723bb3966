/**
 * The folder that a booted kernel shares with us, and a watchman that takes both away should this process be killed.
 *
 * @module
 */
import { type ChildProcess, spawn } from "../../../host/process.ts";
import type { Reactor } from "../../../host/reactor.ts";
import { check } from "../../../host/errno.ts";
import { cString, syscall, write } from "../../../host/syscall.ts";

const IN_MEMORY = "/dev/shm";

/** Reads the number of a process group, and waits for the end of its input, which comes with the end of this process. */
const WATCHMAN = `trap '' HUP INT TERM
read -r group
read -r _
test -z "$group" || kill -KILL -- "-$group"
rm -rf -- "$1"
`;

/** `f_bsize` and `f_bavail` of `struct statfs`, in words of 8 octets, and how many such words it has. */
const STATFS = { blockSize: 1, available: 4, words: 15 };

/** A folder whose files are in memory, if there is one with room for `octets`. */
export function memoryFolder(octets: number): string | undefined {
  const words = new BigInt64Array(STATFS.words);
  if (syscall("statfs", cString(IN_MEMORY), words) < 0) return undefined;
  const room = words[STATFS.blockSize]! * words[STATFS.available]!;
  return room >= octets ? IN_MEMORY : undefined;
}

/** See the module. */
export class WatchedFolder {
  /** Its path. */
  readonly path: string;
  readonly #watchman: ChildProcess;

  /** Makes the folder. */
  constructor(reactor: Reactor) {
    this.path = Deno.makeTempDirSync({ prefix: "netproof-linux-" });
    try {
      this.#watchman = spawn({
        command: "/bin/sh",
        args: ["-c", WATCHMAN, "sh", this.path],
        stdin: "pipe",
        dieWithParent: false,
      }, reactor);
    } catch (error) {
      Deno.removeSync(this.path, { recursive: true });
      throw error;
    }
  }

  /** The process group that must not outlive us. */
  watch(group: number): void {
    check(write(this.#watchman.stdin!, new TextEncoder().encode(`${group}\n`)), "telling the watchman");
  }

  /** Takes the folder away. The group has to be gone by then. Never throws. */
  close(): void {
    this.#watchman[Symbol.dispose]();
    try {
      Deno.removeSync(this.path, { recursive: true });
    } catch {
      // Somebody else has taken it away.
    }
  }
}
