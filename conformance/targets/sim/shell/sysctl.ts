/**
 * `sysctl` as procps has it, and the helper `set_sysctls.py` that comes with packetdrill's scripts.
 *
 * @module
 */
import { EACCES, EINVAL } from "../../../../abi/errno.ts";
import { strerror } from "../../../../abi/errno_text.ts";
import { UnsupportedError } from "../../target.ts";
import { readProc, writeProc, writeSetting } from "./proc.ts";
import { posixRegExp } from "./regular_expression.ts";
import { readText } from "./streams.ts";
import { linesOf } from "./tools/input.ts";
import { type Command, type CommandResult, failed, type Invocation, RUNNER_PID, type ShellWorld } from "./world.ts";

interface Options {
  quiet: boolean;
  ignore: boolean;
  dryRun: boolean;
  /** Values must be given. */
  write: boolean;
  all: boolean;
  pattern: RegExp | undefined;
  show: "pair" | "value" | "name";
  /** Without a newline. */
  binary: boolean;
  readonly files: string[];
  readonly words: string[];
}

const LONG: Readonly<Record<string, string>> = {
  all: "a",
  binary: "b",
  ignore: "e",
  names: "N",
  values: "n",
  load: "p",
  pattern: "r",
  quiet: "q",
  write: "w",
};

/** Options, or the letter that is none. */
function parse(args: readonly string[], path: (path: string) => string): Options | string {
  const options: Options = {
    quiet: false,
    ignore: false,
    dryRun: false,
    write: false,
    all: false,
    pattern: undefined,
    show: "pair",
    binary: false,
    files: [],
    words: [],
  };
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (!/^-./.test(word)) {
      options.words.push(word);
      continue;
    }
    if (word === "--dry-run") options.dryRun = true;
    else if (word === "--deprecated") continue;
    else if (word === "--system") throw new UnsupportedError("sysctl --system on the simulated stack");
    else if (word.startsWith("--")) {
      const [name, value] = word.slice(2).split("=", 2) as [string, string | undefined];
      const letter = LONG[name];
      if (letter === undefined) return `unrecognized option '${word}'`;
      flag(letter, value, options, path);
    } else {
      for (let i = 1; i < word.length; i++) {
        const letter = word[i]!;
        if (!"aAXbefNnpqrwoxd".includes(letter)) return `invalid option -- '${letter}'`;
        const rest = word.slice(i + 1);
        if (letter === "r") {
          flag(letter, rest || args[++at], options, path);
          break;
        }
        if ((letter === "p" || letter === "f") && rest !== "") {
          flag(letter, rest, options, path);
          break;
        }
        flag(letter, undefined, options, path);
      }
    }
  }
  // `-p FILE`: the words that follow are files.
  if (options.files.includes("")) {
    options.files.length = 0;
    options.files.push(...options.words.length === 0 ? ["/etc/sysctl.conf"] : options.words.splice(0));
  }
  return options;
}

function flag(letter: string, value: string | undefined, options: Options, path: (path: string) => string): void {
  if (letter === "q") options.quiet = true;
  else if (letter === "e") options.ignore = true;
  else if (letter === "w") options.write = true;
  else if (letter === "a" || letter === "A" || letter === "X") options.all = true;
  else if (letter === "n") options.show = "value";
  else if (letter === "N") options.show = "name";
  else if (letter === "b") options.show = "value", options.binary = true;
  else if (letter === "r") options.pattern = posixRegExp(value ?? "", true);
  else if (letter === "p" || letter === "f") options.files.push(value === undefined ? "" : path(value));
}

/** `net/ipv4/conf/eth0.1/forwarding` as sysctl shows it: dots for slashes, and slashes for dots. */
function shown(name: string): string {
  if (!/^[^.]*\//.test(name)) return name;
  return name.replace(/[./]/g, (c) => c === "." ? "/" : ".");
}

/** The run of one `sysctl`. */
class SysctlRun {
  stdout = "";
  stderr = "";
  status = 0;

  constructor(readonly world: ShellWorld, readonly options: Options) {}

  #fail(message: string): void {
    this.stderr += `sysctl: ${message}\n`;
    this.status = 1;
  }

  #print(name: string, value: string): void {
    const { show, binary } = this.options;
    if (show === "name") this.stdout += `${shown(name)}\n`;
    else this.stdout += show === "value" ? `${value}${binary ? "" : "\n"}` : `${shown(name)} = ${value}\n`;
  }

  /** `NAME` or `NAME=VALUE`. */
  word(word: string): void {
    const at = word.indexOf("=");
    if (at < 0 && this.options.write) this.#fail("command line(0): invalid syntax, continuing...");
    else if (at < 0) this.read(word.trim());
    else {
      const name = word.slice(0, at).trim();
      const value = word.slice(at + 1).trim();
      if (name === "" || value === "") this.#fail("command line(0): invalid syntax, continuing...");
      else this.write(name.replace(/^-/, ""), value, this.options.ignore || name.startsWith("-"));
    }
  }

  #missing(name: string, ignore: boolean): void {
    if (ignore) return;
    const path = /^[^.]*\//.test(name) ? name : name.replace(/[./]/g, (c) => c === "." ? "/" : ".");
    this.#fail(`cannot stat /proc/sys/${path}: No such file or directory`);
  }

  read(name: string): void {
    const { sysctl } = this.world.stack.net;
    if (sysctl.has(name)) {
      const error = sysctl.readError(name);
      if (error === 0) this.#print(name, sysctl.get(name));
      // What can only be written has nothing to show.
      else if (error !== -EACCES) this.#fail(`reading key "${shown(name)}": ${strerror(-error)}`);
      return;
    }
    // A folder stands for all that is in it.
    const folder = `${shown(name)}.`;
    const inside = sysctl.names().filter((one) => one.startsWith(folder));
    if (inside.length === 0) this.#missing(name, this.options.ignore);
    for (const one of inside) this.read(one);
  }

  write(name: string, value: string, ignore: boolean): void {
    const { sysctl } = this.world.stack.net;
    if (!sysctl.has(name)) return this.#missing(name, ignore);
    const result = this.options.dryRun ? 0 : writeSetting(name, value, this.world);
    if (result === -EACCES) return this.#fail(`permission denied on key "${shown(name)}"`);
    if (result < 0) return this.#fail(`setting key "${shown(name)}": ${strerror(-result)}`);
    if (!this.options.quiet) this.#print(name, value);
  }

  file(name: string, text: string | undefined): void {
    if (text === undefined) return this.#fail(`cannot open "${name}": No such file or directory`);
    for (const line of linesOf(text)) {
      const trimmed = line.trim();
      if (trimmed !== "" && !/^[#;]/.test(trimmed)) this.word(trimmed);
    }
  }
}

/** `sysctl [-qwneNab] [-r PATTERN] [-p FILE] NAME[=VALUE] …`. */
export const sysctl: Command = ({ args, world, path }) => {
  const options = parse(args, path);
  if (typeof options === "string") return failed(1, `sysctl: ${options}`);
  const run = new SysctlRun(world, options);
  for (const name of options.files) run.file(name, readText(name, world));
  if (options.all) {
    for (const name of world.stack.net.sysctl.names()) if (options.pattern?.test(name) !== false) run.read(name);
  } else if (options.words.length === 0 && options.files.length === 0) {
    return failed(1, "sysctl: no variables specified\nTry `sysctl --help' for more information.");
  }
  for (const word of options.words) run.word(word);
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
};

/**
 * `set_sysctls.py /proc/sys/path=value …`: writes settings, and a script that restores them. As the original, it does not
 * mind a value that is refused, but does mind a path that is not there.
 */
export const setSysctls: Command = ({ args, world }: Invocation): CommandResult => {
  let restore = "#!/bin/bash\n";
  let stderr = "";
  for (const argument of args) {
    const [path, value] = argument.split("=");
    const current = path === undefined ? undefined : readProc(path, world);
    if (path === undefined || current === undefined) {
      return { status: 1, stderr: `${stderr}cat: ${path}: No such file or directory\n` };
    }
    restore += `echo "${current.trim()}" > ${path}\n`;
    if (value === undefined) return failed(1, "IndexError: list index out of range");
    // The original has a shell write `"value"`: a trailing backslash leaves the quote open, and nothing is written.
    const problem = value.endsWith("\\") ? strerror(EINVAL) : writeProc(path, `${value}\n`, world);
    if (problem !== undefined) stderr += `sh: 1: ${problem}\n`;
  }
  const name = `/tmp/sysctl_restore_${RUNNER_PID}.sh`;
  world.files.write(name, new TextEncoder().encode(restore));
  world.files.setExecutable(name, true);
  return { status: 0, stderr };
};
