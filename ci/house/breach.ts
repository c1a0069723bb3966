/**
 * What a rule of the house finds.
 *
 * @module
 */

/** The rules that are checked. `docs/architecture.md` says each in words. */
export type Rule =
  | "border"
  | "floor"
  | "circle"
  | "state"
  | "ambient"
  | "dlopen"
  | "portable"
  | "offset"
  | "long-file"
  | "long-function"
  | "large-object";

/** One place where a rule does not hold. */
export interface Breach {
  readonly rule: Rule;
  /** Path from the root of the tree. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  /** What is wrong there. */
  readonly message: string;
  /** What the exceptions know it by: the path, or path and name of a function or an object. */
  readonly subject: string;
  /** How bad it is: breaches of one subject are added up. A count, or a number of lines. */
  readonly size: number;
}
