/**
 * A seeded generator of random numbers (sfc32), so that a run can be repeated.
 *
 * @module
 */

/** A function that returns uniform 32-bit unsigned numbers, the same ones for the same seed. Not for secrets. */
export function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  // The first outputs still show the seed.
  for (let i = 0; i < 12; i++) next();
  return next;
}
