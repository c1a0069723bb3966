/**
 * Faults written by hand, as people make them: a patch of the code that carries a clause.
 *
 * @module
 */
import type { SourceFile } from "../house/source_tree.ts";
import { type Region, regionsOf } from "./regions.ts";

/** One fault to put into the stack. */
export interface Fault {
  /** Short, unique; what `deno task mutate NAME` takes. */
  readonly name: string;
  /** What the faulty stack does, and the clause it breaks. */
  readonly about: string;
  /**
   * Where it goes: the clause whose code it is in, wherever in the tree that is; a path of `stack/` for what no document
   * of the catalogue asks for.
   */
  readonly at: string;
  /** Text that stands exactly once there; blanks are all alike, and comments with a line to themselves are blanks. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
}

/** A fault that has nowhere to go. */
export class StaleFaultError extends Error {
  /** `StaleFaultError`. */
  override name = "StaleFaultError";
}

/** An edit of one file. */
export interface Patch {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The code that carries the clause, or what is patched of the file. */
  readonly code: string;
}

/** Where code carries which clause, over the whole tree. */
export class ClauseIndex {
  readonly #regions: ReadonlyMap<string, readonly Region[]>;
  readonly #files: ReadonlyMap<string, SourceFile>;

  /** Of the sources of the stack, tests left out. */
  constructor(readonly files: readonly SourceFile[]) {
    this.#regions = Map.groupBy(files.flatMap(regionsOf), ({ clause }) => clause);
    this.#files = new Map(files.map((file) => [file.path, file]));
  }

  /** The regions of a clause, none for one that no code carries. */
  regions(clause: string): readonly Region[] {
    return this.#regions.get(clause) ?? [];
  }

  /** All clauses that code carries. */
  get clauses(): readonly string[] {
    return [...this.#regions.keys()];
  }

  /** Clauses whose code a patch is in. */
  carriedAt({ path, start, end }: Patch): string[] {
    return this.clauses.filter((clause) =>
      this.regions(clause).some((region) => region.path === path && region.start <= start && region.end >= end)
    );
  }

  /** The text of a file of the tree. */
  text(path: string): string | undefined {
    return this.#files.get(path)?.text;
  }

  /** The code that carries a clause, in the order of the tree. */
  code(clause: string): string {
    return this.regions(clause).map(({ path, start, end }) => this.text(path)!.slice(start, end)).join("\n");
  }
}

/** What may stand where a fault has a blank: blanks, and comments with a line to themselves. */
const BLANKS = "(?:\\s+|(?<=\\n\\s*)//[^\\n]*\\n)+";

/** A pattern for a text whatever its blanks are. */
function pattern(text: string): RegExp {
  const parts = text.trim().split(/\s+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join(BLANKS), "g");
}

interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

function placesOf({ at }: Fault, index: ClauseIndex): readonly Place[] {
  if (!at.startsWith("stack/")) return index.regions(at);
  const text = index.text(at);
  return text === undefined ? [] : [{ path: at, start: 0, end: text.length }];
}

/**
 * Where a fault goes in the sources as they are.
 *
 * @throws {StaleFaultError} when its text does not stand exactly once in the code that carries its clause
 */
export function locate(fault: Fault, index: ClauseIndex): Patch {
  const found = new Map<string, Patch>();
  for (const { path, start, end } of placesOf(fault, index)) {
    const code = index.text(path)!.slice(start, end);
    for (const match of code.matchAll(pattern(fault.find))) {
      const from = start + match.index;
      const to = from + match[0].length;
      // Regions of one clause may lie in each other.
      const wide = found.get(`${path} ${from}`)?.code ?? "";
      const around = fault.at.startsWith("stack/") ? match[0] : code.length > wide.length ? code : wide;
      found.set(`${path} ${from}`, { path, start: from, end: to, replacement: fault.replace.trim(), code: around });
    }
  }
  const [patch, ...others] = found.values();
  if (patch !== undefined && others.length === 0) return patch;
  throw new StaleFaultError(
    `fault ${fault.name}: ${JSON.stringify(fault.find)} stands ${found.size} times in the code that carries ` +
      `${fault.at}, not once; change its \`find\` to what the source says now`,
  );
}

/** The source with a patch in it. */
export function planted(text: string, { start, end, replacement }: Patch): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
