/**
 * Where 64-bit Linux differs from machine to machine. All else under `abi/` is the same on every one: numbers in a
 * request of a system call and in scripts are x86-64's, and are changed to the machine's where a call is made.
 *
 * @module
 */
import { O_DIRECT, O_DIRECTORY, O_LARGEFILE, O_NOFOLLOW } from "./file_constants.ts";
import type { EpollEvent } from "./system_call.ts";

/** Machines that we make system calls on. */
export type Architecture = "x86_64" | "aarch64";

/** Flags of `open` that aarch64 numbers in its own way: x86-64's number, aarch64's. */
const OPEN_FLAGS: readonly (readonly [x86: number, arm: number])[] = [
  [O_DIRECT, 0x10000],
  [O_LARGEFILE, 0x20000],
  [O_DIRECTORY, 0x4000],
  [O_NOFOLLOW, 0x8000],
];

/** Flags of `open` as the machine numbers them. */
export function openFlags(flags: number, architecture: Architecture): number {
  if (architecture === "x86_64") return flags;
  let result = flags;
  for (const [x86] of OPEN_FLAGS) result &= ~x86;
  for (const [x86, arm] of OPEN_FLAGS) if ((flags & x86) !== 0) result |= arm;
  return result;
}

/** Flags of `open` from the machine's numbers, as `fcntl(F_GETFL)` gives them. */
export function openFlagsFrom(flags: number, architecture: Architecture): number {
  if (architecture === "x86_64") return flags;
  let result = flags;
  for (const [, arm] of OPEN_FLAGS) result &= ~arm;
  for (const [x86, arm] of OPEN_FLAGS) if ((flags & arm) !== 0) result |= x86;
  return result;
}

/** Size of `struct epoll_event`, which is packed on x86-64 only (epoll_event(3type)). */
export function epollEventSize(architecture: Architecture): number {
  return architecture === "x86_64" ? 12 : 16;
}

/** Writes the `struct epoll_event` number `index` of an array. */
export function putEpollEvent(array: Uint8Array, index: number, event: EpollEvent, architecture: Architecture): void {
  const size = epollEventSize(architecture);
  const view = new DataView(array.buffer, array.byteOffset + size * index, size);
  view.setUint32(0, event.events >>> 0, true);
  view.setBigUint64(size - 8, BigInt.asUintN(64, event.data), true);
}

/** Reads the `struct epoll_event` number `index` of an array. */
export function getEpollEvent(array: Uint8Array, index: number, architecture: Architecture): EpollEvent {
  const size = epollEventSize(architecture);
  const view = new DataView(array.buffer, array.byteOffset + size * index, size);
  return { events: view.getUint32(0, true), data: view.getBigUint64(size - 8, true) };
}
