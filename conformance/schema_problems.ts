/**
 * What is wrong with a document, in bounded words.
 *
 * @module
 */
import { z } from "zod";

/** So many problems are told: a document of another kind has one in every line. */
const MAX_TOLD = 8;

/** The problems that zod found, the first of them. */
export function describeProblems(error: z.ZodError): string {
  const told = z.prettifyError(new z.ZodError(error.issues.slice(0, MAX_TOLD)));
  const more = error.issues.length - MAX_TOLD;
  return more > 0 ? `${told}\nand ${more} more ${more === 1 ? "problem" : "problems"}` : told;
}
