/**
 * What the page knows of RFC clauses.
 *
 * @module
 */
import type { Clause, Clauses } from "../../conformance/assist/clauses.ts";

/** Clauses by their ids; empty until they are there. */
export type KnownClauses = Clauses;

/** Marks the element that tells of a clause, with its id. */
export const CLAUSE_ELEMENT = "data-clause";

/** No clause. */
export const NO_CLAUSES: ReadonlyMap<string, Clause> = new Map();
