/**
 * Mechanical mutants of a tree: every change of every node, with the clauses whose code it is in.
 *
 * @module
 */
import type { SourceFile } from "../house/source_tree.ts";
import { lineOf } from "../house/source_tree.ts";
import { changeables, type Operator } from "./operators.ts";
import { type Region, regionsOf } from "./regions.ts";

/** One fault: an edit of one file. */
export interface Mutant {
  /** Its number in the run; 0 is the stack as it is. */
  readonly id: number;
  readonly path: string;
  readonly line: number;
  readonly operator: Operator;
  /** What is changed, and what takes its place. */
  readonly text: string;
  readonly replacement: string;
  readonly start: number;
  readonly end: number;
  /** Clauses whose code it is in. */
  readonly clauses: readonly string[];
}

/** Whether what starts and ends there lies in the region. */
function within({ start, end }: Region, from: number, to: number): boolean {
  return from >= start && to <= end;
}

/** All mutants of `files` that `wanted` lets through, numbered from 1. */
export function mutantsOf(files: readonly SourceFile[], wanted: (mutant: Mutant) => boolean = () => true): Mutant[] {
  const mutants: Mutant[] = [];
  for (const file of files) {
    const regions = regionsOf(file);
    for (const { node, changes } of changeables(file.tree)) {
      const [start, end] = [node.getStart(file.tree), node.getEnd()];
      const clauses = [...new Set(regions.filter((region) => within(region, start, end)).map(({ clause }) => clause))];
      for (const { operator, replacement } of changes) {
        const mutant: Mutant = {
          id: mutants.length + 1,
          path: file.path,
          line: lineOf(file.tree, node),
          operator,
          text: file.text.slice(start, end),
          replacement,
          start,
          end,
          clauses,
        };
        if (wanted(mutant)) mutants.push(mutant);
      }
    }
  }
  return mutants;
}

const SHOWN = 60;

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** A mutant in a line. */
export function describeMutant({ path, line, operator, text, replacement }: Mutant): string {
  return `${path}:${line} ${operator}: ${short(text)} → ${replacement === "" ? "nothing" : short(replacement)}`;
}
