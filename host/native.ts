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
 * - `launch`: where a program starts that makes such a list, whose `child_start` is at {@link LAUNCH_START}.
 * - `long install_interrupt_handler(int signal)`: makes `signal` do nothing but interrupt a blocking system call.
 *
 * @module
 */

import { type MachineCode, parseListing } from "./machine_code.ts";
import { listing as x86_64 } from "./machine_code_x86_64.ts";
import { listing as aarch64 } from "./machine_code_aarch64.ts";
import { buildSharedObject, ELF_MACHINE } from "./shared_object.ts";

const LISTINGS: Readonly<Record<string, string>> = { x86_64, aarch64 };

/** Where a program that starts at `launch` has its `child_start`: the listings have it as a constant. */
export const LAUNCH_START = 0x1000_0000;

const LIBC = {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  mprotect: { parameters: ["usize", "usize", "i32"], result: "i32" },
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
    throw new NativeCodeError(`This part of netproof talks to the Linux kernel; it cannot run on ${Deno.build.os}.`);
  }
  return libcSymbols = Deno.dlopen("libc.so.6", LIBC).symbols;
}

/** The machine code's functions, loaded at the first use. */
export function native(): Native {
  return nativeSymbols ??= load();
}

/** The machine, or what this process may do on it, does not let us make system calls. The message is for people. */
export class NativeCodeError extends Error {
  /** Always `NativeCodeError`. */
  override readonly name = "NativeCodeError";
}

/** The code for this machine, and its number in ELF. */
export function machineCode(): { readonly code: MachineCode; readonly machine: number } {
  const listing = LISTINGS[Deno.build.arch];
  const machine = ELF_MACHINE[Deno.build.arch];
  if (listing === undefined || machine === undefined) {
    throw new NativeCodeError(
      `netproof has no system call code for ${Deno.build.arch} (only x86_64 and aarch64). The "sim" target needs none.`,
    );
  }
  return { code: parseListing(listing), machine };
}

function load(): Native {
  const { code, machine } = machineCode();
  return loadLibrary(buildSharedObject(code, machine)) ?? loadMemory(code);
}

/** Loads the code as a library from a file in memory; undefined where there can be no such file. */
function loadLibrary(file: Uint8Array<ArrayBuffer>): Native | undefined {
  const { memfd_create, write, close } = libc();
  // A limit on the size of files (ulimit -f) counts for those in memory too, and who writes beyond it is killed.
  if (fileSizeLimit() < BigInt(file.length)) return undefined;
  const MFD_CLOEXEC = 1;
  const fd = memfd_create(new TextEncoder().encode("netproof-syscalls\0"), MFD_CLOEXEC);
  if (fd < 0) return undefined;
  try {
    if (write(fd, file, file.length) !== file.length) return undefined;
    return Deno.dlopen(`/proc/self/fd/${fd}`, CODE).symbols;
  } catch {
    return undefined; // no /proc, or no file system that code may be loaded from
  } finally {
    close(fd);
  }
}

function fileSizeLimit(): bigint {
  const RLIMIT_FSIZE = 1;
  const limits = new BigUint64Array(2);
  return libc().getrlimit(RLIMIT_FSIZE, limits) === 0 ? limits[0]! : 0n;
}

/** Puts the code into memory of ours, which takes no file. A call costs some five times as much. */
export function loadMemory({ code, symbols }: MachineCode): Native {
  const PROT_READ_WRITE = 3;
  const PROT_READ_EXECUTE = 5;
  const MAP_PRIVATE_ANONYMOUS = 0x22;
  const { mmap, mprotect } = libc();
  const address = BigInt.asIntN(64, mmap(null, BigInt(code.length), PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n));
  if (address === -1n) throw new NativeCodeError("there is no memory for the code that makes system calls");
  const pointer = Deno.UnsafePointer.create(address)!;
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, code.length)).set(code);
  if (mprotect(BigInt.asUintN(64, address), BigInt(code.length), PROT_READ_EXECUTE) !== 0) {
    throw new NativeCodeError(
      "code for system calls can't be loaded: files in memory can't be made, and this system forbids code in other memory",
    );
  }
  const functions = Object.entries(CODE).map(([key, { name, parameters, result }]) => {
    const definition: Omit<Deno.ForeignFunction, "nonblocking"> = { parameters, result };
    const at = Deno.UnsafePointer.create<typeof definition>(address + BigInt(symbols.get(name)!))!;
    const bound = new Deno.UnsafeFnPointer(at, definition);
    return [key, (...args: never[]) => bound.call(...args)] as const;
  });
  // Each is called as CODE says, as a library's symbols are.
  return Object.fromEntries(functions) as unknown as Native;
}
