/**
 * What the page knows of RFC clauses.
 *
 * @module
 */
import type { Clauses } from "../../conformance/assist/clauses.ts";

/** Before they are there. */
export const NO_CLAUSES: Clauses = new Map();
