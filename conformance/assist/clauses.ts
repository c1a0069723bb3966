/**
 * RFC clauses as editors show them.
 *
 * @module
 */

/** What a clause asks for. */
export interface Clause {
  /** As `RFC 9293`. */
  readonly document: string;
  readonly section: string;
  /** MUST, SHOULD NOT … */
  readonly level: string;
  /** Our paraphrase; the document itself governs. */
  readonly text: string;
}

/** Clauses by their ids. */
export type Clauses = ReadonlyMap<string, Clause>;
