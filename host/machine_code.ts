/**
 * Reads the assembly listings into bytes and symbol offsets.
 *
 * @module
 */

/** Machine code with the offsets of its functions. */
export interface MachineCode {
  /** The bytes of all functions. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Function name to its offset in `code`. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** Parses a listing whose lines are `name:`, `1:` (a local label) or `hex | assembly`. */
export function parseListing(listing: string): MachineCode {
  const bytes: number[] = [];
  const symbols = new Map<string, number>();
  for (const line of listing.split("\n")) {
    if (line === "") continue;
    if (line.endsWith(":")) {
      const name = line.slice(0, -1);
      if (!/^\d/.test(name)) symbols.set(name, bytes.length);
      continue;
    }
    const hex = line.slice(0, line.indexOf("|")).trim();
    if (!/^([0-9a-f]{2})+$/.test(hex)) throw new SyntaxError(`Not a line of a machine code listing: ${line}`);
    for (let i = 0; i < hex.length; i += 2) bytes.push(parseInt(hex.slice(i, i + 2), 16));
  }
  return { code: new Uint8Array(bytes), symbols };
}
