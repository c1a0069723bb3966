/**
 * `struct sock_extended_err`: what the error queue gives with IP_RECVERR and IPV6_RECVERR (ip(7)).
 *
 * @module
 */
import { getUint, putInt } from "./memory.ts";

/** Octets of the structure; a `sockaddr` of who told of the error follows. */
export const EXTENDED_ERROR_SIZE = 16;

const ORIGIN = 4;
const TYPE = 5;
const CODE = 6;
const INFO = 8;
const DATA = 12;

/** What it says. */
export interface ExtendedError {
  readonly ee_errno: number;
  readonly ee_origin: number;
  readonly ee_type: number;
  readonly ee_code: number;
  readonly ee_info: number;
  readonly ee_data: number;
}

/** Writes one at the beginning of `bytes`. */
export function putExtendedError(bytes: Uint8Array, error: ExtendedError): void {
  putInt(bytes, 0, error.ee_errno);
  bytes[ORIGIN] = error.ee_origin;
  bytes[TYPE] = error.ee_type;
  bytes[CODE] = error.ee_code;
  putInt(bytes, INFO, error.ee_info);
  putInt(bytes, DATA, error.ee_data);
}

/** Reads the one at the beginning of `bytes`. */
export function getExtendedError(bytes: Uint8Array): ExtendedError {
  return {
    ee_errno: getUint(bytes, 0),
    ee_origin: bytes[ORIGIN]!,
    ee_type: bytes[TYPE]!,
    ee_code: bytes[CODE]!,
    ee_info: getUint(bytes, INFO),
    ee_data: getUint(bytes, DATA),
  };
}
