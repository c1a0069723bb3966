/**
 * Writing to a standard stream: a reader that went away (`| head`) is no failure, and anything else that goes wrong is told
 * once, in words.
 *
 * @module
 */

/** A stream of the process, as Deno has it. */
export interface WritableStreamOfProcess {
  /** Octets taken. */
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();
/** A pipe that somebody else made non-blocking is tried again so often, ms, and so long at most. */
const RETRY_MS = 5;
const PATIENCE_MS = 10_000;

/** A standard stream. Nothing more is written once it can't be. */
export class StandardStream {
  /** Why what was to be written is not there; absent if it is, or if nobody wants to read it any more. */
  problem: string | undefined;
  #open = true;

  constructor(private readonly stream: WritableStreamOfProcess) {}

  /** Whether there is still somebody to write to. */
  get open(): boolean {
    return this.#open;
  }

  /** Writes text. Never throws. */
  write(text: string): void {
    this.writeBytes(encoder.encode(text));
  }

  /** Writes octets. Never throws. */
  writeBytes(bytes: Uint8Array): void {
    if (!this.#open) return;
    try {
      this.#writeAll(bytes);
    } catch (error) {
      this.#open = false;
      if (error instanceof Deno.errors.BrokenPipe) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  #writeAll(bytes: Uint8Array): void {
    let waited = 0;
    for (let at = 0; at < bytes.length;) {
      try {
        at += this.stream.writeSync(bytes.subarray(at));
        waited = 0;
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock) || waited >= PATIENCE_MS) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        waited += RETRY_MS;
      }
    }
  }
}
