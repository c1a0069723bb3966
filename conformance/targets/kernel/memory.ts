/**
 * Memory that goes with a system call of a script: never less than the length that the kernel is told. A length that is
 * negative, or more than a script may have, goes with a null pointer, so that no octet of this process is read or
 * written for it.
 *
 * @module
 */

import { IOVEC_SIZE, putIovec } from "../../../abi/message_header.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../../abi/sockaddr.ts";
import { addressOf, cString } from "../../../host/syscall.ts";

/** Octets at an address that can be given to the kernel. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Most octets that the buffers of one call may have together. */
export const MAX_BUFFER = 256 << 20;

/** Memory of so many octets, at most {@link MAX_BUFFER}. */
export function room(length: number): Bytes {
  if (!(length >= 0 && length <= MAX_BUFFER)) throw new RangeError(`memory of ${length} octets`);
  // Not empty even for length 0, so that its address is never null.
  return new Uint8Array(Math.max(length, 8));
}

function fits(length: number): boolean {
  return length >= 0 && length <= MAX_BUFFER;
}

/** Octets to send: what is there, then zeros up to the length that the kernel is told. */
export function outgoing(data: Uint8Array | null, length: number): Bytes | null {
  if (data === null || !fits(length) || !fits(data.length)) return null;
  const needed = Math.max(length, data.length);
  // The kernel only reads it, and to copy a large one takes time. An empty one has no address.
  if (needed === data.length && needed > 0 && isOwned(data)) return data;
  const bytes = room(needed);
  bytes.set(data);
  return bytes;
}

/** Whether the memory can be passed as it is. */
function isOwned(data: Uint8Array): data is Bytes {
  return data.buffer instanceof ArrayBuffer;
}

/** Memory that the kernel may write the length that it is told to. */
export function incoming(wanted: boolean, length: number): Bytes | null {
  return wanted && fits(length) ? room(length) : null;
}

/** An address argument. The kernel refuses lengths that no address has before it looks at one. */
export function socketAddress(address: Uint8Array | null): Bytes | null {
  if (address === null) return null;
  const bytes = room(Math.max(SOCKADDR_STORAGE_SIZE, address.length));
  bytes.set(address);
  return bytes;
}

/** The buffers of an I/O vector; those that are too much together with what stands before them are null pointers. */
export function vectorRooms(lengths: readonly number[]): (Bytes | null)[] {
  let left = MAX_BUFFER;
  return lengths.map((length) => {
    if (length < 0 || length > left) return null;
    left -= length;
    return room(length);
  });
}

/** A view of memory for numbers. */
export function view(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An array of `struct iovec`. */
export function iovecs(buffers: readonly (Bytes | null)[], lengths: readonly number[]): Bytes {
  const bytes = room(IOVEC_SIZE * buffers.length);
  buffers.forEach((buffer, i) => putIovec(bytes, i, buffer === null ? 0n : addressOf(buffer), lengths[i]!));
  return bytes;
}

/** The first `count` octets that the kernel put into the buffers of a vector. */
export function gather(buffers: readonly (Bytes | null)[], lengths: readonly number[], count: number): Uint8Array {
  const data = new Uint8Array(Math.max(0, Math.min(count, MAX_BUFFER)));
  let filled = 0;
  for (let i = 0; i < buffers.length && filled < data.length; i++) {
    const part = buffers[i]?.subarray(0, Math.min(lengths[i]!, data.length - filled));
    if (part === undefined) break;
    data.set(part, filled);
    filled += part.length;
  }
  return data;
}

/** A `struct timespec`; a null pointer for a negative time, which is for ever. */
export function timespec(timeout_ms: number): Bytes | null {
  if (timeout_ms < 0) return null;
  const bytes = room(16);
  view(bytes).setBigInt64(0, BigInt(Math.floor(timeout_ms / 1000)), true);
  view(bytes).setBigInt64(8, BigInt(timeout_ms % 1000 * 1_000_000), true);
  return bytes;
}

/** A pointer to an `int`. */
export function int32(value: number): Bytes {
  const bytes = room(8);
  view(bytes).setInt32(0, value, true);
  return bytes;
}

/** A pointer to a 64-bit integer. */
export function int64(value: number | null): Bytes | null {
  if (value === null) return null;
  const bytes = room(8);
  view(bytes).setBigInt64(0, BigInt(value), true);
  return bytes;
}

/** A path as C has it: it ends at its first zero octet. */
export function path(text: string): Bytes {
  return cString(upToZero(text));
}

/** What C sees of a text. */
export function upToZero(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
