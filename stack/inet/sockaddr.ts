/**
 * Socket addresses as the stack has them, from and to `sockaddr` structures.
 *
 * @module
 */
import * as abi from "../../abi/sockaddr.ts";
import { AF_INET6 } from "../../abi/socket_constants.ts";
import { IpAddress } from "../wire/address.ts";
import type { SocketAddress } from "./sock.ts";

/** A `struct sockaddr_in`. IPv4-mapped addresses are unmapped; an IPv6 address becomes 0.0.0.0. */
export function sockaddrIn(address: SocketAddress): Uint8Array {
  const unmapped = address.address.unmapped();
  return abi.encodeSockaddrIn(unmapped.family === 4 ? unmapped.bytes : IpAddress.ANY4.bytes, address.port);
}

/** A `struct sockaddr_in6`. IPv4 addresses are mapped. */
export function sockaddrIn6(address: SocketAddress): Uint8Array {
  return abi.encodeSockaddrIn6(
    address.address.toV4Mapped().bytes,
    address.port,
    address.flowinfo,
    address.scope_id,
  );
}

/** The `sockaddr` that a socket of `family` (`AF_*`) gives to programs. */
export function encodeSockaddr(family: number, address: SocketAddress): Uint8Array {
  return family === AF_INET6 ? sockaddrIn6(address) : sockaddrIn(address);
}

/** Reads a `struct sockaddr_in` of at least 8 octets. */
export function decodeSockaddrIn(bytes: Uint8Array): SocketAddress {
  const { address, port } = abi.decodeSockaddrIn(bytes);
  return { address: IpAddress.from(address, 0, 4), port };
}

/** Reads a `struct sockaddr_in6` of at least 24 octets. */
export function decodeSockaddrIn6(bytes: Uint8Array): SocketAddress {
  const { address, port, flowinfo, scope_id } = abi.decodeSockaddrIn6(bytes);
  return { address: IpAddress.from(address, 0, 6), port, flowinfo, scope_id };
}
