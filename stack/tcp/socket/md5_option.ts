/**
 * TCP_MD5SIG and TCP_MD5SIG_EXT: keys as `struct tcp_md5sig` has them (tcp(7)).
 *
 * @module
 */
import { decodeSockaddrIn, decodeSockaddrIn6 } from "../../inet/sockaddr.ts";
import { sockaddrFamily } from "../../../abi/sockaddr.ts";
import { AF_INET, AF_INET6 } from "../../../abi/socket_constants.ts";
import { EINVAL, ENOENT } from "../../../abi/errno.ts";
import type { TcpEndpoint } from "./endpoint.ts";
import { getShort } from "../../../abi/memory.ts";

// struct tcp_md5sig: a sockaddr_storage, flags, prefix length, key length, interface, key.
const FLAGS_AT = 128;
const PREFIX_AT = 129;
const KEY_LENGTH_AT = 130;
const KEY_AT = 136;
const KEY_MAX = 80;
const SIZE = KEY_AT + KEY_MAX;
/** The prefix length counts; else the whole address does. */
const FLAG_PREFIX = 1;

/** Sets or removes a key: 0 or `-errno`. `extended`: TCP_MD5SIG_EXT. */
export function setSignatureKey(socket: TcpEndpoint, value: Uint8Array, extended: boolean): number {
  if (value.length < SIZE) return -EINVAL;
  const family = sockaddrFamily(value);
  if (family !== socket.family || (family !== AF_INET && family !== AF_INET6)) return -EINVAL;
  const decoded = family === AF_INET ? decodeSockaddrIn(value).address : decodeSockaddrIn6(value).address;
  const address = decoded.unmapped();
  const mapped = family === AF_INET6 && address.family === 4;
  let length = address.family === 4 ? 32 : 128;
  if (extended && (value[FLAGS_AT]! & FLAG_PREFIX) !== 0) {
    const given = value[PREFIX_AT]! - (mapped ? 96 : 0);
    if (given < 0 || given > length) return -EINVAL;
    length = given;
  }
  const keyLength = getShort(value, KEY_LENGTH_AT);
  if (keyLength > KEY_MAX) return -EINVAL;
  const removed = socket.keys.set(address, length, value.subarray(KEY_AT, KEY_AT + keyLength));
  return keyLength === 0 && !removed ? -ENOENT : 0;
}
