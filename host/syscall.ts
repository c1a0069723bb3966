/**
 * Raw Linux system calls. Results are what the kernel returns: 0 or positive, or `-errno`. Needs `--allow-ffi`.
 *
 * @module
 */

import { check } from "./errno.ts";
import { native } from "./native.ts";
import { SYS, type SystemCallName } from "./syscall_numbers.ts";

export { SYS, type SystemCallName };

/** An argument of a system call: an integer, or memory (its address is passed), or null (address 0). */
export type SystemCallArgument = number | bigint | ArrayBufferView<ArrayBuffer> | null;

/** The address of a buffer's first byte. The buffer must be kept alive (referenced) while the kernel may use it. */
export function addressOf(buffer: ArrayBufferView<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}

/** The value that goes into a register for an argument. */
export function registerOf(argument: SystemCallArgument | undefined): bigint {
  if (argument === undefined || argument === null) return 0n;
  if (typeof argument === "object") return addressOf(argument);
  return BigInt(argument);
}

/** Makes a system call on this thread. Returns its result or `-errno`, as a 32-bit integer. */
export function syscall(name: SystemCallName, ...args: SystemCallArgument[]): number {
  return native().call(
    SYS[name],
    registerOf(args[0]),
    registerOf(args[1]),
    registerOf(args[2]),
    registerOf(args[3]),
    registerOf(args[4]),
    registerOf(args[5]),
  );
}

/** As {@link syscall}, for calls whose result needs 64 bits (`lseek`, `mmap`). */
export function syscallLong(name: SystemCallName, ...args: SystemCallArgument[]): bigint {
  return native().callLong(
    SYS[name],
    registerOf(args[0]),
    registerOf(args[1]),
    registerOf(args[2]),
    registerOf(args[3]),
    registerOf(args[4]),
    registerOf(args[5]),
  );
}

/** As {@link syscall}; throws a `SystemError` where the call fails. */
export function must(name: SystemCallName, ...args: SystemCallArgument[]): number {
  return check(syscall(name, ...args), name);
}

const encoder = new TextEncoder();

/** A string as C has it: UTF-8 and a zero byte. Throws a `TypeError` if the string itself contains a zero. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`A zero byte inside ${JSON.stringify(text)}`);
  return encoder.encode(text + "\0");
}

/** Closes a file descriptor. Returns 0 or `-errno`. */
export function close(fd: number): number {
  return native().ints(SYS.close, fd, 0, 0, 0);
}

/** Reads into `buffer`. Returns the number of bytes or `-errno`. */
export function read(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  return native().fdBuffer(SYS.read, fd, buffer, buffer.length);
}

/** Writes `buffer`. Returns the number of bytes or `-errno`. */
export function write(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  return native().fdBuffer(SYS.write, fd, buffer, buffer.length);
}

/** `ioctl` with a structure. Returns its result or `-errno`. */
export function ioctl(fd: number, request: number, argument: Uint8Array<ArrayBuffer> | null): number {
  return native().fdNumberBuffer(SYS.ioctl, fd, request, argument);
}

const AT_FDCWD = -100;

/** Opens a file with `flags` (`O_CLOEXEC` is added). Returns the descriptor or `-errno`. */
export function open(path: string, flags: number, mode = 0): number {
  return syscall("openat", AT_FDCWD, cString(path), flags | 0o2000000, mode);
}

/** The process id of the caller as the kernel sees it. */
export function getpid(): number {
  return native().ints(SYS.getpid, 0, 0, 0, 0);
}
