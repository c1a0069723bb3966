/**
 * Runs shell commands on a simulated world.
 *
 * @module
 */
import { type CommandOutcome, UnsupportedError } from "../../target.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { COMMANDS } from "./commands.ts";
import { type Node, parseShell, type Redirection, ShellSyntaxError, type Word } from "./parse.ts";
import { readProc, writeProc } from "./proc.ts";
import { type CommandResult, RUNNER_PID, type ShellWorld } from "./world.ts";

/** Output kept of one command. */
const MAX_OUTPUT = 65_536;
/** Scripts that run scripts. */
const MAX_DEPTH = 8;
/** Commands of one text: loops must end. */
const MAX_COMMANDS = 10_000;

/** `exit N`. */
class Exit extends Error {
  constructor(readonly status: number) {
    super("exit");
  }
}

interface Streams {
  stdin: string;
  stdout: string;
  stderr: string;
}

class Shell {
  readonly #world: ShellWorld;
  readonly #variables: Map<string, string>;
  readonly #positional: readonly string[];
  readonly #depth: number;
  readonly #budget: { left: number };
  #status = 0;

  constructor(
    world: ShellWorld,
    variables: Map<string, string>,
    positional: readonly string[],
    depth: number,
    budget: { left: number },
  ) {
    this.#world = world;
    this.#variables = variables;
    this.#positional = positional;
    this.#depth = depth;
    this.#budget = budget;
  }

  /** Runs a whole text. */
  run(text: string, streams: Streams): number {
    try {
      return this.#execute(parseShell(text), streams);
    } catch (error) {
      if (error instanceof Exit) return error.status;
      if (!(error instanceof ShellSyntaxError)) throw error;
      streams.stderr += `sh: ${error.message}\n`;
      return 2;
    }
  }

  #execute(node: Node, streams: Streams): number {
    switch (node.kind) {
      case "list": {
        for (const command of node.commands) this.#status = this.#execute(command, streams);
        if (node.commands.length === 0) this.#status = 0;
        return this.#status;
      }
      case "background":
        this.#execute(node.command, streams);
        return this.#status = 0;
      case "and":
        this.#status = this.#execute(node.left, streams);
        return this.#status === 0 ? this.#status = this.#execute(node.right, streams) : this.#status;
      case "or":
        this.#status = this.#execute(node.left, streams);
        return this.#status !== 0 ? this.#status = this.#execute(node.right, streams) : 0;
      case "if":
        if (this.#execute(node.condition, streams) === 0) return this.#execute(node.then, streams);
        return node.otherwise === undefined ? 0 : this.#execute(node.otherwise, streams);
      case "for":
        this.#status = 0;
        for (const value of node.words.flatMap((word) => this.#fields(word))) {
          this.#variables.set(node.name, value);
          this.#status = this.#execute(node.body, streams);
        }
        return this.#status;
      case "pipeline":
        return this.#pipeline(node, streams);
      case "simple":
        return this.#simple(node, streams);
    }
  }

  #pipeline(node: Extract<Node, { kind: "pipeline" }>, streams: Streams): number {
    let stdin = streams.stdin;
    let status = 0;
    for (const command of node.commands) {
      const own: Streams = { stdin, stdout: "", stderr: "" };
      status = this.#execute(command, own);
      streams.stderr += own.stderr;
      stdin = own.stdout;
    }
    streams.stdout += stdin;
    return node.negated ? (status === 0 ? 1 : 0) : status;
  }

  #simple(node: Extract<Node, { kind: "simple" }>, streams: Streams): number {
    if (--this.#budget.left < 0) throw new UnsupportedError("shell commands that run without end");
    const words = node.words.flatMap((word) => this.#fields(word));
    const assigned = node.assignments.map(({ name, value }) => [name, this.#text(value)] as const);
    const name = words[0];
    const stdin = this.#input(node.redirections) ?? streams.stdin;
    let result: CommandResult = { status: 0 };
    if (name === undefined) {
      for (const [variable, value] of assigned) this.#variables.set(variable, value);
    } else {
      const before = assigned.map(([variable]) => [variable, this.#variables.get(variable)] as const);
      for (const [variable, value] of assigned) this.#variables.set(variable, value);
      result = this.#invoke(name, words.slice(1), stdin);
      for (const [variable, value] of before) {
        if (value === undefined) this.#variables.delete(variable);
        else this.#variables.set(variable, value);
      }
    }
    return this.#redirect(node.redirections, result, streams);
  }

  #invoke(name: string, args: readonly string[], stdin: string): CommandResult {
    if (name === "exit") throw new Exit(args[0] === undefined ? this.#status : Number(args[0]) & 255);
    if (name === "set" || name === "export" || name === ":") {
      for (const argument of args) {
        const at = argument.indexOf("=");
        if (name === "export" && at > 0) this.#variables.set(argument.slice(0, at), argument.slice(at + 1));
      }
      return { status: 0 };
    }
    const known = COMMANDS.get(name) ?? COMMANDS.get(name.replace(/^\/(usr\/)?s?bin\//, ""));
    if (known !== undefined) return known({ args, stdin, world: this.#world });
    const base = name.slice(name.lastIndexOf("/") + 1);
    if (base === "set_sysctls.py") return COMMANDS.get(base)!({ args, stdin, world: this.#world });
    if ((name === "sh" || name === "bash" || name === "." || name === "source") && args[0] !== undefined) {
      if (args[0] === "-c") return this.#subshell(args[1] ?? "", args.slice(2), stdin);
      return this.#file(args[0], args, stdin);
    }
    if (name.includes("/")) return this.#file(name, [name, ...args], stdin);
    throw new UnsupportedError(`shell command '${name}' on the simulated stack`);
  }

  #file(path: string, positional: readonly string[], stdin: string): CommandResult {
    const bytes = this.#world.files.read(path);
    if (bytes === undefined) return { status: 127, stderr: `sh: 1: ${path}: not found\n` };
    const text = new TextDecoder().decode(bytes);
    const interpreter = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
    const program = interpreter?.[1]?.endsWith("/env") ? interpreter[2] : interpreter?.[1];
    if (program !== undefined && !/(^|\/)(ba|da)?sh$/.test(program)) {
      throw new UnsupportedError(`running ${path} by ${program} on the simulated stack`);
    }
    return this.#subshell(text, positional, stdin);
  }

  #subshell(text: string, positional: readonly string[], stdin: string): CommandResult {
    if (this.#depth >= MAX_DEPTH) throw new UnsupportedError("shell scripts that run each other without end");
    const streams: Streams = { stdin, stdout: "", stderr: "" };
    const shell = new Shell(
      this.#world,
      new Map(this.#variables),
      positional,
      this.#depth + 1,
      this.#budget,
    );
    const status = shell.run(text, streams);
    return { status, stdout: streams.stdout, stderr: streams.stderr };
  }

  #input(redirections: readonly Redirection[]): string | undefined {
    const last = redirections.filter((one) => one.operator === "<").at(-1);
    if (last === undefined) return undefined;
    const path = this.#text(last.target);
    return readProc(path, this.#world) ?? new TextDecoder().decode(this.#world.files.read(path) ?? new Uint8Array(0));
  }

  /** Sends what a command printed where its redirections say, from left to right. */
  #redirect(redirections: readonly Redirection[], result: CommandResult, streams: Streams): number {
    type Sink = "stdout" | "stderr" | { readonly path: string; readonly append: boolean };
    const sinks: [Sink, Sink] = ["stdout", "stderr"];
    for (const { fd, operator, target } of redirections) {
      if (operator === "<" || fd < 1 || fd > 2) continue;
      const text = this.#text(target);
      const duplicate = operator === ">&" && (text === "1" || text === "2");
      sinks[fd - 1] = duplicate ? sinks[Number(text) - 1]! : { path: text, append: operator === ">>" };
    }
    let { status } = result;
    // A redirection creates its file even if nothing is printed.
    const pending = new Map<string, { text: string; append: boolean }>();
    const outputs = [result.stdout ?? "", result.stderr ?? ""];
    sinks.forEach((sink, i) => {
      const text = outputs[i]!;
      if (typeof sink === "string") {
        streams[sink] += text;
        return;
      }
      const there = pending.get(sink.path);
      pending.set(sink.path, { text: (there?.text ?? "") + text, append: sink.append });
    });
    for (const [path, { text, append }] of pending) {
      const problem = this.#writeFile(path, text, append);
      if (problem === undefined) continue;
      streams.stderr += `sh: 1: ${problem}\n`;
      status = 1;
    }
    return status;
  }

  #writeFile(path: string, text: string, append: boolean): string | undefined {
    const full = this.#world.files.path(path);
    if (full === "/dev/null") return undefined;
    if (/^\/(proc|sys)\//.test(full)) return writeProc(full, text, this.#world);
    const bytes = new TextEncoder().encode(text);
    const result = append ? this.#world.files.append(full, bytes) : this.#world.files.write(full, bytes);
    return result < 0 ? `cannot write ${path}` : undefined;
  }

  #variable(name: string): string {
    if (/^\d+$/.test(name)) return this.#positional[Number(name)] ?? "";
    switch (name) {
      case "?":
        return String(this.#status);
      case "#":
        return String(Math.max(0, this.#positional.length - 1));
      case "@":
      case "*":
        return this.#positional.slice(1).join(" ");
      case "$":
      case "!":
        return String(RUNNER_PID + 1);
      default:
        return this.#variables.get(name) ?? "";
    }
  }

  #expand(part: Word[number]): string {
    switch (part.kind) {
      case "text":
        return part.text;
      case "variable": {
        const value = this.#variable(part.name);
        return value === "" && part.fallback !== undefined ? part.fallback : value;
      }
      case "arithmetic":
        return String(evaluateArithmetic(part.text, (name) => this.#variable(name)));
      case "command": {
        const { stdout } = this.#subshell(part.text, this.#positional, "");
        return (stdout ?? "").replace(/\n+$/, "");
      }
    }
  }

  /** A word without field splitting. */
  #text(word: Word): string {
    return word.map((part) => this.#expand(part)).join("");
  }

  /** A word as the arguments it becomes: what unquoted expansions give is split at blanks. */
  #fields(word: Word): string[] {
    const fields: string[] = [];
    let current: string | undefined;
    for (const part of word) {
      const text = this.#expand(part);
      if (part.kind === "text" || part.quoted) {
        current = (current ?? "") + text;
        continue;
      }
      const pieces = text.split(/[ \t\n]+/);
      pieces.forEach((piece, i) => {
        if (i > 0 && current !== undefined) {
          fields.push(current);
          current = undefined;
        }
        if (piece !== "") current = (current ?? "") + piece;
      });
    }
    if (current !== undefined) fields.push(current);
    return fields;
  }
}

/** Runs a command as `sh -c` would. Throws {@link UnsupportedError} for what the simulated world does not have. */
export function runShell(text: string, world: ShellWorld): CommandOutcome {
  const streams: Streams = { stdin: "", stdout: "", stderr: "" };
  const variables = new Map([
    ["PPID", String(RUNNER_PID)],
    ["PACKETDRILL_PID", String(RUNNER_PID)],
    ["PATH", "/usr/sbin:/usr/bin:/sbin:/bin"],
    ["PWD", world.cwd],
  ]);
  const status = new Shell(world, variables, ["sh"], 0, { left: MAX_COMMANDS }).run(text, streams);
  return { status, signal: undefined, output: (streams.stdout + streams.stderr).slice(0, MAX_OUTPUT) };
}
