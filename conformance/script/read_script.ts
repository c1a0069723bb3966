/**
 * Reading scripts: whatever a path leads to, it takes bounded time and memory.
 *
 * @module
 */

import { readBounded } from "../bounded_file.ts";

/** No script is larger than this, octets. */
const MAX_SCRIPT = 16 << 20;

/** Throws with the line at which octets are not UTF-8. */
function requireUtf8(bytes: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const next = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(start, next));
    } catch {
      throw new Error(`line ${line} is not UTF-8: convert it first (iconv -f latin1 -t utf-8)`);
    }
    start = next;
  }
}

/**
 * A script's text. Throws where the file can't be one; with `exactly`, also where it is not all UTF-8: what is not can be
 * run, but not written as it was.
 */
export async function readScript(path: string, exactly = false): Promise<string> {
  const bytes = await readBounded(path, MAX_SCRIPT, "a script");
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new Error(`no text file (octet ${zero} is zero)`);
  const text = new TextDecoder().decode(bytes);
  if (exactly) requireUtf8(bytes);
  return text;
}
