/**
 * One copy of a file that holds all its mutants, each behind a switch: a stack is loaded once, and which fault it has is
 * chosen when a script runs.
 *
 * @module
 */
import ts from "typescript";
import type { SourceFile } from "../house/source_tree.ts";
import type { Mutant } from "./mutants.ts";

/** The switch's name in a copy. No source has such a one. */
const SWITCH = "ʘ";

/** The text of an expression with a choice before it for each mutant. */
function switchedExpression(inner: string, mutants: readonly Mutant[]): string {
  const choices = mutants.map(({ id, replacement }) => `${SWITCH}(${id}) ? (${replacement}) : `).join("");
  return `(${choices}${inner})`;
}

/** A statement that is left out while one of its mutants is on. */
function switchedStatement(inner: string, mutants: readonly Mutant[]): string {
  const conditions = mutants.map(({ id }) => `!${SWITCH}(${id})`).join(" && ");
  return `{ if (${conditions}) { ${inner} } }`;
}

class Instrumenter {
  readonly #at = new Map<string, Mutant[]>();

  constructor(private readonly file: SourceFile, mutants: readonly Mutant[]) {
    for (const mutant of mutants) {
      const key = `${mutant.start} ${mutant.end}`;
      const there = this.#at.get(key);
      if (there === undefined) this.#at.set(key, [mutant]);
      else there.push(mutant);
    }
  }

  render(node: ts.Node): string {
    const { text, tree } = this.file;
    const start = node.getStart(tree);
    const end = node.getEnd();
    let out = "";
    let done = start;
    ts.forEachChild(node, (child) => {
      const from = child.getStart(tree);
      if (from < done) return;
      out += text.slice(done, from) + this.render(child);
      done = child.getEnd();
    });
    out += text.slice(done, end);
    // The same span may be a statement and, without a semicolon, an expression.
    const mutants = this.#at.get(`${start} ${end}`)?.filter((mutant) => fits(node, mutant)) ?? [];
    if (mutants.length === 0) return out;
    return ts.isStatement(node) ? switchedStatement(out, mutants) : switchedExpression(out, mutants);
  }
}

function fits(node: ts.Node, { replacement }: Mutant): boolean {
  return replacement === "" ? ts.isStatement(node) : ts.isExpression(node);
}

/** The file's text with all `mutants` of it in; `module` is where it finds the switch. */
export function instrument(file: SourceFile, mutants: readonly Mutant[], module: string): string {
  if (mutants.length === 0) return file.text;
  const instrumenter = new Instrumenter(file, mutants);
  const { text, tree } = file;
  const head = text.slice(0, tree.getStart(tree));
  // On the first line, so that all others keep their numbers.
  return `import { isOn as ${SWITCH} } from "${module}"; ${head}${instrumenter.render(tree)}${
    text.slice(tree.getEnd())
  }`;
}

/** The file's text with one mutant in it, as somebody would have written it. */
export function plantMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + (replacement === "" ? ";" : replacement) + text.slice(end);
}
