/**
 * Loads the machine code that makes raw system calls. A raw call returns `-errno` itself, so no per-thread `errno`
 * variable can be lost between threads. Needs `--allow-ffi`. Nothing is loaded before the first use.
 *
 * The functions, as C would declare them:
 *
 * - `long call6(long nr, long a1, …, long a6)`: one system call.
 * - `long spawn_timed(struct timed_call *call, void *stack_top)`: starts a thread that stores its thread id, takes the
 *   time, makes one system call, takes the time again, adds 1 to an eventfd and ends. Returns the thread id.
 * - `long spawn_child(struct child_start *start)`: `vfork` on a stack of its own; the child makes a list of system
 *   calls, the last of which is `execve`. Returns the process id.
 * - `long install_interrupt_handler(int signal)`: makes `signal` do nothing but interrupt a blocking system call.
 *
 * @module
 */

import { parseListing } from "./machine_code.ts";
import { listing as x86_64 } from "./machine_code_x86_64.ts";
import { listing as aarch64 } from "./machine_code_aarch64.ts";
import { buildSharedObject, ELF_MACHINE } from "./shared_object.ts";
import { SystemError } from "./errno.ts";

const LISTINGS: Readonly<Record<string, string>> = { x86_64, aarch64 };

const LIBC = {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

// Several signatures of the same function, so that the usual shapes of a call convert nothing to a BigInt or pointer.
const CODE = {
  /** Integers and addresses only. */
  call: { name: "call6", parameters: ["i32", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i32" },
  /** As `call`, with the whole 64-bit result. */
  callLong: { name: "call6", parameters: ["i32", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
  /** Integers of at most 32 bits only. */
  ints: { name: "call6", parameters: ["i32", "i32", "i32", "i32", "i32"], result: "i32" },
  /** `(nr, fd, buffer, length or flags)`: read, write, recvmsg, bind, … */
  fdBuffer: { name: "call6", parameters: ["i32", "i32", "buffer", "u32"], result: "i32" },
  /** `(nr, fd, integer, buffer)`: ioctl. */
  fdNumberBuffer: { name: "call6", parameters: ["i32", "i32", "u32", "buffer"], result: "i32" },
  /** `(nr, fd, buffer, buffer)`: accept, getsockname. */
  fdBufferBuffer: { name: "call6", parameters: ["i32", "i32", "buffer", "buffer", "i32"], result: "i32" },
  /** `(nr, epfd, op, fd, event)`. */
  epollCtl: { name: "call6", parameters: ["i32", "i32", "i32", "i32", "buffer"], result: "i32" },
  /** `(nr, epfd, events, count, timeout, mask, size)`. */
  epollWait: { name: "call6", parameters: ["i32", "i32", "buffer", "i32", "buffer", "u32", "u32"], result: "i32" },
  /** `(nr, fd, level, name, value, length)`. */
  setsockopt: { name: "call6", parameters: ["i32", "i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  /** `(nr, fd, level, name, value, length)`. */
  getsockopt: { name: "call6", parameters: ["i32", "i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  /** `(nr, fd, buffer, length, flags, address, address length)`. */
  sendto: { name: "call6", parameters: ["i32", "i32", "buffer", "u32", "i32", "buffer", "u32"], result: "i32" },
  spawnTimed: { name: "spawn_timed", parameters: ["pointer", "pointer"], result: "i32" },
  spawnChild: { name: "spawn_child", parameters: ["buffer"], result: "i32" },
  installInterruptHandler: { name: "install_interrupt_handler", parameters: ["i32"], result: "i32" },
} as const;

/** The bound machine code. */
export type Native = Deno.DynamicLibrary<typeof CODE>["symbols"];
/** The few libc functions in use: those that need no errno, and the clock, which libc reads without a system call. */
export type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

let libcSymbols: Libc | undefined;
let nativeSymbols: Native | undefined;

/** libc's functions, loaded at the first use. */
export function libc(): Libc {
  if (libcSymbols) return libcSymbols;
  if (Deno.build.os !== "linux") {
    throw new Error(`This part of netproof talks to the Linux kernel; it cannot run on ${Deno.build.os}.`);
  }
  return libcSymbols = Deno.dlopen("libc.so.6", LIBC).symbols;
}

/** The machine code's functions, loaded at the first use. */
export function native(): Native {
  return nativeSymbols ??= load();
}

function load(): Native {
  const { memfd_create, write, close } = libc();
  const listing = LISTINGS[Deno.build.arch];
  const machine = ELF_MACHINE[Deno.build.arch];
  if (listing === undefined || machine === undefined) {
    throw new Error(
      `netproof has no system call code for ${Deno.build.arch} (only x86_64 and aarch64). The "sim" target needs none.`,
    );
  }
  const file = buildSharedObject(parseListing(listing), machine);
  const MFD_CLOEXEC = 1;
  const fd = memfd_create(new TextEncoder().encode("netproof-syscalls\0"), MFD_CLOEXEC);
  // libc's errno cannot be read here reliably; ENOMEM and EMFILE are the likely causes.
  if (fd < 0) throw new Error("memfd_create failed: too many open files, or no memory?");
  try {
    if (write(fd, file, file.length) !== file.length) throw new SystemError(5, "write(memfd)");
    return Deno.dlopen(`/proc/self/fd/${fd}`, CODE).symbols;
  } finally {
    close(fd);
  }
}
