/**
 * Fast Open as the side that listens: cookies, and whom they let in (RFC 7413 section 4.1.2, 4.2).
 *
 * @module
 */
import type { IpAddress } from "../../wire/address.ts";
import type { TcpConfig } from "../config.ts";
import { SipHash } from "../siphash.ts";
import { sameOctets } from "./syn_cookies.ts";

/** Octets of a cookie of ours. */
const COOKIE_LENGTH = 8;
/** Octets of a key. */
export const KEY_LENGTH = 16;

/** Bits of `net.ipv4.tcp_fastopen`. */
export const FastOpenBits = {
  /** Open with it. */
  Client: 1,
  /** Listen with it. */
  Server: 2,
  /** Open with text though there is no cookie. */
  ClientNoCookie: 4,
  /** Take text without a cookie. */
  ServerNoCookie: 0x200,
  /** Every listener takes it. */
  AllListeners: 0x400,
} as const;

/** The keys of `net.ipv4.tcp_fastopen_key`: one or two of four words each, in hexadecimal; none when it says nothing. */
export function keysOf(config: TcpConfig): readonly Uint8Array[] {
  const { text } = config.fastopen_key;
  const keys: Uint8Array[] = [];
  for (const part of text.split(",")) {
    const words = part.trim().split("-").map((word) => parseInt(word, 16));
    if (words.length !== 4 || words.some((word) => Number.isNaN(word))) continue;
    const key = new Uint8Array(KEY_LENGTH);
    const view = new DataView(key.buffer);
    words.forEach((word, i) => view.setUint32(4 * i, word >>> 0, true));
    keys.push(key);
  }
  return keys;
}

/** Cookies under some keys: the first makes them, all are good. */
export class CookieMill {
  /** With keys of 16 octets each. */
  constructor(private readonly keys: readonly Uint8Array[]) {}

  /** The cookie of a client (RFC7413-4.1.2-mac: it depends on the client's address and a secret). */
  make(remote: IpAddress, local: IpAddress, key: Uint8Array | undefined = this.keys[0]): Uint8Array | undefined {
    if (key === undefined) return undefined;
    const size = remote.bytes.length;
    const message = new Uint8Array(2 * size);
    message.set(remote.bytes);
    message.set(local.bytes, size);
    const cookie = new Uint8Array(COOKIE_LENGTH);
    new DataView(cookie.buffer).setBigUint64(0, SipHash.fromKey(key).hash64(message), true);
    return cookie;
  }

  /** Which key made a cookie: its index, or -1 for none. */
  judge(cookie: Uint8Array, remote: IpAddress, local: IpAddress): number {
    return this.keys.findIndex((key) => sameOctets(cookie, this.make(remote, local, key)!));
  }
}
