/**
 * Faults that may prove a claim.
 *
 * @module
 */
import { type ClauseIndex, type Fault, locate } from "../mutate/fault.ts";
import type { Mutant } from "../mutate/mutants.ts";
import type { MechanicalProof } from "./proofs.ts";

/** Characters of a text that a proof keeps. */
const KEPT = 80;

function kept(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > KEPT ? `${line.slice(0, KEPT)}…` : line;
}

function keyOf(operator: string, text: string, to: string): string {
  return `${operator}\0${text}\0${to}`;
}

/** The mechanical changes of the code that carries a clause, by what a proof calls them. */
export class Candidates {
  readonly #byClause: ReadonlyMap<string, readonly Mutant[]>;
  readonly #faults: ReadonlyMap<string, readonly Fault[]>;

  /** Of all mutants and faults of the tree; `index` says which clauses the code of a fault carries. */
  constructor(mutants: readonly Mutant[], faults: readonly Fault[], index?: ClauseIndex) {
    const byClause = new Map<string, Mutant[]>();
    for (const mutant of mutants) {
      for (const clause of mutant.clauses) {
        const own = byClause.get(clause);
        if (own === undefined) byClause.set(clause, [mutant]);
        else own.push(mutant);
      }
    }
    this.#byClause = byClause;
    const byHand = new Map<string, Fault[]>();
    for (const fault of faults) {
      // Code may carry several clauses: a fault in it is one of each.
      const clauses = index === undefined ? [fault.at] : index.carriedAt(locate(fault, index));
      for (const clause of clauses) byHand.set(clause, [...byHand.get(clause) ?? [], fault]);
    }
    this.#faults = byHand;
  }

  /** Mechanical changes, in the order of the tree. */
  mechanical(clause: string): readonly Mutant[] {
    return this.#byClause.get(clause) ?? [];
  }

  /** Faults written by hand. */
  byHand(clause: string): readonly Fault[] {
    return this.#faults.get(clause) ?? [];
  }

  /** What a proof calls `mutant`, among the code of `clause`. */
  name(clause: string, mutant: Mutant): Omit<MechanicalProof, "hash"> {
    const { operator } = mutant;
    const [text, to] = [kept(mutant.text), kept(mutant.replacement)];
    const nth = this.#alike(clause, operator, text, to).indexOf(mutant);
    return { operator, text, to, ...(nth > 0 ? { nth } : {}) };
  }

  /** The change that a proof is about; nothing where the code has no such any more. */
  find(clause: string, { operator, text, to, nth = 0 }: Omit<MechanicalProof, "hash">): Mutant | undefined {
    return this.#alike(clause, operator, text, to)[nth];
  }

  #alike(clause: string, operator: string, text: string, to: string): Mutant[] {
    const key = keyOf(operator, text, to);
    return this.mechanical(clause).filter((each) =>
      keyOf(each.operator, kept(each.text), kept(each.replacement)) === key
    );
  }
}
