/**
 * The socket calls that do not block, on this thread. All return what the kernel returns: `-errno` on failure. A socket
 * belongs to the network namespace that the thread is in when it is made. For calls that may block, see `timed_call.ts`.
 * Needs `--allow-ffi`.
 *
 * @module
 */

import { decodeSockaddr, encodeSockaddrIn, encodeSockaddrIn6 } from "../abi/sockaddr.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from "../abi/socket_constants.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { native } from "./native.ts";
import { SYS, syscall } from "./syscall.ts";

/** Address of an IPv4 or IPv6 socket. */
export interface SocketAddress {
  /** As text; IPv4-mapped IPv6 addresses are IPv6. */
  readonly address: string;
  /** Port in host order. */
  readonly port: number;
  /** Interface of a link-local IPv6 address. */
  readonly scopeId?: number;
}

/** Encodes a `sockaddr_in` or `sockaddr_in6`. Throws a `TypeError` for what is not an address, a `RangeError` for the port. */
export function encodeSocketAddress({ address, port, scopeId = 0 }: SocketAddress): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new RangeError(`Not a port: ${port}`);
  const octets = parseAddress(address);
  return octets.length === 16 ? encodeSockaddrIn6(octets, port, 0, scopeId) : encodeSockaddrIn(octets, port);
}

/** Decodes a `sockaddr_in` or `sockaddr_in6`; undefined for other families and for too few bytes. */
export function decodeSocketAddress(bytes: Uint8Array<ArrayBuffer>): SocketAddress | undefined {
  const decoded = decodeSockaddr(bytes);
  if (decoded === undefined) return undefined;
  const { address, port, scope_id } = decoded;
  return { address: formatAddress(address), port, ...(address.length === 16 ? { scopeId: scope_id } : {}) };
}

/** `socket(2)`, non-blocking and close-on-exec. */
export function socket(family: number, type: number, protocol = 0): number {
  return native().ints(SYS.socket, family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol, 0);
}

/** `bind(2)`. */
export function bind(fd: number, address: SocketAddress): number {
  const bytes = encodeSocketAddress(address);
  return native().fdBuffer(SYS.bind, fd, bytes, bytes.length);
}

/** `connect(2)`: `-EINPROGRESS` for TCP; wait for writability, then read SO_ERROR. */
export function connect(fd: number, address: SocketAddress): number {
  const bytes = encodeSocketAddress(address);
  return native().fdBuffer(SYS.connect, fd, bytes, bytes.length);
}

/** `listen(2)`. */
export function listen(fd: number, backlog: number): number {
  return native().ints(SYS.listen, fd, backlog, 0, 0);
}

/** `accept4(2)`: the new socket is non-blocking and close-on-exec. */
export function accept(fd: number): number {
  return native().ints(SYS.accept4, fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/** `send(2)`. */
export function send(fd: number, bytes: Uint8Array<ArrayBuffer>, flags = 0): number {
  return native().sendto(SYS.sendto, fd, bytes, bytes.length, flags, null, 0);
}

/** `sendto(2)`. */
export function sendTo(fd: number, bytes: Uint8Array<ArrayBuffer>, flags: number, to: SocketAddress): number {
  const address = encodeSocketAddress(to);
  return native().sendto(SYS.sendto, fd, bytes, bytes.length, flags, address, address.length);
}

/** `recv(2)` into `bytes`. */
export function receive(fd: number, bytes: Uint8Array<ArrayBuffer>, flags = 0): number {
  return native().sendto(SYS.recvfrom, fd, bytes, bytes.length, flags, null, 0);
}

/** `shutdown(2)`: 0 for reading, 1 for writing, 2 for both. */
export function shutdown(fd: number, how: 0 | 1 | 2): number {
  return native().ints(SYS.shutdown, fd, how, 0, 0);
}

/** `setsockopt(2)` with an int. */
export function setIntOption(fd: number, level: number, option: number, value: number): number {
  return native().setsockopt(SYS.setsockopt, fd, level, option, new Uint8Array(new Int32Array([value]).buffer), 4);
}

/** `getsockopt(2)` of an int: the value, or `-errno` as `error`. */
export function getIntOption(fd: number, level: number, option: number): { value: number; error: number } {
  const value = new Uint8Array(4);
  const length = new Uint8Array(new Uint32Array([4]).buffer);
  const error = native().getsockopt(SYS.getsockopt, fd, level, option, value, length);
  return { value: new DataView(value.buffer).getInt32(0, true), error };
}

/** `getsockname(2)`; undefined where it fails or the family is another. */
export function localAddress(fd: number): SocketAddress | undefined {
  return name("getsockname", fd);
}

/** `getpeername(2)`; undefined where it fails or the family is another. */
export function peerAddress(fd: number): SocketAddress | undefined {
  return name("getpeername", fd);
}

function name(call: "getsockname" | "getpeername", fd: number): SocketAddress | undefined {
  const bytes = new Uint8Array(128);
  const length = new Uint32Array([bytes.length]);
  if (syscall(call, fd, bytes, length) < 0) return undefined;
  return decodeSocketAddress(bytes.subarray(0, Math.min(length[0]!, bytes.length)));
}
