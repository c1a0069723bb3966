/** What every node of the syntax tree has. Exported through `syntax.ts`. */

/** A stretch of source text. Offsets are UTF-16 code units, `end` is exclusive; lines and columns count from 1. */
export interface Span {
  /** First character. */
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
  /** Line of the first character. */
  readonly line: number;
  /** Column of the first character. */
  readonly column: number;
  /** Line of the last character. */
  readonly endLine: number;
  /** Column just behind the last character. */
  readonly endColumn: number;
}

/** Anything that knows where it was written. */
export interface Node {
  /** Where it was written. */
  readonly span: Span;
}
