/**
 * MD5 (RFC 1321), which the signature option of RFC 2385 is made with. Not for anything that has to be secure today.
 *
 * @module
 */

/** Octets of a digest. */
export const DIGEST_LENGTH = 16;
const BLOCK = 64;

/** How far each step turns, by round (RFC 1321 section 3.4). */
const TURNS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;
/** T[i] = floor(2^32 × |sin(i + 1)|). */
const SINES: readonly number[] = Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))));

/** The digest of `parts`, one after the other. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = new Uint8Array((Math.floor((length + 8) / BLOCK) + 1) * BLOCK);
  let at = 0;
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(length) * 8n, true);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < padded.length; block += BLOCK) digestBlock(view, block, state);
  const digest = new Uint8Array(DIGEST_LENGTH);
  const out = new DataView(digest.buffer);
  state.forEach((word, i) => out.setUint32(4 * i, word, true));
  return digest;
}

function digestBlock(view: DataView, block: number, state: Uint32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const mixed = round === 0
      ? (b & c) | (~b & d)
      : round === 1
      ? (b & d) | (c & ~d)
      : round === 2
      ? b ^ c ^ d
      : c ^ (b | ~d);
    const word = [step, 5 * step + 1, 3 * step + 5, 7 * step][round]! & 15;
    const sum = (a + mixed + SINES[step]! + view.getUint32(block + 4 * word, true)) | 0;
    const turn = TURNS[round]![step & 3]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}
