/**
 * Fast Open cookies (RFC 7413 section 4.1.2) as Linux makes them, and the keys they are made with.
 *
 * @module
 */
import type { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import type { ZerocopyRange } from "./skb.ts";
import { siphash, type SipKey, sipKey } from "./siphash.ts";

/** Octets of a cookie that we make. */
export const TCP_FASTOPEN_COOKIE_SIZE = 8;
/** Octets of a key. */
export const TCP_FASTOPEN_KEY_LENGTH = 16;

/** A cookie as an option carries it. */
export interface FastopenCookie {
  /** Octets; 0 requests a cookie, negative means no option. */
  len: number;
  /** The experimental option (RFC 6994) instead of the assigned one. */
  exp: boolean;
  bytes: Uint8Array;
}

/** A client's Fast Open under way. */
export interface FastopenRequest {
  cookie: FastopenCookie;
  readonly data: Uint8Array;
  /** Octets that went with the SYN. */
  copied: number;
  /** The notification of a `MSG_ZEROCOPY` call. */
  readonly zerocopy?: ZerocopyRange | undefined;
}

/** Keys for making cookies: the first makes them, all are tried for checking. */
export interface FastopenContext {
  readonly keys: readonly SipKey[];
  readonly raw: readonly Uint8Array[];
}

/** A context of one or two keys of 16 octets. */
export function fastopen_context(raw: readonly Uint8Array[]): FastopenContext {
  return { raw, keys: raw.map(sipKey) };
}

/** Reads the setting's form: four or eight 32-bit words in hexadecimal. */
export function parse_fastopen_key(text: string): FastopenContext | undefined {
  const keys = text.split(",").map((part) => {
    const words = part.trim().split("-");
    if (words.length !== 4 || words.some((word) => !/^[0-9a-fA-F]{1,8}$/.test(word))) return undefined;
    const bytes = new Uint8Array(TCP_FASTOPEN_KEY_LENGTH);
    const view = new DataView(bytes.buffer);
    words.forEach((word, i) => view.setUint32(4 * i, Number.parseInt(word, 16), true));
    return bytes;
  });
  const raw = keys.filter((key) => key !== undefined);
  return raw.length === keys.length && raw.length <= 2 ? fastopen_context(raw) : undefined;
}

/** The cookie of a client `source` towards us. */
export function fastopen_cookie_gen(source: IpAddress, destination: IpAddress, key: SipKey): Uint8Array {
  const hash = siphash(concatBytes(source.bytes, destination.bytes), key);
  const bytes = new Uint8Array(TCP_FASTOPEN_COOKIE_SIZE);
  new DataView(bytes.buffer).setBigUint64(0, hash, true);
  return bytes;
}
