/**
 * The scripts of `sed`.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { posixRegExp } from "../regular_expression.ts";

/** A line: by number, the last one, one that matches, or each so many from one. */
export type Address =
  | { readonly kind: "line"; readonly line: number }
  | { readonly kind: "last" }
  | { readonly kind: "match"; readonly expression: RegExp }
  | { readonly kind: "step"; readonly first: number; readonly step: number };

/** What is done to the lines that a command is for. */
export type Action =
  | { readonly name: "{"; readonly commands: readonly SedCommand[] }
  | {
    readonly name: "s";
    readonly expression: RegExp;
    readonly replacement: string;
    readonly nth: number;
    readonly all: boolean;
    readonly print: boolean;
  }
  | { readonly name: "y"; readonly map: ReadonlyMap<string, string> }
  | { readonly name: "a" | "i" | "c"; readonly text: string }
  | { readonly name: "q" | "Q"; readonly status: number }
  | { readonly name: "b" | "t" | "T"; readonly label: string }
  | { readonly name: ":"; readonly label: string }
  | { readonly name: "d" | "D" | "p" | "P" | "n" | "N" | "=" | "h" | "H" | "g" | "G" | "x" };

/** One command of a script. */
export interface SedCommand {
  readonly from: Address | undefined;
  readonly to: Address | { readonly kind: "count"; readonly count: number } | undefined;
  readonly negated: boolean;
  readonly action: Action;
  /** Where it stands: what remembers whether a range is open. */
  readonly id: number;
}

class SedParser {
  #at = 0;
  #id = 0;

  constructor(readonly text: string, readonly extended: boolean) {}

  script(nested: boolean): SedCommand[] {
    const commands: SedCommand[] = [];
    for (;;) {
      this.#skip(/[\s;]/);
      const c = this.text[this.#at];
      if (c === undefined) {
        if (nested) throw new SyntaxError("unmatched `{'");
        return commands;
      }
      if (c === "}") {
        if (!nested) throw new SyntaxError("unexpected `}'");
        this.#at++;
        return commands;
      }
      if (c === "#") this.#line();
      else commands.push(this.#command());
    }
  }

  #skip(what: RegExp): void {
    while (what.test(this.text[this.#at] ?? "x")) this.#at++;
  }

  #line(): string {
    const end = this.text.indexOf("\n", this.#at);
    const line = this.text.slice(this.#at, end < 0 ? undefined : end);
    this.#at += line.length;
    return line;
  }

  /** Up to a delimiter that no backslash hides. */
  #until(delimiter: string, isExpression: boolean): string {
    let text = "";
    for (let inSet = false;; this.#at++) {
      const c = this.text[this.#at];
      if (c === undefined) throw new SyntaxError("unterminated command");
      if (c === delimiter && !inSet) break;
      if (c === "\\") {
        const following = this.text[++this.#at] ?? "";
        text += following === delimiter
          ? (isExpression && ".*[]^$".includes(following) ? `\\${following}` : following)
          : `\\${following}`;
        continue;
      }
      if (isExpression && c === "[" && !inSet) {
        inSet = this.text.indexOf("]", this.#at + 2) >= 0;
        text += c;
        if (inSet && /[\]^]/.test(this.text[this.#at + 1] ?? "")) text += this.text[++this.#at];
        continue;
      }
      if (c === "]") inSet = false;
      text += c;
    }
    this.#at++;
    return text;
  }

  #number(): number | undefined {
    const digits = /^\d+/.exec(this.text.slice(this.#at))?.[0];
    if (digits === undefined) return undefined;
    this.#at += digits.length;
    return Number(digits);
  }

  #address(): Address | undefined {
    const c = this.text[this.#at];
    const line = this.#number();
    if (line !== undefined) {
      if (this.text[this.#at] !== "~") return { kind: "line", line };
      this.#at++;
      return { kind: "step", first: line, step: this.#number() ?? 0 };
    }
    if (c === "$") {
      this.#at++;
      return { kind: "last" };
    }
    if (c !== "/" && c !== "\\") return undefined;
    this.#at += c === "\\" ? 2 : 1;
    const pattern = this.#until(c === "\\" ? this.text[this.#at - 1]! : "/", true);
    const flags = this.text[this.#at] === "I" ? "i" : "";
    this.#at += flags.length;
    if (pattern === "") throw new UnsupportedError("sed's empty regular expression on the simulated stack");
    return { kind: "match", expression: posixRegExp(pattern, this.extended, flags) };
  }

  #command(): SedCommand {
    const from = this.#address();
    let to: SedCommand["to"];
    this.#skip(/[ \t]/);
    if (from !== undefined && this.text[this.#at] === ",") {
      this.#at++;
      this.#skip(/[ \t]/);
      if (this.text[this.#at] === "+") {
        this.#at++;
        to = { kind: "count", count: this.#number() ?? 0 };
      } else {
        to = this.#address();
        if (to === undefined) throw new SyntaxError("unexpected `,'");
      }
      this.#skip(/[ \t]/);
    }
    const negated = this.text[this.#at] === "!";
    if (negated) this.#at++;
    this.#skip(/[ \t!]/);
    return { from, to, negated, id: this.#id++, action: this.#action() };
  }

  #action(): Action {
    const name = this.text[this.#at++];
    switch (name) {
      case "{":
        return { name, commands: this.script(true) };
      case "s":
        return this.#substitution();
      case "y": {
        const delimiter = this.text[this.#at++]!;
        const [from, to] = [this.#until(delimiter, false), this.#until(delimiter, false)].map((set) =>
          set.replace(/\\n/g, "\n").replace(/\\\\/g, "\\")
        ) as [string, string];
        if (from.length !== to.length) throw new SyntaxError("strings for `y' command are different lengths");
        return { name, map: new Map([...from].map((c, i) => [c, to[i]!])) };
      }
      case "a":
      case "i":
      case "c":
        this.#skip(/[ \t]/);
        if (this.text[this.#at] === "\\") {
          this.#at++;
          this.#skip(/[ \t]/);
          if (this.text[this.#at] === "\n") this.#at++;
        }
        return { name, text: this.#line().replace(/\\(.)/g, "$1") };
      case "q":
      case "Q":
        this.#skip(/[ \t]/);
        return { name, status: this.#number() ?? 0 };
      case ":":
      case "b":
      case "t":
      case "T": {
        this.#skip(/[ \t]/);
        const label = /^[^\s;}]*/.exec(this.text.slice(this.#at))![0];
        this.#at += label.length;
        return { name, label };
      }
      case "d":
      case "D":
      case "p":
      case "P":
      case "n":
      case "N":
      case "=":
      case "h":
      case "H":
      case "g":
      case "G":
      case "x":
        return { name };
      case undefined:
        throw new SyntaxError("missing command");
      default:
        if (/[rRwWelFzv]/.test(name)) throw new UnsupportedError(`sed's command '${name}' on the simulated stack`);
        throw new SyntaxError(`unknown command: \`${name}'`);
    }
  }

  #substitution(): Action {
    const delimiter = this.text[this.#at++];
    if (delimiter === undefined || delimiter === "\n") throw new SyntaxError("unterminated `s' command");
    const pattern = this.#until(delimiter, true);
    const replacement = this.#until(delimiter, false);
    let flags = "";
    while (/[gpiI0-9emMw]/.test(this.text[this.#at] ?? "")) flags += this.text[this.#at++];
    if (/[ewmM]/.test(flags)) throw new UnsupportedError(`sed's s///${flags} on the simulated stack`);
    if (pattern === "") throw new UnsupportedError("sed's empty regular expression on the simulated stack");
    return {
      name: "s",
      expression: posixRegExp(pattern, this.extended, `g${/i/i.test(flags) ? "i" : ""}`),
      replacement,
      nth: Number(/\d+/.exec(flags)?.[0] ?? 1),
      all: flags.includes("g"),
      print: flags.includes("p"),
    };
  }
}

/** Parses a script. Throws `SyntaxError`. */
export function parseSed(text: string, extended: boolean): readonly SedCommand[] {
  return new SedParser(text, extended).script(false);
}
