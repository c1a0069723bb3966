/**
 * Names of interfaces in calls stand for the stack's numbers of them.
 *
 * @module
 */
import type { Expression, SystemCallAction, WordExpression } from "../../script/syntax.ts";
import { UnsupportedError } from "../../targets/target.ts";
import type { Interfaces } from "../interfaces.ts";

/** A call with numbers in place of the names of interfaces. */
export function withInterfaceNumbers(action: SystemCallAction, interfaces: Interfaces): SystemCallAction {
  const args = action.args.map((argument) => numbered(argument, interfaces));
  return args.every((argument, i) => argument === action.args[i]) ? action : { ...action, args };
}

function numbered(expression: Expression, interfaces: Interfaces): Expression {
  const inner = (one: Expression) => numbered(one, interfaces);
  switch (expression.kind) {
    case "word":
      return expression.value === undefined && interfaces.has(expression.name)
        ? withNumber(expression, interfaces)
        : expression;
    case "list": {
      const elements = expression.elements.map(inner);
      return elements.every((one, i) => one === expression.elements[i]) ? expression : { ...expression, elements };
    }
    case "binary_expression":
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case "msghdr": {
      const { control } = expression;
      if (control === undefined) return expression;
      return { ...expression, control: { ...control, elements: control.elements.map(inner) } };
    }
    case "cmsg":
      return { ...expression, data: inner(expression.data) };
    case "packet_info":
      return { ...expression, interfaceIndex: inner(expression.interfaceIndex) };
    default:
      return expression;
  }
}

function withNumber(word: WordExpression, interfaces: Interfaces): WordExpression {
  const value = interfaces.indexOf(word.name);
  if (value === undefined) throw new UnsupportedError("an interface by its number: the target does not tell");
  return { ...word, value };
}
