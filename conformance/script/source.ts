/** Source text with a line table: from offsets to lines and columns. */
import type { Span } from "./syntax.ts";

/** A script's text. Lines are ended by `\n` alone, as packetdrill counts them. */
export class SourceText {
  readonly #lineStarts: number[] = [0];

  /** Path for messages, and the text. */
  constructor(readonly path: string, readonly text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Number of lines, an empty last one included. */
  get lineCount(): number {
    return this.#lineStarts.length;
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset of the first character of a line. */
  lineStart(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  /** Text of a line without its end. */
  lineText(line: number): string {
    const start = this.lineStart(line);
    const next = this.#lineStarts[line];
    const text = this.text.slice(start, next === undefined ? this.text.length : next - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }

  /** The span of `start` (inclusive) to `end` (exclusive). */
  span(start: number, end: number): Span {
    const line = this.lineAt(start);
    const endLine = this.lineAt(Math.max(start, end - 1));
    return {
      start,
      end,
      line,
      column: start - this.lineStart(line) + 1,
      endLine,
      endColumn: end - this.lineStart(endLine) + 1,
    };
  }
}
