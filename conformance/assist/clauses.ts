/**
 * RFC clauses as editors show them.
 *
 * @module
 */
import type { Catalogue } from "../requirements/catalogue.ts";

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

/** The clauses of a catalogue. */
export function clausesOf({ documents }: Catalogue): Clauses {
  return new Map(
    documents.flatMap(({ document, requirements }) =>
      requirements.map(({ id, section, level, text }) => [id, { document, section, level, text }] as const)
    ),
  );
}

/** A clause in one line, without its id. */
export function clauseText({ document, section, level, text }: Clause): string {
  const place = section.startsWith("RFC")
    ? document
    : /^[0-9A-Z](?:\.|$)|^[0-9]/.test(section)
    ? `${document} section ${section}`
    : `${document}, ${section}`;
  return `${place}, ${level}: ${text}`;
}
