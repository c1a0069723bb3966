/**
 * Commands that change the shell itself.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";
import { ConditionError, evaluateTest } from "./conditions.ts";
import { Exit, LoopControl, Return, type Run } from "./control.ts";
import { conditionContext } from "./files_view.ts";
import type { Jobs } from "./jobs.ts";
import type { ShellState } from "./state.ts";
import type { Descriptors } from "./streams.ts";
import type { ShellWorld } from "./world.ts";

/** The shell as its built-in commands see it. */
export interface BuiltinHost {
  readonly state: ShellState;
  readonly world: ShellWorld;
  readonly jobs: Jobs;
  io: Descriptors;
  /** Command of `trap … EXIT`. */
  exitTrap: string | undefined;
  /** Runs a text in this shell. */
  source(text: string): Run<number>;
  /** Runs a file in this shell; `undefined` if it is not there. */
  sourceFile(path: string, args: readonly string[]): Run<number | undefined>;
  /** Runs one command by its words. */
  call(name: string, args: readonly string[], functions: boolean): Run<number>;
  /** What a name is. */
  whatIs(name: string): "function" | "builtin" | "command" | undefined;
  /** Value of an arithmetic expression. */
  arithmetic(text: string): Run<bigint>;
  /** A path made absolute. */
  path(path: string): string;
}

/** A built-in command. */
export type Builtin = (shell: BuiltinHost, args: readonly string[]) => Run<number>;

/** One that takes no time. */
function plain(run: (shell: BuiltinHost, args: readonly string[]) => number): Builtin {
  // deno-lint-ignore require-yield -- the same interface as those that take time
  return function* (shell, args) {
    return run(shell, args);
  };
}

function complain(shell: BuiltinHost, message: string, status = 1): number {
  shell.io.write(2, `${shell.state.name}: ${message}\n`);
  return status;
}

/** Prints, and says so if that failed. */
function print(shell: BuiltinHost, name: string, text: string): number {
  const problem = shell.io.write(1, text);
  return problem === undefined ? 0 : complain(shell, `${name}: write error: ${problem}`);
}

const cd = plain((shell, args) => {
  const words = args.filter((word) => word !== "-P" && word !== "-L" && word !== "--");
  const { state } = shell;
  const target = words[0] === "-" ? state.get("OLDPWD") : words[0] ?? state.get("HOME");
  if (target === undefined || target === "") {
    return complain(shell, `cd: ${words[0] === "-" ? "OLDPWD" : "HOME"} not set`);
  }
  const path = shell.path(target);
  const kind = shell.world.files.kind(path);
  if (kind !== "directory") {
    return complain(shell, `cd: ${target}: ${kind === undefined ? "No such file or directory" : "Not a directory"}`);
  }
  state.variables.set("OLDPWD", state.cwd);
  state.variables.set("PWD", path);
  state.cwd = path;
  return words[0] === "-" ? print(shell, "cd", `${path}\n`) : 0;
});

/** `NAME`, `NAME=VALUE`, `NAME+=VALUE` for `export`, `local`, `readonly`, `declare`. */
function declare(
  shell: BuiltinHost,
  word: string,
  how: { export?: boolean; local?: boolean; readonly?: boolean },
): number {
  const match = /^([A-Za-z_]\w*)(?:(\+?)=(.*))?$/s.exec(word);
  if (match === null) return complain(shell, `${word}: not a valid identifier`);
  const [, name, append, value] = match as unknown as [string, string, string | undefined, string | undefined];
  const { state } = shell;
  if (how.local === true) {
    state.makeLocal(name);
    if (value === undefined && state.scopes.at(-1)?.get(name) !== undefined) state.variables.delete(name);
  }
  if (value !== undefined && !state.set(name, append === "+" ? (state.get(name) ?? "") + value : value)) {
    return complain(shell, `${name}: readonly variable`);
  }
  if (how.export === true) state.exported.add(name);
  if (how.readonly === true) state.readonly.add(name);
  return 0;
}

function declaration(how: { export?: boolean; local?: boolean; readonly?: boolean }, flags: string): Builtin {
  return plain((shell, args) => {
    const own = { ...how };
    let status = 0;
    for (const word of args) {
      if (!/^[-+][a-zA-Z]+$/.test(word)) {
        status = declare(shell, word, own) || status;
        continue;
      }
      const unknown = [...word.slice(1)].find((flag) => !flags.includes(flag));
      if (unknown !== undefined) throw new UnsupportedError(`shell: declaration with -${unknown}`);
      if (word.includes("x")) own.export = true;
      if (word.includes("r")) own.readonly = true;
      if (word.includes("g")) own.local = false;
    }
    return status;
  });
}

const unset = plain((shell, args) => {
  const functions = args[0] === "-f";
  for (const name of args.filter((word) => word !== "-f" && word !== "-v")) {
    if (functions) shell.state.functions.delete(name);
    else if (shell.state.readonly.has(name)) return complain(shell, `unset: ${name}: cannot unset: readonly variable`);
    else {
      shell.state.variables.delete(name);
      shell.state.exported.delete(name);
    }
  }
  return 0;
});

const OPTION_NAMES: Readonly<Record<string, "errexit" | "nounset" | "pipefail" | "noglob">> = {
  e: "errexit",
  u: "nounset",
  f: "noglob",
  errexit: "errexit",
  nounset: "nounset",
  noglob: "noglob",
  pipefail: "pipefail",
};
/** Options that make no difference here: tracing, job control, hashing. */
const IDLE_OPTIONS = ["x", "v", "h", "m", "b", "B", "xtrace", "verbose", "hashall", "monitor", "notify", "posix"];

const set = plain((shell, args) => {
  const { state } = shell;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (!/^[-+]./.test(word)) {
      state.positional = args.slice(at);
      return 0;
    }
    if (word === "--") {
      state.positional = args.slice(at + 1);
      return 0;
    }
    const names = /^[-+]o$/.test(word) ? [args[++at] ?? ""] : [...word.slice(1)];
    for (const name of names) {
      const option = OPTION_NAMES[name];
      if (option !== undefined) state.options[option] = word.startsWith("-");
      else if (!IDLE_OPTIONS.includes(name)) throw new UnsupportedError(`shell: set ${word} ${name}`);
    }
  }
  return 0;
});

const shift = plain((shell, args) => {
  const count = Number(args[0] ?? 1);
  if (!(count >= 0 && count <= shell.state.positional.length)) return 1;
  shell.state.positional = shell.state.positional.slice(count);
  return 0;
});

function leave(kind: "break" | "continue"): Builtin {
  return plain((shell, args) => {
    const levels = Number(args[0] ?? 1);
    if (!(levels >= 1)) return complain(shell, `${kind}: ${args[0]}: loop count out of range`);
    if (shell.state.loops === 0) return 0;
    throw new LoopControl(kind, Math.min(levels, shell.state.loops));
  });
}

/** `read [-r] [-p PROMPT] [NAME…]`. */
const read = plain((shell, args) => {
  const names = [...args];
  let raw = false;
  while (/^-[a-z]+$/.test(names[0] ?? "")) {
    const flags = names.shift()!.slice(1);
    if (/[^rspt]/.test(flags)) throw new UnsupportedError(`shell: read -${flags}`);
    if (flags.includes("r")) raw = true;
    if (/[pt]$/.test(flags)) names.shift();
  }
  let line = shell.io.input().line();
  if (line === undefined) {
    for (const name of names) shell.state.set(name, "");
    return 1;
  }
  while (!raw && /(^|[^\\])(\\\\)*\\\n$/.test(line)) line = line.slice(0, -2) + (shell.io.input().line() ?? "");
  const complete = line.endsWith("\n");
  assignFields(shell.state, complete ? line.slice(0, -1) : line, names, raw);
  return complete ? 0 : 1;
});

function assignFields(state: ShellState, line: string, names: readonly string[], raw: boolean): void {
  const text = raw ? line : line.replace(/\\(.)/g, "$1");
  if (names.length === 0) {
    state.set("REPLY", text);
    return;
  }
  const ifs = state.get("IFS") ?? " \t\n";
  const blanks = new Set([...ifs].filter((c) => " \t\n".includes(c)));
  let at = 0;
  const skip = () => {
    while (blanks.has(text[at] ?? "")) at++;
  };
  for (const [i, name] of names.entries()) {
    skip();
    if (i === names.length - 1) {
      let end = text.length;
      while (end > at && blanks.has(text[end - 1]!)) end--;
      state.set(name, text.slice(at, end));
      return;
    }
    const from = at;
    while (at < text.length && !ifs.includes(text[at]!)) at++;
    state.set(name, text.slice(from, at));
    skip();
    if (ifs.includes(text[at] ?? " ") && !blanks.has(text[at] ?? " ")) at++;
  }
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** The world's time goes on while it sleeps. */
const sleep: Builtin = function* (shell, args) {
  let seconds = 0;
  for (const word of args) {
    const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word);
    if (match === null) return complain(shell, `sleep: invalid time interval '${word}'`);
    seconds += Number(match[1]) * UNITS[match[2] ?? ""]!;
  }
  if (args.length === 0) return complain(shell, "sleep: missing operand");
  yield { until_us: shell.world.stack.net.now + Math.round(seconds * 1e6) };
  return 0;
};

const wait: Builtin = function* (shell, args) {
  let status = 0;
  for (const word of args.length === 0 ? shell.jobs.running().map((job) => String(job.pid)) : args) {
    const job = shell.jobs.find(Number(word));
    if (job === undefined) {
      status = complain(shell, `wait: pid ${word} is not a child of this shell`, 127);
      continue;
    }
    if (job.status === undefined) yield { job };
    status = args.length === 0 ? 0 : job.status ?? 0;
  }
  return status;
};

const SIGNALS: Readonly<Record<string, number>> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, USR2: 12, TERM: 15 };

const kill = plain((shell, args) => {
  let signal = 15;
  let status = 0;
  const words = [...args];
  if (words[0] === "-s") words.splice(0, 2, `-${words[1] ?? ""}`);
  if (words[0]?.startsWith("-") === true) {
    const name = words.shift()!.slice(1).replace(/^SIG/, "");
    const number = /^\d+$/.test(name) ? Number(name) : SIGNALS[name];
    if (number === undefined) return complain(shell, `kill: ${name}: invalid signal specification`);
    signal = number;
  }
  for (const word of words) {
    if (signal === 0 && Number(word) === shell.state.pid) continue;
    if (shell.jobs.find(Number(word)) === undefined) throw new UnsupportedError(`shell: kill ${word}`);
    if (!shell.jobs.kill(Number(word), signal)) status = complain(shell, `kill: (${word}) - No such process`);
  }
  return status;
});

const test = (closing: string | undefined): Builtin =>
  plain((shell, args) => {
    const name = closing === undefined ? "test" : "[";
    if (closing !== undefined && args.at(-1) !== closing) return complain(shell, `[: missing \`${closing}'`, 2);
    try {
      const words = closing === undefined ? args : args.slice(0, -1);
      return evaluateTest(words, conditionContext(shell)) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      return complain(shell, `${name}: ${error.message}`, 2);
    }
  });

const source: Builtin = function* (shell, args) {
  if (args[0] === undefined) return complain(shell, ".: filename argument required", 2);
  const status = yield* shell.sourceFile(args[0], args.slice(1));
  return status ?? complain(shell, `${args[0]}: No such file or directory`);
};

/** `command [-v] NAME …`, `type NAME`. */
const command: Builtin = function* (shell, args) {
  const words = args.filter((word, i) => !(i === 0 && word === "-p"));
  if (words[0] === "-v" || words[0] === "-V") return which(shell, words.slice(1), words[0] === "-V");
  if (words[0] === undefined) return 0;
  return yield* shell.call(words[0], words.slice(1), false);
};

function which(shell: BuiltinHost, names: readonly string[], long: boolean): number {
  let status = 0;
  for (const name of names) {
    const kind = shell.whatIs(name);
    if (kind === undefined) {
      // A real machine may well have it.
      if (shell.world.files.kind(shell.path(name)) === undefined && !name.includes("/")) {
        throw new UnsupportedError(`shell: whether there is a command '${name}'`);
      }
      status = 1;
      continue;
    }
    const place = kind === "command" ? `/usr/bin/${name}` : name;
    const text = long
      ? `${name} is ${kind === "command" ? place : `a ${kind === "builtin" ? "shell builtin" : kind}`}`
      : place;
    status = print(shell, "command", `${text}\n`) || status;
  }
  return status;
}

const exec: Builtin = function* (shell, args) {
  if (args[0] === undefined) return 0;
  throw new Exit(yield* shell.call(args[0], args.slice(1), false));
};

const letBuiltin: Builtin = function* (shell, args) {
  let value = 0n;
  for (const word of args) value = yield* shell.arithmetic(word);
  return value === 0n ? 1 : 0;
};

const trap = plain((shell, args) => {
  const words = args[0] === "--" ? args.slice(1) : args;
  // Signals never come here; the end does.
  if (words.slice(1).some((name) => name === "EXIT" || name === "0")) {
    shell.exitTrap = words[0] === "-" ? undefined : words[0];
  }
  return 0;
});

/** The status that `exit` and `return` give. */
function status(shell: BuiltinHost, word: string | undefined): number {
  return word === undefined ? shell.state.status : Number(word) & 255;
}

/** All of them by name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", plain(() => 0)],
  ["true", plain(() => 0)],
  ["false", plain(() => 1)],
  ["cd", cd],
  ["pwd", plain((shell) => print(shell, "pwd", `${shell.state.cwd}\n`))],
  ["export", declaration({ export: true }, "")],
  ["readonly", declaration({ readonly: true }, "")],
  ["local", declaration({ local: true }, "rx")],
  ["declare", declaration({ local: true }, "rxg")],
  ["typeset", declaration({ local: true }, "rxg")],
  ["unset", unset],
  ["set", set],
  ["shift", shift],
  ["break", leave("break")],
  ["continue", leave("continue")],
  [
    "exit",
    plain((shell, args) => {
      throw new Exit(status(shell, args[0]));
    }),
  ],
  [
    "return",
    plain((shell, args) => {
      if (shell.state.returnable === 0) {
        return complain(shell, "return: can only `return' from a function or sourced script");
      }
      throw new Return(status(shell, args[0]));
    }),
  ],
  ["read", read],
  ["sleep", sleep],
  ["wait", wait],
  ["kill", kill],
  ["test", test(undefined)],
  ["[", test("]")],
  [".", source],
  ["source", source],
  ["command", command],
  ["type", plain((shell, args) => which(shell, args, true))],
  ["which", plain((shell, args) => which(shell, args, false))],
  ["hash", plain(() => 0)],
  ["eval", (shell, args) => shell.source(args.join(" "))],
  ["exec", exec],
  ["let", letBuiltin],
  ["trap", trap],
]);
