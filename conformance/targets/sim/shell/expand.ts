/**
 * What words become: parameters, commands and arithmetic expanded, split at blanks, file names found.
 *
 * @module
 */
import {
  type ArithmeticExpansionPart,
  type ArithmeticWord,
  type CommandExpansionPart,
  type DoubleQuotedChild,
  type HereDocBody,
  parse,
  type ParsedScript,
  type Word,
  type WordPart,
} from "unbash";
import { UnsupportedError } from "../../target.ts";
import { Arithmetic } from "./arithmetic.ts";
import { type Run, ShellError } from "./control.ts";
import { joinFields, type Piece, splitFields } from "./fields.ts";
import { expandParameter, type ParameterContext } from "./parameter.ts";
import { quotePattern, quoteSource } from "./pattern.ts";
import type { ShellState } from "./state.ts";

/** What expansions need of their shell. */
export interface ExpansionHost {
  readonly state: ShellState;
  /** Runs a command and gives what it printed. */
  substitute(script: ParsedScript, text: string): Run<string>;
  /** Runs the commands of `$(…)` as text. */
  substituteText(text: string): Run<string>;
  /** Files that match a pattern, none if there are none. */
  glob(pattern: string): readonly string[];
}

type Part = WordPart | DoubleQuotedChild;

/** `{1..5}` and `{a,b}` of plain text as the texts they stand for. */
function braces(text: string): string[] {
  const range = /^\{(-?\d+)\.\.(-?\d+)\}$/.exec(text);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    const step = from <= to ? 1 : -1;
    return Array.from({ length: Math.min(Math.abs(to - from), 99_999) + 1 }, (_, i) => String(from + i * step));
  }
  const list = /^\{([^{}$`'"\\]*,[^{}$`'"\\]*)\}$/.exec(text);
  if (list === null) throw new UnsupportedError(`shell: brace expansion ${text}`);
  return list[1]!.split(",");
}

/** The parts of a word that stands in an arithmetic expression. */
function wordParts(text: string): Word["parts"] {
  const command = parse(`: ${text}`).commands[0]?.command;
  const argument = command?.type === "Command" ? command.args[0] : undefined;
  return argument?.type === "Word" ? argument.parts : undefined;
}

/** Expands for one shell. */
export class Expander implements ParameterContext {
  readonly arithmetic: Arithmetic;
  readonly state: ShellState;

  constructor(private readonly host: ExpansionHost) {
    this.state = host.state;
    this.arithmetic = new Arithmetic({
      expandWord: (word) => this.#arithmeticWord(word),
      substituteText: (text) => host.substituteText(text),
      variable: (name, index) => this.value(name, index) ?? "",
      assign: (name, index, value) => this.assign(name, value, index),
    });
  }

  *#arithmeticWord(word: ArithmeticWord): Run<string> {
    const parts = word.parts ?? wordParts(word.value);
    return parts === undefined ? word.value : joinFields(yield* this.pieces(parts, true));
  }

  /** A parameter's value; with `set -u` one that is not set is a fault. */
  value(name: string, index?: number): string | undefined {
    const value = this.state.get(name, index);
    if (value === undefined && this.state.options.nounset && !"@*".includes(name)) {
      throw new ShellError(`${name}: unbound variable`, 1);
    }
    return value;
  }

  assign(name: string, value: string, index?: number): void {
    if (!this.state.set(name, value, index)) throw new ShellError(`${name}: readonly variable`, 1);
  }

  /** A word as the arguments it becomes. */
  *fields(word: Word): Run<readonly string[]> {
    if (word.parts === undefined) return [this.#tilde(word.text, word.value)];
    return yield* this.#fieldsOf(word.parts);
  }

  /** Parts as fields; with a brace expansion, those of each of the words it stands for. */
  *#fieldsOf(parts: readonly WordPart[]): Run<readonly string[]> {
    const at = parts.findIndex((part) => part.type === "BraceExpansion");
    if (at < 0) return this.#split(yield* this.pieces(parts, false));
    const fields: string[] = [];
    const { pos, end, text } = parts[at]!;
    for (const value of braces(text)) {
      const chosen: WordPart = { type: "Literal", pos, end, text: value, value };
      fields.push(...yield* this.#fieldsOf([...parts.slice(0, at), chosen, ...parts.slice(at + 1)]));
    }
    return fields;
  }

  #split(pieces: readonly Piece[]): string[] {
    const fields = splitFields(pieces, this.state.get("IFS") ?? " \t\n");
    return fields.flatMap(({ text, pattern }) => {
      const found = pattern === undefined || this.state.options.noglob ? [] : this.host.glob(pattern);
      return found.length === 0 ? [text] : found;
    });
  }

  #tilde(text: string, value: string): string {
    return /^~(\/|$)/.test(text) ? (this.state.get("HOME") ?? "~") + value.slice(1) : value;
  }

  /** A word as one text: assignments, redirections, `case`. */
  *text(word: Word): Run<string> {
    if (word.parts === undefined) return this.#tilde(word.text, word.value);
    return joinFields(yield* this.pieces(word.parts, false));
  }

  /** A word as a pattern, in which what was quoted stands for itself. */
  *pattern(word: Word): Run<string> {
    if (word.parts === undefined) return quotePattern(word.value);
    const pieces = yield* this.pieces(word.parts, false);
    return pieces.map((piece) =>
      piece.kind === "break"
        ? " "
        : piece.kind === "quoted" || piece.kind === "literal"
        ? quotePattern(piece.text)
        : piece.text
    ).join("");
  }

  /** A word as an extended regular expression in which what was quoted stands for itself. */
  *regularExpression(word: Word): Run<string> {
    if (word.parts === undefined) return word.text;
    let source = "";
    for (const part of word.parts) {
      if (part.type === "Literal" || part.type === "Glob") source += part.text;
      else if (part.type === "SimpleExpansion" || part.type === "ParameterExpansion") {
        source += joinFields(yield* this.pieces([part], false));
      } else source += quoteSource(joinFields(yield* this.pieces([part], false)));
    }
    return source;
  }

  /** The text of a here-document. */
  *hereDocument(body: HereDocBody, quoted: boolean): Run<string> {
    if (quoted || body.parts === undefined) return quoted ? body.text : body.text.replace(/\\([$`\\])|\\\n/g, "$1");
    return joinFields(yield* this.pieces(body.parts, true));
  }

  /** The pieces that parts of a word become. */
  *pieces(parts: readonly Part[], quoted: boolean): Run<Piece[]> {
    const pieces: Piece[] = [];
    for (const [at, part] of parts.entries()) {
      switch (part.type) {
        case "Literal": {
          const value = at === 0 && !quoted ? this.#tilde(part.text, part.value) : part.value;
          pieces.push({ text: value, kind: quoted ? "quoted" : "literal" });
          break;
        }
        case "Glob":
          pieces.push({ text: part.text, kind: quoted ? "quoted" : "glob" });
          break;
        case "SingleQuoted":
        case "AnsiCQuoted":
          pieces.push({ text: part.value, kind: "quoted" });
          break;
        case "DoubleQuoted":
        case "LocaleString":
          if (part.parts.length === 0) pieces.push({ text: "", kind: "quoted" });
          pieces.push(...yield* this.pieces(part.parts, true));
          break;
        default:
          pieces.push(...yield* this.#expansion(part, quoted));
      }
    }
    return pieces;
  }

  *#expansion(part: Part, quoted: boolean): Run<readonly Piece[]> {
    const kind = quoted ? "quoted" : "expanded";
    switch (part.type) {
      case "SimpleExpansion":
        return this.simple(part.text.slice(1), quoted);
      case "ParameterExpansion":
        return yield* expandParameter(part, quoted, this);
      case "CommandExpansion":
        return [{ text: yield* this.#command(part), kind }];
      case "ArithmeticExpansion":
        return [{ text: String(yield* this.#arithmeticPart(part)), kind }];
      default:
        throw new UnsupportedError(`shell: ${part.text}`);
    }
  }

  /** `$name`. */
  simple(name: string, quoted: boolean): readonly Piece[] {
    if (name === "@" || (name === "*" && !quoted)) return this.list(this.state.positional, quoted);
    if (name === "*") {
      return [{ text: this.state.positional.join((this.state.get("IFS") ?? " ")[0] ?? ""), kind: "quoted" }];
    }
    return [{ text: this.value(name) ?? "", kind: quoted ? "quoted" : "expanded" }];
  }

  /** Each of some values as a field of its own. */
  list(values: readonly string[], quoted: boolean): readonly Piece[] {
    return values.flatMap((text, at): Piece[] => {
      const piece: Piece = { text, kind: quoted ? "quoted" : "expanded" };
      return at === 0 ? [piece] : [{ text: "", kind: "break" }, piece];
    });
  }

  *#command(part: CommandExpansionPart): Run<string> {
    if (part.script === undefined) throw new ShellError(`${part.text}: syntax error`, 2);
    return (yield* this.host.substitute(part.script, part.text)).replace(/\n+$/, "");
  }

  *#arithmeticPart(part: ArithmeticExpansionPart): Run<bigint> {
    return part.expression === undefined ? 0n : yield* this.arithmetic.evaluate(part.expression);
  }
}
