/**
 * `sockaddr` arguments: what each call accepts, with the errors it gives.
 *
 * @module
 */
import { decodeSockaddrIn, decodeSockaddrIn6 } from "../inet/sockaddr.ts";
import { SIN6_LEN_RFC2133, SOCKADDR_IN_SIZE, sockaddrFamily } from "../../abi/sockaddr.ts";
import { AF_INET, AF_INET6, AF_UNSPEC, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { EAFNOSUPPORT, EFAULT, EINVAL } from "../../abi/errno.ts";
import type { Sock, SocketAddress } from "../inet/sock.ts";

/** Size of `struct sockaddr_storage`. */
export const SOCKADDR_STORAGE = 128;

/** Octets of an address that tell its family. */
export const FAMILY_SIZE = 2;

/** AF_UNSPEC was given. */
export const UNSPECIFIED = "unspecified";

/** The octets of an address argument, cut or zero-filled to the length the call was told (`move_addr_to_kernel`). */
export function moveAddress(address: Uint8Array | null, length: number): Uint8Array | number {
  if (length < 0 || length > SOCKADDR_STORAGE) return -EINVAL;
  if (length === 0) return new Uint8Array(0);
  if (address === null) return -EFAULT;
  const bytes = new Uint8Array(length);
  bytes.set(address.subarray(0, length));
  return bytes;
}

/** The address of `bind`. */
export function bindAddress(sock: Sock, bytes: Uint8Array): SocketAddress | number {
  if (sock.family === AF_INET6) {
    if (bytes.length < SIN6_LEN_RFC2133) return -EINVAL;
    return sockaddrFamily(bytes) === AF_INET6 ? decodeSockaddrIn6(bytes) : -EAFNOSUPPORT;
  }
  if (bytes.length < SOCKADDR_IN_SIZE) return -EINVAL;
  const address = decodeSockaddrIn(bytes);
  const family = sockaddrFamily(bytes);
  if (family === AF_INET || (family === AF_UNSPEC && address.address.isUnspecified)) return address;
  return -EAFNOSUPPORT;
}

/** The address of `connect`; AF_UNSPEC dissolves the association. */
export function connectAddress(sock: Sock, bytes: Uint8Array): SocketAddress | typeof UNSPECIFIED | number {
  if (bytes.length < FAMILY_SIZE) return -EINVAL;
  if (sockaddrFamily(bytes) === AF_UNSPEC) return UNSPECIFIED;
  return peerAddress(sock, bytes);
}

/** The address of `sendto` and `sendmsg` on a datagram socket. */
export function peerAddress(sock: Sock, bytes: Uint8Array): SocketAddress | typeof UNSPECIFIED | number {
  if (bytes.length < 2) return -EINVAL;
  const family = sockaddrFamily(bytes);
  if (sock.family === AF_INET6) {
    if (family === AF_UNSPEC) return UNSPECIFIED;
    if (family === AF_INET && sock.type !== SOCK_STREAM) {
      if (bytes.length < SOCKADDR_IN_SIZE) return -EINVAL;
      const address = decodeSockaddrIn(bytes);
      return { address: address.address.toV4Mapped(), port: address.port };
    }
    if (bytes.length < SIN6_LEN_RFC2133) return -EINVAL;
    if (family !== AF_INET6) return sock.type === SOCK_STREAM ? -EAFNOSUPPORT : -EINVAL;
    return decodeSockaddrIn6(bytes);
  }
  if (bytes.length < SOCKADDR_IN_SIZE) return -EINVAL;
  // Linux has always let AF_UNSPEC pass for AF_INET in sendto.
  if (family !== AF_INET && family !== AF_UNSPEC) return -EAFNOSUPPORT;
  return decodeSockaddrIn(bytes);
}
