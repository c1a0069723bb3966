/**
 * Shell commands as trees, by the parser `unbash`.
 *
 * @module
 */
import { parse, type ParsedScript } from "unbash";
import { ShellError } from "./control.ts";

/** Trees kept: scripts share their set-up commands. */
const MAX_TREES = 256;

/** Throws {@link ShellError} if a tree has faults. */
export function checkTree(tree: ParsedScript, text: string): ParsedScript {
  const fault = tree.errors?.[0];
  if (fault === undefined) return tree;
  const line = text.slice(0, fault.pos).split("\n").length;
  throw new ShellError(`line ${line}: syntax error: ${fault.message}`, 2);
}

/** Trees by text. */
export class ShellTrees {
  readonly #trees = new Map<string, ParsedScript>();

  /** The tree of a text. Throws {@link ShellError}. */
  get(text: string): ParsedScript {
    let tree = this.#trees.get(text);
    if (tree === undefined) {
      tree = parse(text);
      if (this.#trees.size < MAX_TREES) this.#trees.set(text, tree);
    }
    return checkTree(tree, text);
  }
}
