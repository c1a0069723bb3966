/**
 * How the stack's connections fare, into a file as JSON lines.
 *
 * @module
 */
import type { TraceEntry } from "../stack/tcp/trace.ts";
import { messageOf, UserError } from "./user_error.ts";

/** Lines are kept back until they are so many octets. */
const ENOUGH = 1 << 15;
const encoder = new TextEncoder();

/** A file of traces. Disposed, it has everything that it was told. */
export class TraceFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #onError: (error: unknown) => void;
  #lines = "";
  #open = true;

  /** Opens it anew. Throws {@link UserError}. `onError` is told once where it can't be written any more. */
  constructor(path: string, onError: (error: unknown) => void) {
    try {
      this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    } catch (error) {
      throw new UserError(`--trace ${path}: ${messageOf(error)}`);
    }
    this.#onError = onError;
  }

  /** Notes an entry. */
  add(entry: TraceEntry): void {
    if (!this.#open) return;
    this.#lines += `${JSON.stringify(entry)}\n`;
    if (this.#lines.length >= ENOUGH) this.#flush();
  }

  #flush(): void {
    try {
      const octets = encoder.encode(this.#lines);
      for (let at = 0; at < octets.length;) at += this.#file.writeSync(octets.subarray(at));
    } catch (error) {
      this.#open = false;
      this.#file.close();
      this.#onError(error);
    }
    this.#lines = "";
  }

  /** Writes what is kept back, and closes the file. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#flush();
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }
}
