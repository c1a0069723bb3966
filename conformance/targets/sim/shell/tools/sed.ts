/**
 * `sed`: all that acts on lines; no files but standard input and output, and `-i`.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { readText, textToBytes } from "../streams.ts";
import { type Command, failed } from "../world.ts";
import { linesOf, missing, readAll } from "./input.ts";
import { parseOptions } from "./options.ts";
import { type Action, type Address, parseSed, type SedCommand } from "./sed_parse.ts";

/** Commands that one text may take: labels make loops. */
const MAX_STEPS = 1_000_000;

/** How a command goes on. */
type Next = "next" | "delete" | "restart" | "quit" | { readonly label: string };

class Sed {
  readonly #lines: readonly string[];
  /** Lines taken so far. */
  #taken = 0;
  #pattern = "";
  #hold = "";
  #output = "";
  #after = "";
  #changed = false;
  #steps = 0;
  /** Ranges that are open, with the line at which each ends if it is known. */
  readonly #open = new Map<number, number | undefined>();
  status = 0;

  constructor(readonly commands: readonly SedCommand[], text: string, readonly quiet: boolean) {
    this.#lines = linesOf(text);
  }

  run(): string {
    let again = false;
    while (again || this.#take()) {
      again = false;
      this.#changed = false;
      const next = this.#list(this.commands);
      if (next === "restart") {
        // `D` goes on with what is left, without reading a line.
        again = true;
        this.#flush();
        continue;
      }
      if (next !== "delete" && !this.quiet) this.#output += `${this.#pattern}\n`;
      this.#flush();
      if (next === "quit") break;
    }
    return this.#output;
  }

  #flush(): void {
    this.#output += this.#after;
    this.#after = "";
  }

  #take(): boolean {
    const line = this.#lines[this.#taken];
    if (line === undefined) return false;
    this.#taken++;
    this.#pattern = line;
    return true;
  }

  #matches(address: Address): boolean {
    switch (address.kind) {
      case "line":
        return this.#taken === address.line;
      case "last":
        return this.#taken === this.#lines.length;
      case "match":
        return address.expression.test(this.#pattern);
      case "step":
        return address.step <= 0
          ? this.#taken === address.first
          : this.#taken >= address.first && (this.#taken - address.first) % address.step === 0;
    }
  }

  #applies({ from, to, negated, id }: SedCommand): boolean {
    if (from === undefined) return !negated;
    if (to === undefined) return this.#matches(from) !== negated;
    let inside = this.#open.has(id);
    if (inside) {
      const end = this.#open.get(id);
      if (end !== undefined ? this.#taken >= end : to.kind !== "count" && this.#matches(to)) this.#open.delete(id);
      if (end !== undefined && this.#taken > end) inside = false;
    } else if (this.#matches(from)) {
      inside = true;
      const end = to.kind === "line" ? to.line : to.kind === "count" ? this.#taken + to.count : undefined;
      if (end === undefined || end > this.#taken) this.#open.set(id, end);
    }
    return inside !== negated;
  }

  #list(commands: readonly SedCommand[]): Next {
    for (let at = 0; at < commands.length; at++) {
      if (++this.#steps > MAX_STEPS) throw new UnsupportedError("a sed script that runs without end");
      const command = commands[at]!;
      if (!this.#applies(command)) continue;
      const next = this.#act(command.action);
      if (next === "next") continue;
      if (typeof next !== "object") return next;
      if (next.label === "") return "next";
      const target = commands.findIndex(({ action }) => action.name === ":" && action.label === next.label);
      if (target < 0) return next;
      at = target;
    }
    return "next";
  }

  #act(action: Action): Next {
    switch (action.name) {
      case "{":
        return this.#list(action.commands);
      case "s":
        this.#substitute(action);
        return "next";
      case "y":
        this.#pattern = [...this.#pattern].map((c) => action.map.get(c) ?? c).join("");
        return "next";
      case "a":
        this.#after += `${action.text}\n`;
        return "next";
      case "i":
        this.#output += `${action.text}\n`;
        return "next";
      case "c":
        this.#output += `${action.text}\n`;
        return "delete";
      case "q":
      case "Q":
        this.status = action.status;
        if (action.name === "q" && !this.quiet) this.#output += `${this.#pattern}\n`;
        this.#taken = this.#lines.length;
        return "delete";
      case "b":
        return { label: action.label };
      case "t":
      case "T": {
        const jump = this.#changed === (action.name === "t");
        this.#changed = false;
        return jump ? { label: action.label } : "next";
      }
      default:
        return this.#space(action.name);
    }
  }

  /** Commands on the pattern space and the hold space. */
  #space(name: string): Next {
    const newline = this.#pattern.indexOf("\n");
    switch (name) {
      case "d":
        return "delete";
      case "D":
        if (newline < 0) return "delete";
        this.#pattern = this.#pattern.slice(newline + 1);
        return "restart";
      case "p":
        this.#output += `${this.#pattern}\n`;
        break;
      case "P":
        this.#output += `${newline < 0 ? this.#pattern : this.#pattern.slice(0, newline)}\n`;
        break;
      case "=":
        this.#output += `${this.#taken}\n`;
        break;
      case "n":
        if (this.#taken === this.#lines.length) return "quit";
        if (!this.quiet) this.#output += `${this.#pattern}\n`;
        this.#take();
        break;
      case "N": {
        const before = this.#pattern;
        if (!this.#take()) return "quit";
        this.#pattern = `${before}\n${this.#pattern}`;
        break;
      }
      case "h":
        this.#hold = this.#pattern;
        break;
      case "H":
        this.#hold += `\n${this.#pattern}`;
        break;
      case "g":
        this.#pattern = this.#hold;
        break;
      case "G":
        this.#pattern += `\n${this.#hold}`;
        break;
      case "x":
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
    }
    return "next";
  }

  #substitute(action: Extract<Action, { name: "s" }>): void {
    let count = 0;
    let done = false;
    action.expression.lastIndex = 0;
    const replaced = this.#pattern.replace(action.expression, (...args) => {
      const whole = args[0] as string;
      count++;
      if (count < action.nth || (count > action.nth && !action.all)) return whole;
      done = true;
      return action.replacement.replace(
        /\\([0-9&nt\\]|\n)|\\(.)|&/g,
        (found, code: string | undefined, other: string | undefined) => {
          if (found === "&") return whole;
          if (code !== undefined && /[0-9]/.test(code)) return String(code === "0" ? whole : args[Number(code)] ?? "");
          return code === "n" ? "\n" : code === "t" ? "\t" : code ?? special(other ?? "");
        },
      );
    });
    if (!done) return;
    this.#pattern = replaced;
    this.#changed = true;
    if (action.print) this.#output += `${this.#pattern}\n`;
  }
}

/** `\U` and its like change the case of what follows. */
function special(letter: string): string {
  if (/[UuLlE]/.test(letter)) throw new UnsupportedError(`sed's \\${letter} on the simulated stack`);
  return letter;
}

/** `sed [-nEri] [-e SCRIPT] [SCRIPT] [FILE…]`. */
export const sed: Command = (invocation) => {
  const { flags, values, operands } = parseOptions("sed", invocation.args, "nEriuzs", "ef", {
    quiet: "n",
    silent: "n",
    "regexp-extended": "E",
    expression: "e",
    file: "f",
    "in-place": "i",
  });
  if (flags.has("z")) throw new UnsupportedError("sed -z on the simulated stack");
  const { world, path } = invocation;
  const scripts = [...values.get("e") ?? []];
  for (const name of values.get("f") ?? []) {
    const text = readText(path(name), world);
    if (text === undefined) return failed(1, `sed: couldn't open file ${name}: No such file or directory`);
    scripts.push(text);
  }
  const files = [...operands];
  if (!values.has("e") && !values.has("f")) {
    const first = files.shift();
    if (first === undefined) {
      return failed(1, "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...");
    }
    scripts.push(first);
  }
  let commands: readonly SedCommand[];
  try {
    commands = parseSed(scripts.join("\n"), flags.has("E") || flags.has("r"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(1, `sed: -e expression #1: ${error.message}`);
  }
  const quiet = flags.has("n");
  if (!flags.has("i")) {
    const { text, stderr } = readAll("sed: can't read", files, invocation);
    const run = new Sed(commands, text, quiet);
    const stdout = run.run();
    return { status: run.status || (stderr === "" ? 0 : 2), stdout, stderr };
  }
  let stderr = "";
  for (const name of files) {
    const text = readText(path(name), world);
    if (text === undefined) stderr += missing("sed: can't read", name);
    else world.files.write(path(name), textToBytes(new Sed(commands, text, quiet).run()));
  }
  return { status: stderr === "" ? 0 : 2, stderr };
};
