/**
 * `$((…))`: integers, `+ - * / % << >> & | ^`, comparisons, parentheses, variables.
 *
 * @module
 */
import { ShellSyntaxError } from "./parse.ts";

const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Evaluates an arithmetic expression with 64-bit integers. */
export function evaluateArithmetic(text: string, variable: (name: string) => string): bigint {
  const tokens = text.match(
    /\s+|0[xX][0-9a-fA-F]+|[0-9]+|[A-Za-z_][A-Za-z0-9_]*|\$[A-Za-z_][A-Za-z0-9_]*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^()<>!~]|./g,
  )
    ?.filter((token) => token.trim() !== "") ?? [];
  let at = 0;
  const fail = () => new ShellSyntaxError(`arithmetic expression: syntax error: "${text}"`);
  const number = (token: string) => {
    if (!/^-?(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(token)) throw fail();
    const octal = /^0[0-7]+$/.test(token);
    return BigInt(octal ? `0o${token.slice(1)}` : token);
  };
  const primary = (): bigint => {
    const token = tokens[at++];
    if (token === undefined) throw fail();
    if (token === "(") {
      const value = binary(0);
      if (tokens[at++] !== ")") throw fail();
      return value;
    }
    if (token === "-") return -primary();
    if (token === "+") return primary();
    if (token === "!") return primary() === 0n ? 1n : 0n;
    if (token === "~") return ~primary();
    if (/^\$?[A-Za-z_]/.test(token)) return number(variable(token.replace("$", "")) || "0");
    return number(token);
  };
  const binary = (level: number): bigint => {
    const operators = LEVELS[level];
    if (operators === undefined) return primary();
    let left = binary(level + 1);
    while (operators.includes(tokens[at] ?? "")) {
      const operator = tokens[at++]!;
      left = BigInt.asIntN(64, apply(operator, left, binary(level + 1)));
    }
    return left;
  };
  const value = binary(0);
  if (at !== tokens.length) throw fail();
  return value;
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  const truth = (value: boolean) => value ? 1n : 0n;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "%":
      if (b === 0n) throw new ShellSyntaxError("arithmetic expression: division by zero");
      return operator === "/" ? a / b : a % b;
    case "<<":
      return a << (b & 63n);
    case ">>":
      return a >> (b & 63n);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    case "&&":
      return truth(a !== 0n && b !== 0n);
    default:
      return truth(a !== 0n || b !== 0n);
  }
}
