/**
 * `${name…}`.
 *
 * @module
 */
import type { ParameterExpansionPart, ParameterOperation, Word } from "unbash";
import { UnsupportedError } from "../../target.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { type Run, ShellError } from "./control.ts";
import { joinFields, type Piece } from "./fields.ts";
import { patternSource } from "./pattern.ts";
import type { ShellState } from "./state.ts";

/** What parameter expansion needs of the expansion of words. */
export interface ParameterContext {
  readonly state: ShellState;
  readonly arithmetic: Arithmetic;
  value(name: string, index?: number): string | undefined;
  assign(name: string, value: string, index?: number): void;
  list(values: readonly string[], quoted: boolean): readonly Piece[];
  text(word: Word): Run<string>;
  pattern(word: Word): Run<string>;
  pieces(parts: NonNullable<Word["parts"]>, quoted: boolean): Run<Piece[]>;
}

/** What an expansion is about: one value or all of a list. */
interface Subject {
  readonly name: string;
  readonly index: number | undefined;
  /** Set for `$@`, `$*`, `${a[@]}`, `${a[*]}`. */
  readonly all: "@" | "*" | undefined;
}

function* subjectOf(part: ParameterExpansionPart, context: ParameterContext): Run<Subject> {
  let name = part.parameter;
  if (name === "") throw new ShellError(`${part.text}: bad substitution`, 1);
  if (part.prefix === "!" && part.index === undefined) name = context.value(name) ?? "";
  if (name === "@" || name === "*") return { name, index: undefined, all: name };
  if (part.index === undefined) return { name, index: undefined, all: undefined };
  const { text } = part.index;
  if (text === "@" || text === "*") return { name, index: undefined, all: text };
  return { name, index: Number(yield* context.arithmetic.text(yield* context.text(part.index))), all: undefined };
}

/** Expands `${…}`. */
export function* expandParameter(
  part: ParameterExpansionPart,
  quoted: boolean,
  context: ParameterContext,
): Run<readonly Piece[]> {
  const subject = yield* subjectOf(part, context);
  const { operation } = part;
  const kind = quoted ? "quoted" : "expanded";
  const one = (text: string): readonly Piece[] => [{ text, kind }];
  if (part.prefix === "#") return one(String(length(subject, context)));
  if (part.prefix === "!" && part.index !== undefined) throw new UnsupportedError(`shell: ${part.text}`);
  if (operation?.type === "Default") return yield* defaulted(subject, operation, quoted, context);
  const values = subject.all === undefined
    ? [context.value(subject.name, subject.index) ?? ""]
    : context.state.list(subject.name);
  const changed = operation === undefined ? values : yield* operate(values, subject, operation, context);
  if (subject.all === "*" && quoted) return one(changed.join((context.state.get("IFS") ?? " ")[0] ?? ""));
  return subject.all === undefined ? one(changed[0] ?? "") : context.list(changed, quoted);
}

function length(subject: Subject, context: ParameterContext): number {
  if (subject.all !== undefined) return context.state.list(subject.name).length;
  return (context.value(subject.name, subject.index) ?? "").length;
}

/** `-`, `=`, `+`, `?`, each with a colon that takes an empty value for none. */
function* defaulted(
  subject: Subject,
  operation: Extract<ParameterOperation, { type: "Default" }>,
  quoted: boolean,
  context: ParameterContext,
): Run<readonly Piece[]> {
  const value = subject.all === undefined
    ? context.state.get(subject.name, subject.index)
    : context.state.list(subject.name)[0];
  const colon = operation.operator.startsWith(":");
  const isSet = value !== undefined && !(colon && value === "");
  const { operand } = operation;
  const other = function* (): Run<readonly Piece[]> {
    if (operand.parts === undefined) {
      return [{ text: yield* context.text(operand), kind: quoted ? "quoted" : "literal" }];
    }
    return yield* context.pieces(operand.parts, quoted);
  };
  const own = (): readonly Piece[] =>
    subject.all === undefined
      ? [{ text: value ?? "", kind: quoted ? "quoted" : "expanded" }]
      : context.list(context.state.list(subject.name), quoted);
  switch (operation.operator.at(-1)) {
    case "+":
      return isSet ? yield* other() : [{ text: "", kind: quoted ? "quoted" : "expanded" }];
    case "=": {
      if (isSet) return own();
      const text = joinFields(yield* other());
      context.assign(subject.name, text, subject.index);
      return [{ text, kind: quoted ? "quoted" : "expanded" }];
    }
    case "?":
      if (isSet) return own();
      throw new ShellError(`${subject.name}: ${(yield* context.text(operand)) || "parameter null or not set"}`, 1);
    default:
      return isSet ? own() : yield* other();
  }
}

/** All other operations, on each value. */
function* operate(
  values: readonly string[],
  subject: Subject,
  operation: Exclude<ParameterOperation, { type: "Default" }>,
  context: ParameterContext,
): Run<readonly string[]> {
  switch (operation.type) {
    case "Remove": {
      const pattern = yield* context.pattern(operation.operand);
      return values.map((value) => remove(value, operation.operator, pattern));
    }
    case "Replace": {
      const source = patternSource(yield* context.pattern(operation.pattern));
      const replacement = yield* context.text(operation.replacement);
      if (source === "") return values;
      const { operator } = operation;
      const expression = new RegExp(
        operator === "/#" ? `^(?:${source})` : operator === "/%" ? `(?:${source})$` : source,
        operator === "//" ? "g" : "",
      );
      return values.map((value) => value.replace(expression, () => replacement));
    }
    case "Slice": {
      const offset = Number(yield* context.arithmetic.text(yield* context.text(operation.offset)));
      const size = operation.length === undefined
        ? undefined
        : Number(yield* context.arithmetic.text(yield* context.text(operation.length)));
      return slice(values, subject, offset, size, context.state.name);
    }
    case "CaseModification": {
      const upper = operation.operator.startsWith("^");
      if (operation.operand !== undefined) throw new UnsupportedError("shell: change of case by a pattern");
      const change = (text: string) => upper ? text.toUpperCase() : text.toLowerCase();
      const all = operation.operator.length === 2;
      return values.map((value) => all ? change(value) : change(value.slice(0, 1)) + value.slice(1));
    }
    default:
      throw new UnsupportedError(`shell: parameter expansion with ${operation.operator}`);
  }
}

function remove(value: string, operator: string, pattern: string): string {
  const shortest = operator.length === 1;
  const source = patternSource(pattern, shortest);
  if (operator.startsWith("#")) return value.replace(new RegExp(`^(?:${source})`), "");
  if (!shortest) return value.replace(new RegExp(`(?:${source})$`), "");
  // The shortest end that matches: tried from the end.
  const whole = new RegExp(`^(?:${source})$`);
  for (let at = value.length; at >= 0; at--) if (whole.test(value.slice(at))) return value.slice(0, at);
  return value;
}

function slice(
  values: readonly string[],
  subject: Subject,
  offset: number,
  size: number | undefined,
  name: string,
): readonly string[] {
  if (subject.all !== undefined) {
    const list = subject.name === "@" || subject.name === "*" ? [name, ...values] : values;
    const from = offset < 0 ? list.length + offset : offset;
    return list.slice(from, size === undefined ? undefined : from + size);
  }
  const value = values[0] ?? "";
  const from = offset < 0 ? value.length + offset : offset;
  if (from < 0) return [""];
  return [value.slice(from, size === undefined ? undefined : size < 0 ? value.length + size : from + size)];
}
