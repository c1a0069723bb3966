/**
 * The version field, which IPv4 and IPv6 have at the same place: RFC 791 section 3.1, RFC 8200 section 3.
 *
 * @module
 */

/** The version of the IP header at `offset`. */
export function ipVersion(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! >> 4;
}

/** Writes {@link ipVersion}. */
export function setIpVersion(bytes: Uint8Array, offset: number, version: number): void {
  bytes[offset] = (version << 4) | (bytes[offset]! & 0x0f);
}
