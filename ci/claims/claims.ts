/**
 * Where each claim stands: proven, with a reason, to be proven again, or without a proof.
 *
 * @module
 */
import type { ClaimingScript } from "../mutate/claims.ts";
import type { ClauseIndex } from "../mutate/fault.ts";
import { type ByClaim, hashOf, type Proof } from "./proofs.ts";

/** A script and a clause that it names. */
export interface Claim {
  readonly script: string;
  readonly clause: string;
  /** Of the script and of the code that carries the clause, as they are now. */
  readonly hash: string;
}

/** Claims by how they stand. */
export interface Standings {
  /** The proof is of the script and the code as they are. */
  readonly proven: readonly Claim[];
  /** There is a reason why there is no proof. */
  readonly reasoned: readonly Claim[];
  /** Script or code changed since it was proven. */
  readonly stale: readonly Claim[];
  /** No proof, though code carries the clause. */
  readonly unproven: readonly Claim[];
  /** No code carries the clause. */
  readonly uncarried: readonly Claim[];
}

/** All claims of `scripts`. */
export function allClaims(scripts: readonly ClaimingScript[], index: ClauseIndex): Claim[] {
  return scripts.flatMap(({ path, text, clauses }) =>
    clauses.map((clause) => ({ script: path, clause, hash: hashOf(text, index.code(clause)) }))
  );
}

/** How each claim stands. */
export function standingsOf(
  claims: readonly Claim[],
  index: ClauseIndex,
  proofs: ByClaim<Proof>,
  reasons: ByClaim<string>,
): Standings {
  const by = Map.groupBy(claims, ({ script, clause, hash }): keyof Standings => {
    const proof = proofs[script]?.[clause];
    if (proof !== undefined) return proof.hash === hash ? "proven" : "stale";
    if (reasons[script]?.[clause] !== undefined) return "reasoned";
    return index.regions(clause).length === 0 ? "uncarried" : "unproven";
  });
  const list = (standing: keyof Standings) => by.get(standing) ?? [];
  return {
    proven: list("proven"),
    reasoned: list("reasoned"),
    stale: list("stale"),
    unproven: list("unproven"),
    uncarried: list("uncarried"),
  };
}

/** Entries about scripts that do not exist, or do not name the clause. */
export function strayEntries(claims: readonly Claim[], entries: ByClaim<unknown>, what: string): string[] {
  const known = new Set(claims.map(({ script, clause }) => `${script} ${clause}`));
  return Object.entries(entries).flatMap(([script, own]) =>
    Object.keys(own).filter((clause) => !known.has(`${script} ${clause}`)).map((clause) =>
      `${what}: ${script} does not claim ${clause}`
    )
  );
}

/** Counts by folder of the scripts. */
export function countByFolder(claims: readonly Claim[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const folders = claims.map(({ script }) => script.split("/").slice(0, -1).join("/")).sort();
  for (const folder of folders) counts[folder] = (counts[folder] ?? 0) + 1;
  return counts;
}

/** What of the counts is not allowed, and what of the allowance is no longer needed. */
export function compareCounts(
  counts: Readonly<Record<string, number>>,
  allowed: Readonly<Record<string, number>>,
): { readonly tooMany: readonly string[]; readonly spare: readonly string[] } {
  const folders = [...new Set([...Object.keys(counts), ...Object.keys(allowed)])].sort();
  const [tooMany, spare]: [string[], string[]] = [[], []];
  for (const folder of folders) {
    const [is, may] = [counts[folder] ?? 0, allowed[folder] ?? 0];
    if (is > may) tooMany.push(`${folder}: ${is} claims have no proof, ${may} are allowed`);
    if (is < may) spare.push(`${folder}: ${is} claims have no proof, the allowance says ${may}: it may only shrink`);
  }
  return { tooMany, spare };
}
