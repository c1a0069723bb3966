/**
 * The functions of `awk`.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import type { Expression } from "./awk_parse.ts";
import { formatValue, splitText, StringNumber, toNumber, toText, type Value } from "./awk_values.ts";

/** What functions need of the program that runs. */
export interface AwkContext {
  readonly fields: { readonly line: string };
  value(node: Expression): Value;
  assign(target: Expression, value: Value): Value;
  array(name: string): Map<string, Value>;
  set(name: string, value: Value): void;
  get(name: string): Value;
  regularExpression(node: Expression): RegExp;
}

const WHOLE_LINE: Expression = { kind: "field", index: { kind: "number", value: 0 } };

/** Calls a function by its name. */
export function callFunction(name: string, args: readonly Expression[], context: AwkContext): Value {
  const text = (at: number) => args[at] === undefined ? "" : toText(context.value(args[at]));
  const number = (at: number) => args[at] === undefined ? 0 : toNumber(context.value(args[at]));
  switch (name) {
    case "length":
      if (args[0]?.kind === "variable" && context.get(args[0].name) === undefined) {
        return context.array(args[0].name).size;
      }
      return args.length === 0 ? context.fields.line.length : text(0).length;
    case "substr": {
      const from = Math.round(number(1));
      const to = args[2] === undefined ? Infinity : from + Math.round(number(2));
      return text(0).slice(Math.max(0, from - 1), to === Infinity ? undefined : Math.max(0, to - 1));
    }
    case "index":
      return text(0).indexOf(text(1)) + 1;
    case "tolower":
      return text(0).toLowerCase();
    case "toupper":
      return text(0).toUpperCase();
    case "int":
      return Math.trunc(number(0));
    case "sqrt":
      return Math.sqrt(number(0));
    case "exp":
      return Math.exp(number(0));
    case "log":
      return Math.log(number(0));
    case "sin":
      return Math.sin(number(0));
    case "cos":
      return Math.cos(number(0));
    case "atan2":
      return Math.atan2(number(0), number(1));
    case "strtonum":
      return /^\s*0[xX]/.test(text(0)) ? Number(text(0)) : number(0);
    case "sprintf":
      return formatValue(text(0), args.slice(1).map((one) => context.value(one)));
    case "split":
      return split(args, context);
    case "match":
      return match(args, context);
    case "sub":
    case "gsub":
      return substitute(name === "gsub", args, context);
    default:
      throw new UnsupportedError(`awk's ${name}() on the simulated stack`);
  }
}

function arrayOf(node: Expression | undefined, context: AwkContext): Map<string, Value> {
  if (node?.kind !== "variable") throw new SyntaxError("an array is wanted");
  return context.array(node.name);
}

function split(args: readonly Expression[], context: AwkContext): number {
  const [text, array, separator] = args;
  if (text === undefined) throw new SyntaxError("split wants a text");
  const by = separator === undefined
    ? toText(context.get("FS"))
    : separator.kind === "regexp"
    ? separator.expression
    : toText(context.value(separator));
  const parts = splitText(toText(context.value(text)), by);
  const target = arrayOf(array, context);
  target.clear();
  parts.forEach((part, i) => target.set(String(i + 1), new StringNumber(part)));
  return parts.length;
}

function match(args: readonly Expression[], context: AwkContext): number {
  const [text, pattern] = args;
  if (text === undefined || pattern === undefined) throw new SyntaxError("match wants a text and an expression");
  if (args.length > 2) throw new UnsupportedError("awk's match() with an array on the simulated stack");
  const found = context.regularExpression(pattern).exec(toText(context.value(text)));
  context.set("RSTART", found === null ? 0 : found.index + 1);
  context.set("RLENGTH", found === null ? -1 : found[0].length);
  return found === null ? 0 : found.index + 1;
}

function substitute(all: boolean, args: readonly Expression[], context: AwkContext): number {
  const [pattern, replacement, target = WHOLE_LINE] = args;
  if (pattern === undefined || replacement === undefined) throw new SyntaxError("sub wants an expression and a text");
  const { source } = context.regularExpression(pattern);
  const text = toText(context.value(replacement));
  let count = 0;
  const replaced = toText(context.value(target)).replace(new RegExp(source, all ? "g" : ""), (whole: string) => {
    count++;
    return text.replace(/\\&|\\\\|&/g, (found) => found === "&" ? whole : found.slice(1));
  });
  if (count > 0) context.assign(target, replaced);
  return count;
}
