/**
 * Structures of I/O calls in memory: `struct iovec`, `struct msghdr`, `struct pollfd`, `struct epoll_event` (readv(2),
 * recvmsg(2), poll(2), epoll_ctl(2)). Addresses are numbers here: whoever makes the call knows where its memory is.
 *
 * @module
 */

/** Size of `struct iovec`: base, length. */
export const IOVEC_SIZE = 16;
/** Size of `struct msghdr`. */
export const MSGHDR_SIZE = 56;
/** Size of `struct pollfd`: descriptor, events, returned events. */
export const POLLFD_SIZE = 8;

const IOV_LEN = 8;
const MSG_NAME = 0;
const MSG_NAMELEN = 8;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_CONTROL = 32;
const MSG_CONTROLLEN = 40;
const MSG_FLAGS = 48;
const POLLFD_EVENTS = 4;
const POLLFD_REVENTS = 6;

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes the `struct iovec` number `index` of an array. */
export function putIovec(array: Uint8Array, index: number, base: bigint, length: number): void {
  view(array).setBigUint64(IOVEC_SIZE * index, base, true);
  view(array).setBigUint64(IOVEC_SIZE * index + IOV_LEN, BigInt(length), true);
}

/** What a `struct msghdr` points to; address 0 is a null pointer. */
export interface MessageHeaderFields {
  readonly name: bigint;
  readonly nameLength: number;
  readonly iov: bigint;
  readonly iovLength: number;
  readonly control: bigint;
  readonly controlLength: number;
  readonly flags: number;
}

/** A `struct msghdr`. */
export function encodeMessageHeader(fields: MessageHeaderFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MSGHDR_SIZE);
  const at = view(bytes);
  at.setBigUint64(MSG_NAME, fields.name, true);
  at.setBigUint64(MSG_IOV, fields.iov, true);
  at.setBigUint64(MSG_IOVLEN, BigInt(fields.iovLength), true);
  at.setBigUint64(MSG_CONTROL, fields.control, true);
  putMessageLengths(bytes, fields);
  return bytes;
}

/** Writes what `recvmsg` overwrites. */
export function putMessageLengths(
  bytes: Uint8Array,
  fields: Pick<MessageHeaderFields, "nameLength" | "controlLength" | "flags">,
): void {
  view(bytes).setUint32(MSG_NAMELEN, fields.nameLength, true);
  view(bytes).setBigInt64(MSG_CONTROLLEN, BigInt(fields.controlLength), true);
  view(bytes).setInt32(MSG_FLAGS, fields.flags, true);
}

/** `msg_namelen`. */
export function messageNameLength(bytes: Uint8Array): number {
  return view(bytes).getUint32(MSG_NAMELEN, true);
}

/** `msg_controllen`. */
export function messageControlLength(bytes: Uint8Array): number {
  return Number(view(bytes).getBigUint64(MSG_CONTROLLEN, true));
}

/** `msg_flags`. */
export function messageFlags(bytes: Uint8Array): number {
  return view(bytes).getInt32(MSG_FLAGS, true);
}

/** Writes the `struct pollfd` number `index` of an array. */
export function putPollfd(array: Uint8Array, index: number, fd: number, events: number): void {
  view(array).setInt32(POLLFD_SIZE * index, fd, true);
  view(array).setInt16(POLLFD_SIZE * index + POLLFD_EVENTS, events, true);
}

/** `revents` of the `struct pollfd` number `index`. */
export function returnedEvents(array: Uint8Array, index = 0): number {
  return view(array).getUint16(POLLFD_SIZE * index + POLLFD_REVENTS, true);
}
