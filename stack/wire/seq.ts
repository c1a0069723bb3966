/**
 * TCP sequence number arithmetic, modulo 2^32 (RFC 9293 section 3.4). All arguments and results are integers in
 * 0 … 2^32-1 unless said otherwise.
 *
 * @module
 */

/** Whether `a` comes before `b`; undefined order at a distance of exactly 2^31, where it says true, as Linux does. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** Whether `a` comes after `b`. */
export function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0;
}

/** `a < b`; the same as {@link before}. */
export function lt(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** `a <= b`. */
export function leq(a: number, b: number): boolean {
  return ((b - a) | 0) >= 0;
}

/** `a > b`; the same as {@link after}. */
export function gt(a: number, b: number): boolean {
  return ((b - a) | 0) < 0;
}

/** `a >= b`. */
export function geq(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

/** Whether `low <= seq <= high`, Linux's `between`. */
export function between(seq: number, low: number, high: number): boolean {
  return ((high - low) >>> 0) >= ((seq - low) >>> 0);
}

/** `a + n` modulo 2^32; `n` may be negative. */
export function add(a: number, n: number): number {
  return (a + n) >>> 0;
}

/** The signed distance `a - b`, in -2^31 … 2^31-1. */
export function diff(a: number, b: number): number {
  return (a - b) | 0;
}

/** The unsigned distance `a - b` modulo 2^32, in 0 … 2^32-1. */
export function distance(a: number, b: number): number {
  return (a - b) >>> 0;
}

/** The later of two sequence numbers. */
export function max(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? b : a;
}

/** The earlier of two sequence numbers. */
export function min(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? a : b;
}
