/**
 * The last lines of a booted kernel's console: what it said before it died.
 *
 * @module
 */

/** Lines that are kept. */
const LINES = 200;
const LONGEST_LINE = 500;
/** Lines that are shown. */
const SHOWN = 12;

/** Keeps the end of a stream of text. */
export class ConsoleTail {
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  #rest = "";

  /** More of it. */
  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r*\n/);
    this.#rest = lines.pop()!.slice(0, LONGEST_LINE);
    this.#lines = [...this.#lines, ...lines.map((line) => line.slice(0, LONGEST_LINE))].slice(-LINES);
  }

  /** Its last lines. Of a panic: what it was, and no addresses. */
  last(): string[] {
    const lines = [...this.#lines, this.#rest].map((line) => line.trimEnd()).filter((line) => line !== "");
    const panic = lines.findIndex((line) => line.includes("Kernel panic"));
    const end = panic < 0 ? lines.length : panic + 1;
    return lines.slice(Math.max(0, end - SHOWN), end);
  }
}
