/**
 * Assignments.
 *
 * @module
 */
import type { Assignment, Command as CommandTree } from "unbash";
import { UnsupportedError } from "../../target.ts";
import { type Run, ShellError } from "./control.ts";
import type { Expander } from "./expand.ts";
import type { ShellState } from "./state.ts";

/** Makes assignments in one shell. */
export class Assignments {
  constructor(private readonly state: ShellState, private readonly expander: Expander) {}

  /** `export NAME=VALUE`: the value is not split. */
  *word(node: Assignment): Run<string> {
    if (node.value.type === "ArrayValue" || node.index !== undefined) {
      throw new UnsupportedError(`shell: declaration ${node.text}`);
    }
    return `${node.name}${node.append === true ? "+" : ""}=${yield* this.expander.text(node.value)}`;
  }

  /** `NAME=VALUE`, `NAME=(…)`, `NAME[i]=VALUE`. */
  *assign(node: Assignment): Run<void> {
    const { state, expander } = this;
    if (node.value.type === "ArrayValue") {
      const list = node.append === true ? [...state.list(node.name)] : [];
      for (const word of node.value.elements) list.push(...yield* expander.fields(word));
      if (!state.set(node.name, list)) throw new ShellError(`${node.name}: readonly variable`, 1);
      return;
    }
    const text = yield* expander.text(node.value);
    const index = node.index === undefined
      ? undefined
      : Number(yield* expander.arithmetic.text(yield* expander.text(node.index)));
    expander.assign(node.name, node.append === true ? (state.get(node.name, index) ?? "") + text : text, index);
  }

  /** `NAME=VALUE command`: the variable is the command's, and what it was before afterwards. */
  *during(node: CommandTree, run: () => Run<number>): Run<number> {
    const own = node.prefix.filter((part): part is Assignment => part.type === "Assignment");
    if (own.length === 0) return yield* run();
    const { variables, exported } = this.state;
    const before = own.map(({ name }) => [name, variables.get(name), exported.has(name)] as const);
    for (const part of own) {
      yield* this.assign(part);
      exported.add(part.name);
    }
    try {
      return yield* run();
    } finally {
      for (const [name, value, wasExported] of before) {
        if (value === undefined) variables.delete(name);
        else variables.set(name, value);
        if (!wasExported) exported.delete(name);
      }
    }
  }
}
