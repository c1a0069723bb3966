/**
 * The memory of the program that makes calls: lengths that a call is told, and the octets that are behind them.
 *
 * @module
 */
/** Most octets that one call moves (`MAX_RW_COUNT`). */
export const MAX_RW_COUNT = 0x7ffff000;
/** Octets of zeros that may stand for what a program says that it has; a call that is told more has bad memory. */
export const MAX_PADDED: number = 1 << 28;

/**
 * A length that no memory of the program's can have: it goes with a pointer that leads nowhere, and most calls take no
 * more of it than a call moves at most.
 */
function isOutside(length: number): boolean {
  return length < 0 || length > MAX_PADDED;
}

/** What a call takes of the length that it is told. */
export function taken(length: number): number {
  return length < 0 ? MAX_RW_COUNT : Math.min(length, MAX_RW_COUNT);
}

/** Whether there is memory to receive into. */
export function hasRoom(buffer: boolean, length: number): boolean {
  return buffer && !isOutside(length);
}

/** The memory behind a length, `null` where there can't be any. */
export function memory(data: Uint8Array | null, length: number): Uint8Array | null {
  return data !== null && isOutside(length) && data.length < taken(length) ? null : data;
}

/** `data` cut or zero-filled to `length` octets. */
export function fit(data: Uint8Array, length: number): Uint8Array {
  const wanted = Math.min(length, MAX_RW_COUNT);
  if (data.length >= wanted) return data.subarray(0, wanted);
  const padded = new Uint8Array(wanted);
  padded.set(data);
  return padded;
}

/** Whether a vector has a length that no memory has. */
export function hasNegative(lengths: readonly number[]): boolean {
  return lengths.some((length) => length < 0);
}
