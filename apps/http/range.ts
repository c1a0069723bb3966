/**
 * Byte ranges (RFC 9110 section 14).
 *
 * @module
 */

/** Octets `[start, end)` of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that a `Range` field asks for of `size` octets. `undefined`: the whole, because there is no such field, it is
 * not understood, or it asks for several parts, which a server need not give. `"unsatisfiable"`: status 416.
 */
export function parseRange(field: string | undefined, size: number): ByteRange | undefined | "unsatisfiable" {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(field ?? "");
  if (match === null) return undefined;
  const [, first, last] = match;
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
