/**
 * SipHash-2-4 (Aumasson, Bernstein 2012): keyed hashes for initial sequence numbers, timestamp offsets and cookies.
 *
 * @module
 */

/** A 128-bit key: two little-endian 64-bit words. */
export interface SipKey {
  readonly k0: bigint;
  readonly k1: bigint;
}

const MASK = 0xffffffffffffffffn;

function rotl(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK;
}

/** Four state words of SipHash. */
class State {
  v0: bigint;
  v1: bigint;
  v2: bigint;
  v3: bigint;

  constructor(key: SipKey) {
    this.v0 = 0x736f6d6570736575n ^ key.k0;
    this.v1 = 0x646f72616e646f6dn ^ key.k1;
    this.v2 = 0x6c7967656e657261n ^ key.k0;
    this.v3 = 0x7465646279746573n ^ key.k1;
  }

  round(): void {
    this.v0 = (this.v0 + this.v1) & MASK;
    this.v1 = rotl(this.v1, 13n) ^ this.v0;
    this.v0 = rotl(this.v0, 32n);
    this.v2 = (this.v2 + this.v3) & MASK;
    this.v3 = rotl(this.v3, 16n) ^ this.v2;
    this.v0 = (this.v0 + this.v3) & MASK;
    this.v3 = rotl(this.v3, 21n) ^ this.v0;
    this.v2 = (this.v2 + this.v1) & MASK;
    this.v1 = rotl(this.v1, 17n) ^ this.v2;
    this.v2 = rotl(this.v2, 32n);
  }

  absorb(word: bigint): void {
    this.v3 ^= word;
    this.round();
    this.round();
    this.v0 ^= word;
  }
}

/** The 64-bit hash of `bytes`. */
export function siphash(bytes: Uint8Array, key: SipKey): bigint {
  const state = new State(key);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) state.absorb(view.getBigUint64(at, true));
  let last = BigInt(bytes.length & 0xff) << 56n;
  for (let i = whole; i < bytes.length; i++) last |= BigInt(bytes[i]!) << BigInt(8 * (i - whole));
  state.absorb(last);
  state.v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

/** A key of 16 octets. */
export function sipKey(bytes: Uint8Array): SipKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return { k0: view.getBigUint64(0, true), k1: view.getBigUint64(8, true) };
}

/** A random key. */
export function randomSipKey(random: () => number): SipKey {
  const word = () => (BigInt(random()) << 32n) | BigInt(random());
  return { k0: word(), k1: word() };
}
