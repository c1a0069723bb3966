/**
 * Where `deno task pkt` writes.
 *
 * @module
 */

/** Where the command writes. */
export interface PktOutput {
  out(text: string): void;
  err(text: string): void;
}
