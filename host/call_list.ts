/**
 * Lists of system calls that are made where no JavaScript runs: by a child between `vfork` and its program
 * (`process.ts`), or by a program that is nothing else (`launcher.ts`).
 *
 * @module
 */

import { check, SystemError } from "./errno.ts";
import { native } from "./native.ts";
import { addressOf, close, cString, registerOf, syscall, type SystemCallArgument } from "./syscall.ts";
import { SYS, type SystemCallName } from "./syscall_numbers.ts";

/** How a process ended. */
export interface ExitStatus {
  /** Exit status, or 128 + n for a process killed by signal n, as a shell tells it. */
  readonly code: number;
  /** Number of the signal that ended it. */
  readonly signal: number | undefined;
}

const SIGCHLD = 17;
const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_PIDFD = 0x1000;
const CLONE_VFORK = 0x4000;
const P_PIDFD = 3;
const WEXITED = 4;
const CLD_EXITED = 1;

const STACK_SIZE = 32 << 10;
/** Size of the `struct child_start` of native.ts. */
export const START_SIZE = 80;
const RECORD_WORDS = 7;

/** A list of system calls, each with what it is for. It ends at the first that fails. */
export class CallList {
  readonly #calls: { name: SystemCallName; args: SystemCallArgument[]; what: string }[] = [];

  /** Adds a call. */
  add(what: string, name: SystemCallName, ...args: SystemCallArgument[]): void {
    this.#calls.push({ name, args, what });
  }

  /** How many calls there are. */
  get length(): number {
    return this.#calls.length;
  }

  /** What the call at `index` is for. */
  what(index: number): string {
    return this.#calls[index]?.what ?? "start a process";
  }

  /** The records that the machine code reads. What arguments point to must stay referenced. */
  encode(): BigInt64Array<ArrayBuffer> {
    const words = new BigInt64Array(this.#calls.length * RECORD_WORDS);
    this.#calls.forEach(({ name, args }, i) => {
      words[RECORD_WORDS * i] = BigInt(SYS[name]);
      args.forEach((argument, j) => words[RECORD_WORDS * i + 1 + j] = BigInt.asIntN(64, registerOf(argument)));
    });
    return words;
  }
}

/** An array of strings as `execve` wants it: pointers and a null. `memory` must stay referenced. */
export function stringVector(strings: readonly string[]): { vector: BigInt64Array<ArrayBuffer>; memory: unknown[] } {
  const memory = strings.map(cString);
  const vector = new BigInt64Array(strings.length + 1);
  memory.forEach((bytes, i) => vector[i] = BigInt.asIntN(64, addressOf(bytes)));
  return { vector, memory };
}

/** Waits for the end of a child. */
export function reap(pidfd: number): ExitStatus {
  const siginfo = new Uint8Array(128);
  const result = syscall("waitid", P_PIDFD, pidfd, siginfo, WEXITED, null);
  // ECHILD: somebody else reaped it; how it ended is lost.
  if (result < 0) return { code: 255, signal: undefined };
  const view = new DataView(siginfo.buffer);
  const status = view.getInt32(24, true);
  if (view.getInt32(8, true) === CLD_EXITED) return { code: status, signal: undefined };
  return { code: 128 + status, signal: status };
}

/**
 * Starts a child that makes the calls of `list`, the last of which does not return. It shares our memory and descriptors.
 *
 * @param flags of `clone(2)` besides those that make it so: new namespaces
 * @throws {SystemError} for the call that failed, and where there can be no child
 */
export function startChild(list: CallList, flags = 0, what = "vfork"): { pid: number; pidfd: number } {
  const stack = new Uint8Array(STACK_SIZE);
  const records = list.encode();
  const start = new Uint8Array(START_SIZE);
  const view = new DataView(start.buffer);
  view.setBigUint64(0, BigInt(list.length), true);
  view.setBigUint64(8, addressOf(records), true);
  view.setBigUint64(16, (addressOf(stack) + BigInt(STACK_SIZE)) & ~15n, true);
  view.setBigUint64(24, BigInt(flags | CLONE_VM | CLONE_FILES | CLONE_VFORK | CLONE_PIDFD | SIGCHLD), true);
  view.setBigInt64(48, -1n, true);
  view.setBigUint64(64, 0xffff_ffff_ffff_ffffn, true);
  const pid = check(native().spawnChild(start), what);
  const pidfd = view.getInt32(40, true);
  // The count of calls made before the failure includes the failed one.
  const failedAt = Number(view.getBigInt64(48, true));
  if (failedAt < 0) return { pid, pidfd };
  reap(pidfd);
  close(pidfd);
  throw new SystemError(-Number(view.getBigInt64(56, true)), list.what(failedAt - 1));
}
