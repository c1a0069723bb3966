/**
 * Runs the tree of a code block.
 *
 * @module
 */
import { combine, compare, signed } from "./arithmetic.ts";
import { call, FUNCTIONS, OTHER_NAMES } from "./functions.ts";
import { type Expression, type Statement, UnknownConstruct } from "./syntax.ts";
import { isSequence, isTrue, numberIn, PythonError, textOf, typeName, type Value } from "./values.ts";

/** What blocks have in common: their variables, and where they print. */
export interface Space {
  readonly variables: Map<string, Value>;
  print(text: string): void;
}

/** Runs statements. Throws {@link PythonError}, and {@link UnknownConstruct} for what is not understood. */
export function execute(statements: readonly Statement[], space: Space): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case "assert":
        if (!isTrue(evaluate(statement.condition, space))) {
          const { message } = statement;
          throw new PythonError("AssertionError", message === undefined ? "" : textOf(evaluate(message, space)));
        }
        break;
      case "assign": {
        const value = evaluate(statement.value, space);
        for (const name of statement.names) space.variables.set(name, value);
        break;
      }
      case "update": {
        const before = evaluate({ kind: "name", name: statement.name }, space);
        space.variables.set(statement.name, combine(statement.operator, before, evaluate(statement.value, space)));
        break;
      }
      case "expression":
        evaluate(statement.value, space);
        break;
      case "if":
        execute(isTrue(evaluate(statement.condition, space)) ? statement.yes : statement.no, space);
    }
  }
}

function evaluate(expression: Expression, space: Space): Value {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "name":
      return lookUp(expression.name, space);
    case "sequence":
      return { type: expression.type, items: expression.items.map((item) => evaluate(item, space)) };
    case "unary": {
      const value = evaluate(expression.operand, space);
      return expression.operator === "not" ? !isTrue(value) : signed(expression.operator, value);
    }
    case "binary": {
      const left = evaluate(expression.left, space);
      return combine(expression.operator, left, evaluate(expression.right, space));
    }
    case "logical": {
      const left = evaluate(expression.left, space);
      return isTrue(left) === (expression.operator === "and") ? evaluate(expression.right, space) : left;
    }
    case "comparison":
      return chain(expression, space);
    case "choice":
      return evaluate(isTrue(evaluate(expression.condition, space)) ? expression.yes : expression.no, space);
    case "call":
      return called(expression, space);
    case "item":
      return item(evaluate(expression.of, space), evaluate(expression.index, space));
  }
}

function lookUp(name: string, space: Space): Value {
  const value = space.variables.get(name);
  if (value !== undefined) return value;
  if (FUNCTIONS.has(name) || OTHER_NAMES.has(name)) throw new UnknownConstruct(`the name ${name}`);
  throw new PythonError("NameError", `name '${name}' is not defined`);
}

/** Each operand is evaluated once, and none behind a comparison that does not hold. */
function chain({ first, rest }: Extract<Expression, { kind: "comparison" }>, space: Space): boolean {
  let left = evaluate(first, space);
  for (const { operator, operand } of rest) {
    const right = evaluate(operand, space);
    if (!compare(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function called({ name, args }: Extract<Expression, { kind: "call" }>, space: Space): Value {
  const own = space.variables.get(name);
  if (own !== undefined) throw new PythonError("TypeError", `'${typeName(own)}' object is not callable`);
  if (!FUNCTIONS.has(name) && !OTHER_NAMES.has(name)) {
    throw new PythonError("NameError", `name '${name}' is not defined`);
  }
  return call(name, args.map((each) => evaluate(each, space)), (text) => space.print(text));
}

function item(of: Value, index: Value): Value {
  const items = typeof of === "string" ? [...of] : isSequence(of) ? of.items : undefined;
  if (items === undefined) throw new PythonError("TypeError", `'${typeName(of)}' object is not subscriptable`);
  const at = numberIn(index);
  if (typeof at !== "bigint") {
    throw new PythonError("TypeError", `${typeName(of)} indices must be integers or slices, not ${typeName(index)}`);
  }
  const found = items.at(Number(at));
  const inside = at < BigInt(items.length) && at >= -BigInt(items.length);
  if (!inside || found === undefined) throw new PythonError("IndexError", `${nameInError(of)} index out of range`);
  return found;
}

function nameInError(of: Value): string {
  return typeof of === "string" ? "string" : typeName(of);
}
