/**
 * SipHash-2-4 with a 128-bit key (Aumasson and Bernstein, 2012).
 *
 * @module
 */

const MASK = (1n << 64n) - 1n;

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

/** A keyed hash. */
export class SipHash {
  /** The hash under the key of two little-endian 64-bit words. */
  constructor(private readonly key0: bigint, private readonly key1: bigint) {}

  /** A hash under a random key. */
  static random(random: () => number): SipHash {
    const word = () => (BigInt(random()) << 32n) | BigInt(random());
    return new SipHash(word(), word());
  }

  /** A hash under a key of 16 octets. */
  static fromKey(key: Uint8Array): SipHash {
    const view = new DataView(key.buffer, key.byteOffset, 16);
    return new SipHash(view.getBigUint64(0, true), view.getBigUint64(8, true));
  }

  /** The low 32 bits. */
  hash(message: Uint8Array): number {
    return Number(this.hash64(message) & 0xffffffffn);
  }

  /** All 64 bits. */
  hash64(message: Uint8Array): bigint {
    let v0 = 0x736f6d6570736575n ^ this.key0;
    let v1 = 0x646f72616e646f6dn ^ this.key1;
    let v2 = 0x6c7967656e657261n ^ this.key0;
    let v3 = 0x7465646279746573n ^ this.key1;
    const round = () => {
      v0 = (v0 + v1) & MASK;
      v1 = rotate(v1, 13n) ^ v0;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v3) & MASK;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = (v0 + v3) & MASK;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = (v2 + v1) & MASK;
      v1 = rotate(v1, 17n) ^ v2;
      v2 = rotate(v2, 32n);
    };
    const whole = message.length - message.length % 8;
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const absorb = (word: bigint) => {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    };
    for (let at = 0; at < whole; at += 8) absorb(view.getBigUint64(at, true));
    let last = BigInt(message.length & 0xff) << 56n;
    for (let at = whole; at < message.length; at++) last |= BigInt(message[at]!) << BigInt(8 * (at - whole));
    absorb(last);
    v2 ^= 0xffn;
    for (let i = 0; i < 4; i++) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
