/**
 * Proofs of claims: for a script and a clause that it names, a fault in the code that carries the clause under which the
 * script fails.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";

/** A mechanical change, by what it changes: wherever the code that carries the clause moves, it goes with it. */
const mechanical = z.strictObject({
  operator: z.enum(["comparison", "boundary", "boolean", "constant", "drop", "swap"]),
  /** The text that is changed, and what takes its place; long ones cut. */
  text: z.string(),
  to: z.string(),
  /** Which of those with this text, from 0. */
  nth: z.number().int().nonnegative().optional(),
  /** Of the script and of the code, when it was proven. */
  hash: z.string(),
});

const byHand = z.strictObject({
  /** Name of a fault written by hand. */
  fault: z.string(),
  hash: z.string(),
});

const proof = z.union([mechanical, byHand]);
/** One proof. */
export type Proof = z.infer<typeof proof>;
/** One by a mechanical change. */
export type MechanicalProof = z.infer<typeof mechanical>;

const byClause = <T extends z.ZodType>(value: T) => z.record(z.string(), z.record(z.string(), value));

const proofFile = z.strictObject({ schema: z.literal(1), proofs: byClause(proof) });
const reasonFile = z.strictObject({
  schema: z.literal(1),
  /** By script and clause: why there is no fault to prove it by. */
  reasons: byClause(z.string().min(20)),
});
const allowanceFile = z.strictObject({
  schema: z.literal(1),
  /** Claims without a proof, by folder of the scripts. May only shrink. */
  unproven: z.record(z.string(), z.number().int().positive()),
});

/** By script, then by clause. */
export type ByClaim<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/** A file of proofs that can't be used. */
export class ProofFileError extends Error {
  /** `ProofFileError`. */
  override name = "ProofFileError";
}

function parse<T>(schema: z.ZodType<T>, name: string, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProofFileError(`${name}: not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ProofFileError(`${name}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The proofs in a file's text. */
export function parseProofs(name: string, text: string): ByClaim<Proof> {
  return parse(proofFile, name, text).proofs;
}

/** The reasons in a file's text. */
export function parseReasons(name: string, text: string): ByClaim<string> {
  return parse(reasonFile, name, text).reasons;
}

/** The allowance in a file's text. */
export function parseAllowance(name: string, text: string): Readonly<Record<string, number>> {
  return parse(allowanceFile, name, text).unproven;
}

/** What a proof stands and falls with: the script and the code that carries the clause. */
export function hashOf(script: string, code: string): string {
  return createHash("sha256").update(script).update("\0").update(code).digest("hex").slice(0, 12);
}

/** The text of a file of proofs, in the order of scripts and clauses, a proof a line. */
export function renderProofs(proofs: ByClaim<Proof>): string {
  const scripts = Object.keys(proofs).sort().filter((script) => Object.keys(proofs[script]!).length > 0);
  const lines = scripts.map((script) => {
    const own = proofs[script]!;
    const each = Object.keys(own).sort().map((clause) =>
      `      ${JSON.stringify(clause)}: ${JSON.stringify(own[clause])}`
    );
    return `    ${JSON.stringify(script)}: {\n${each.join(",\n")}\n    }`;
  });
  return `{\n  "schema": 1,\n  "proofs": {\n${lines.join(",\n")}\n  }\n}\n`;
}
