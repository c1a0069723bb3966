/**
 * What a shell remembers: variables, functions, options, where it is.
 *
 * @module
 */
import type { Function as FunctionNode } from "unbash";
import { UnsupportedError } from "../../target.ts";

/** A variable: a text, or an indexed array. */
export type Value = string | string[];

/** Switched by `set`. */
export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  pipefail: boolean;
  noglob: boolean;
}

/** Variables that Bash itself gives values that change. */
const LIVELY: ReadonlySet<string> = new Set([
  "RANDOM",
  "SRANDOM",
  "SECONDS",
  "EPOCHSECONDS",
  "EPOCHREALTIME",
  "LINENO",
  "FUNCNAME",
  "BASH_SOURCE",
  "BASH_LINENO",
  "PIPESTATUS",
]);

/** One shell's memory. */
export class ShellState {
  readonly variables = new Map<string, Value>();
  readonly exported = new Set<string>();
  readonly readonly = new Set<string>();
  readonly functions = new Map<string, FunctionNode["body"]>();
  readonly options: ShellOptions = { errexit: false, nounset: false, pipefail: false, noglob: false };
  /** Variables that functions under way have made their own, innermost last: what each was before. */
  readonly scopes: Map<string, Value | undefined>[] = [];
  /** `$0`. */
  name = "sh";
  positional: readonly string[] = [];
  status = 0;
  /** `$!`. */
  lastJob: number | undefined;
  /** Loops under way: how many `break` can leave. */
  loops = 0;
  /** Functions and sourced files under way: whether `return` has something to leave. */
  returnable = 0;

  /** A shell in folder `cwd`. */
  constructor(public cwd: string, readonly pid: number, readonly parent: number) {}

  /** A subshell: all of it, and nothing it does comes back. */
  fork(): ShellState {
    const copy = new ShellState(this.cwd, this.pid, this.parent);
    for (const [name, value] of this.variables) {
      copy.variables.set(name, typeof value === "string" ? value : [...value]);
    }
    for (const name of this.exported) copy.exported.add(name);
    for (const name of this.readonly) copy.readonly.add(name);
    for (const [name, body] of this.functions) copy.functions.set(name, body);
    for (const scope of this.scopes) copy.scopes.push(new Map(scope));
    Object.assign(copy.options, this.options);
    copy.name = this.name;
    copy.positional = this.positional;
    copy.status = this.status;
    copy.lastJob = this.lastJob;
    copy.returnable = this.returnable;
    return copy;
  }

  /** Another shell that this one starts: it gets what is exported. */
  child(pid: number): ShellState {
    const copy = new ShellState(this.cwd, pid, this.pid);
    for (const [name, value] of this.environment()) {
      copy.variables.set(name, value);
      copy.exported.add(name);
    }
    return copy;
  }

  /** What commands get. */
  environment(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const name of this.exported) {
      const value = this.variables.get(name);
      if (typeof value === "string") environment.set(name, value);
    }
    return environment;
  }

  /** The value of a variable or special parameter, undefined if it is not set. */
  get(name: string, index = 0): string | undefined {
    if (/^\d+$/.test(name)) return name === "0" ? this.name : this.positional[Number(name) - 1];
    switch (name) {
      case "?":
        return String(this.status);
      case "#":
        return String(this.positional.length);
      case "$":
      case "BASHPID":
        return String(this.pid);
      case "PPID":
        return String(this.parent);
      case "!":
        return this.lastJob === undefined ? undefined : String(this.lastJob);
      case "-":
        return "h";
      case "@":
      case "*":
        return this.positional.length === 0 ? undefined : this.positional.join(" ");
      default: {
        const value = this.variables.get(name);
        if (value === undefined && LIVELY.has(name)) {
          throw new UnsupportedError(`shell variable '${name}' on the simulated stack`);
        }
        return typeof value === "string" ? index === 0 ? value : undefined : value?.at(index);
      }
    }
  }

  /** All values of an array; a text is an array of one. */
  list(name: string): readonly string[] {
    if (name === "@" || name === "*") return this.positional;
    const value = this.variables.get(name);
    return value === undefined ? [] : typeof value === "string" ? [value] : value.filter((one) => one !== undefined);
  }

  /** Sets a variable, or one place of an array. False if it is read-only. */
  set(name: string, value: Value, index?: number): boolean {
    if (this.readonly.has(name) || name === "PPID") return false;
    if (index === undefined || typeof value !== "string") {
      this.variables.set(name, value);
      return true;
    }
    const there = this.variables.get(name);
    const list = there === undefined ? [] : typeof there === "string" ? [there] : there;
    list[index < 0 ? list.length + index : index] = value;
    this.variables.set(name, list);
    return true;
  }

  /** Makes a variable the innermost function's own. */
  makeLocal(name: string): void {
    const scope = this.scopes.at(-1);
    if (scope !== undefined && !scope.has(name)) scope.set(name, this.variables.get(name));
  }

  /** The end of a function: variables are what they were. */
  leaveScope(): void {
    for (const [name, value] of this.scopes.pop() ?? []) {
      if (value === undefined) this.variables.delete(name);
      else this.variables.set(name, value);
    }
  }
}
