/**
 * `[[ … ]]`.
 *
 * @module
 */
import type { TestExpression } from "unbash";
import { binary, ConditionError, unary } from "./conditions.ts";
import type { Run } from "./control.ts";
import type { Expander } from "./expand.ts";
import { conditionContext } from "./files_view.ts";
import { matchesPattern } from "./pattern.ts";
import { posixRegExp } from "./regular_expression.ts";
import type { ShellState } from "./state.ts";
import type { Descriptors } from "./streams.ts";
import type { ShellWorld } from "./world.ts";

/** What it needs of its shell. */
export interface TestHost {
  readonly world: ShellWorld;
  readonly state: ShellState;
  readonly expander: Expander;
  readonly io: Descriptors;
  path(path: string): string;
}

/** Evaluates `[[ … ]]` for one shell. */
export class TestCommand {
  constructor(private readonly host: TestHost) {}

  /** Status: 0 if it holds, 1 if not, 2 if it can't be evaluated. */
  *status(expression: TestExpression): Run<number> {
    try {
      return (yield* this.#holds(expression)) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      this.host.io.write(2, `${this.host.state.name}: [[: ${error.message}\n`);
      return 2;
    }
  }

  *#holds(node: TestExpression): Run<boolean> {
    switch (node.type) {
      case "TestGroup":
        return yield* this.#holds(node.expression);
      case "TestNot":
        return (yield* this.#holds(node.operand)) === (node.negations.length % 2 === 0);
      case "TestLogical": {
        for (const operand of node.operands) {
          if ((yield* this.#holds(operand)) === (node.operator === "||")) return node.operator === "||";
        }
        return node.operator === "&&";
      }
      case "TestUnary":
        return unary(node.operator, yield* this.host.expander.text(node.operand), conditionContext(this.host));
      case "TestBinary":
        return yield* this.#compare(node);
    }
  }

  *#compare(node: Extract<TestExpression, { type: "TestBinary" }>): Run<boolean> {
    const left = yield* this.host.expander.text(node.left);
    const { operator } = node;
    if (operator === "=~") return yield* this.#matches(left, yield* this.host.expander.regularExpression(node.right));
    if (operator === "==" || operator === "=" || operator === "!=") {
      return matchesPattern(yield* this.host.expander.pattern(node.right), left) === (operator !== "!=");
    }
    const right = yield* this.host.expander.text(node.right);
    if (!operator.startsWith("-")) return binary(left, operator, right);
    const numbers = [
      yield* this.host.expander.arithmetic.text(left),
      yield* this.host.expander.arithmetic.text(right),
    ] as const;
    return binary("0", operator, "1", (text) => numbers[Number(text)]!);
  }

  // deno-lint-ignore require-yield -- the same interface as the other comparisons
  *#matches(text: string, pattern: string): Run<boolean> {
    let match: RegExpExecArray | null;
    try {
      match = posixRegExp(pattern, true).exec(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new ConditionError(`invalid regular expression \`${pattern}'`);
    }
    this.host.state.variables.set("BASH_REMATCH", match === null ? [] : Array.from(match, (group) => group ?? ""));
    return match !== null;
  }
}
