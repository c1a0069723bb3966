/**
 * RFC clauses as editors show them.
 *
 * @module
 */
import type { Catalogue } from "../requirements/catalogue.ts";

/** By a clause's id: `(where it stands, how strong it is): what it asks`, in our own words. */
export type Clauses = ReadonlyMap<string, string>;

/** The clauses of a catalogue. */
export function clausesOf(catalogue: Catalogue): Clauses {
  return new Map(catalogue.requirements.map(({ id }) => [id, catalogue.describe(id).slice(id.length).trim()]));
}
