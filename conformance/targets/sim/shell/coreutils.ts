/**
 * Small commands: `echo`, `cat`, `grep`, `test`, `rm`, `dd` and the like, as far as scripts use them.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";
import { readProc } from "./proc.ts";
import { type Command, failed, type ShellWorld } from "./world.ts";

/** Text of a file of the world, whatever kind it is. */
function readText(path: string, world: ShellWorld): string | undefined {
  const full = world.files.path(path);
  const special = readProc(full, world);
  if (special !== undefined) return special;
  const bytes = world.files.read(full);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

export const echo: Command = ({ args }) => {
  const newline = args[0] !== "-n";
  return { status: 0, stdout: args.slice(newline ? 0 : 1).join(" ") + (newline ? "\n" : "") };
};

export const printf: Command = ({ args }) => {
  let next = 1;
  const text = (args[0] ?? "").replace(/%[sd%]|\\[nt\\]/g, (match) => {
    if (match === "%%") return "%";
    if (match.startsWith("%")) return args[next++] ?? (match === "%d" ? "0" : "");
    return match === "\\n" ? "\n" : match === "\\t" ? "\t" : "\\";
  });
  return { status: 0, stdout: text };
};

export const cat: Command = ({ args, stdin, world }) => {
  if (args.length === 0) return { status: 0, stdout: stdin };
  let stdout = "";
  let stderr = "";
  for (const path of args) {
    const text = path === "-" ? stdin : readText(path, world);
    if (text === undefined) stderr += `cat: ${path}: No such file or directory\n`;
    else stdout += text;
  }
  return { status: stderr === "" ? 0 : 1, stdout, stderr };
};

/** `grep [-q] [-v] [-c] [-i] [-E] [-F] PATTERN [FILE …]`. */
export const grep: Command = ({ args, stdin, world }) => {
  const flags = new Set<string>();
  let at = 0;
  for (; args[at]?.startsWith("-") && args[at]!.length > 1; at++) {
    for (const flag of args[at]!.slice(1)) flags.add(flag);
  }
  const unknown = [...flags].find((flag) => !"qvciEFsho".includes(flag));
  if (unknown !== undefined) throw new UnsupportedError(`grep -${unknown} on the simulated stack`);
  const pattern = args[at++];
  if (pattern === undefined) return failed(2, "usage: grep [-qvciEF] PATTERN [FILE]...");
  const expression = new RegExp(
    flags.has("F") ? escape(pattern) : flags.has("E") ? pattern : basicPattern(pattern),
    flags.has("i") ? "i" : "",
  );
  const files = args.slice(at);
  let matched: string[] = [];
  let missing = "";
  for (
    const [name, text] of files.length === 0
      ? [["", stdin] as const]
      : files.map((f) => [f, readText(f, world)] as const)
  ) {
    if (text === undefined) {
      missing += `grep: ${name}: No such file or directory\n`;
      continue;
    }
    const lines = text.replace(/\n$/, "").split("\n").filter((line) => expression.test(line) !== flags.has("v"));
    matched = matched.concat(text === "" ? [] : lines.map((line) => files.length > 1 ? `${name}:${line}` : line));
  }
  const stdout = flags.has("q")
    ? ""
    : flags.has("c")
    ? `${matched.length}\n`
    : matched.map((line) => `${line}\n`).join("");
  return { status: missing !== "" ? 2 : matched.length > 0 ? 0 : 1, stdout, stderr: flags.has("s") ? "" : missing };
};

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A basic regular expression in JavaScript's terms. */
function basicPattern(pattern: string): string {
  return pattern.replace(/\\([(){}|+?])|([(){}|+?])/g, (_match, special, plain) => special ?? `\\${plain}`);
}

/** `test EXPRESSION` and `[ EXPRESSION ]`. */
export const test: Command = ({ args, world }) => {
  const words = args.at(-1) === "]" ? args.slice(0, -1) : [...args];
  let negated = false;
  while (words[0] === "!") {
    negated = !negated;
    words.shift();
  }
  const holds = evaluate(words, world);
  return holds === undefined ? failed(2, "test: unexpected operator") : { status: holds !== negated ? 0 : 1 };
};

function evaluate(words: readonly string[], world: ShellWorld): boolean | undefined {
  if (words.length === 0) return false;
  if (words.length === 1) return words[0] !== "";
  if (words.length === 2) {
    const [operator, operand] = words as [string, string];
    switch (operator) {
      case "-n":
        return operand !== "";
      case "-z":
        return operand === "";
      case "-e":
      case "-f":
      case "-r":
      case "-w":
      case "-x":
        return readText(operand, world) !== undefined;
      case "-s":
        return (readText(operand, world) ?? "") !== "";
      default:
        return undefined;
    }
  }
  if (words.length !== 3) return undefined;
  const [left, operator, right] = words as [string, string, string];
  const [a, b] = [Number(left), Number(right)];
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    case "-ge":
      return a >= b;
    default:
      return undefined;
  }
}

export const rm: Command = ({ args, world }) => {
  const force = args.some((argument) => /^-\w*f/.test(argument));
  let stderr = "";
  for (const path of args.filter((argument) => !argument.startsWith("-"))) {
    if (!world.files.remove(path) && !force) stderr += `rm: cannot remove '${path}': No such file or directory\n`;
  }
  return { status: stderr === "" ? 0 : 1, stderr };
};

export const touch: Command = ({ args, world }) => {
  for (const path of args.filter((argument) => !argument.startsWith("-"))) {
    if (world.files.read(path) === undefined) world.files.write(path, new Uint8Array(0));
  }
  return { status: 0 };
};

/** `dd if= of= bs= count=`. */
export const dd: Command = ({ args, world }) => {
  const operands = new Map(args.map((argument) => {
    const at = argument.indexOf("=");
    return [argument.slice(0, at), argument.slice(at + 1)] as const;
  }));
  const unknown = [...operands.keys()].find((key) => !["if", "of", "bs", "count", "status", "conv"].includes(key));
  if (unknown !== undefined) throw new UnsupportedError(`dd ${unknown}= on the simulated stack`);
  const size = octets(operands.get("bs") ?? "512");
  const count = operands.get("count") === undefined ? undefined : octets(operands.get("count")!);
  const input = operands.get("if") ?? "";
  const endless = input === "/dev/zero";
  if (endless && count === undefined) throw new UnsupportedError("dd from /dev/zero without count=");
  const source = endless ? new Uint8Array(Math.min(size * count!, 1 << 26)) : world.files.read(input);
  if (source === undefined) return failed(1, `dd: failed to open '${input}': No such file or directory`);
  const data = count === undefined ? source : source.subarray(0, size * count);
  const output = operands.get("of");
  if (output === undefined) return { status: 0, stdout: new TextDecoder("latin1").decode(data) };
  return { status: world.files.write(output, data.slice()) < 0 ? 1 : 0 };
};

function octets(text: string): number {
  const match = /^(\d+)([cwbkKMG]?)/.exec(text);
  const unit = { "": 1, c: 1, w: 2, b: 512, k: 1024, K: 1024, M: 1 << 20, G: 1 << 30 }[match?.[2] ?? ""] ?? 1;
  return Number(match?.[1] ?? 0) * unit;
}

/** Time goes on while it sleeps. */
export const sleep: Command = ({ args, world }) => {
  const match = /^([0-9.]+)([smh]?)$/.exec(args[0] ?? "");
  if (match === null) return failed(1, `sleep: invalid time interval '${args[0] ?? ""}'`);
  const unit = { "": 1, s: 1, m: 60, h: 3600 }[match[2] ?? ""] ?? 1;
  world.stack.runUntil(world.stack.net.now + Math.round(Number(match[1]) * unit * 1e6));
  return { status: 0 };
};

/** Commands whose effect a world in memory does not have: permissions, folders. */
export const nothing: Command = () => ({ status: 0 });
