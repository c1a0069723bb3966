/**
 * Runs shell commands on a simulated world, as Bash does.
 *
 * @module
 */
import type {
  AndOr,
  Command as CommandTree,
  CommandNode,
  Function as FunctionNode,
  ParsedScript,
  Pipeline,
  PipelineNode,
  Statement,
} from "unbash";
import { UnsupportedError } from "../../target.ts";
import { Assignments } from "./assignment.ts";
import { type BuiltinHost, BUILTINS } from "./builtins.ts";
import { commandNamed } from "./commands.ts";
import { type Body, Compound, type CompoundHost } from "./compound.ts";
import { Exit, LoopControl, Return, type Run, ShellError } from "./control.ts";
import { Expander, type ExpansionHost } from "./expand.ts";
import { globFiles } from "./glob.ts";
import type { Jobs } from "./jobs.ts";
import { redirect } from "./redirect.ts";
import type { ShellState } from "./state.ts";
import { bytesToText, Collector, type Descriptors, Input } from "./streams.ts";
import { TestCommand } from "./test_command.ts";
import { checkTree, type ShellTrees } from "./tree.ts";
import type { Command, ShellWorld } from "./world.ts";

/** Scripts that run scripts, functions that call functions. */
const MAX_DEPTH = 64;
/** Commands of one text: loops must end. */
const MAX_COMMANDS = 100_000;

/** What all shells of one command share. */
interface Shared {
  readonly trees: ShellTrees;
  readonly jobs: Jobs;
  left: number;
}

class Shell implements ExpansionHost, BuiltinHost, CompoundHost {
  exitTrap: string | undefined;
  readonly expander: Expander;
  readonly #compound: Compound;
  readonly #test: TestCommand;
  readonly #assignments: Assignments;
  /** Conditions under way, in which `set -e` is not heeded. */
  #tested = 0;

  constructor(
    readonly world: ShellWorld,
    readonly state: ShellState,
    public io: Descriptors,
    readonly shared: Shared,
    readonly depth: number,
  ) {
    if (depth > MAX_DEPTH) throw new UnsupportedError("shell scripts that run each other without end");
    this.expander = new Expander(this);
    this.#compound = new Compound(this);
    this.#test = new TestCommand(this);
    this.#assignments = new Assignments(state, this.expander);
  }

  /** Counts a command: loops must end. */
  spend(): void {
    if (--this.shared.left < 0) throw new UnsupportedError("shell commands that run without end");
  }

  get jobs(): Jobs {
    return this.shared.jobs;
  }

  /** Runs something to the shell's end, its trap included. */
  *toEnd(run: Run<number>): Run<number> {
    const status = yield* this.#caught(run);
    const trap = this.exitTrap;
    if (trap === undefined) return status;
    this.exitTrap = undefined;
    this.state.status = status;
    yield* this.#caught(this.source(trap));
    return status;
  }

  *#caught(run: Run<number>): Run<number> {
    try {
      return yield* run;
    } catch (error) {
      if (error instanceof Exit || error instanceof Return) return error.status;
      if (error instanceof LoopControl) return 0;
      if (!(error instanceof ShellError)) throw error;
      this.io.write(2, `${this.state.name}: ${error.message}\n`);
      return error.status;
    }
  }

  /** See {@link BuiltinHost.source}. */
  *source(text: string): Run<number> {
    const tree = this.shared.trees.get(text);
    if (tree.commands.length === 0) return this.state.status = 0;
    return yield* this.body(tree);
  }

  *body(body: Body): Run<number> {
    for (const statement of body.commands) yield* this.#statement(statement);
    return this.state.status;
  }

  *#statement(statement: Statement): Run<number> {
    const { command } = statement;
    if (statement.background === true) {
      const shell = this.#subshell(this.io.with(0, new Input("")));
      this.state.lastJob = this.jobs.start(shell.toEnd(shell.#andOr(command))).pid;
      return this.state.status = 0;
    }
    return yield* this.#andOr(command);
  }

  *#andOr(node: PipelineNode | AndOr): Run<number> {
    if (node.type !== "AndOr") return yield* this.#pipelineNode(node);
    const last = node.commands.length - 1;
    for (const [at, command] of node.commands.entries()) {
      const operator = node.operators[at - 1];
      if (operator !== undefined && (operator === "&&") !== (this.state.status === 0)) continue;
      if (at === last) yield* this.#pipelineNode(command);
      else yield* this.condition(() => this.#pipelineNode(command));
    }
    return this.state.status;
  }

  /** Runs what is only asked for its status: `set -e` does not end the shell in it. */
  *condition(run: () => Run<number>): Run<number> {
    this.#tested++;
    try {
      return yield* run();
    } finally {
      this.#tested--;
    }
  }

  *#pipelineNode(node: PipelineNode): Run<number> {
    if (node.type !== "Pipeline") {
      this.state.status = yield* this.#command(node);
      return this.#exitOnError(node);
    }
    const negations = node.prefixes.filter((prefix) => prefix.type === "Negation").length;
    if (node.prefixes.some((prefix) => prefix.type === "Time")) throw new UnsupportedError("shell: 'time'");
    if (negations === 0) {
      this.state.status = yield* this.#pipeline(node);
      return this.#exitOnError(node);
    }
    const status = yield* this.condition(() => this.#pipeline(node));
    return this.state.status = (negations % 2 === 1) ? (status === 0 ? 1 : 0) : status;
  }

  /** `set -e`. */
  #exitOnError(node: CommandNode | Pipeline): number {
    const { status, options } = this.state;
    const simple = node.type === "Command" || node.type === "Pipeline" || node.type === "Subshell" ||
      node.type === "TestCommand" || node.type === "ArithmeticCommand";
    if (status !== 0 && options.errexit && this.#tested === 0 && simple) throw new Exit(status);
    return status;
  }

  *#pipeline(node: Pipeline): Run<number> {
    const { commands, operators } = node;
    if (commands.length === 1) return yield* this.#command(commands[0]!);
    let status = 0;
    let failed = 0;
    let input = this.io.get(0);
    for (const [at, command] of commands.entries()) {
      let io = this.io.with(0, input);
      const output = at < commands.length - 1 ? new Collector() : undefined;
      if (output !== undefined) io = io.with(1, output);
      if (output !== undefined && operators[at] === "|&") io = io.with(2, output);
      const shell = this.#subshell(io);
      status = yield* shell.toEnd(shell.#command(command));
      if (status !== 0) failed = status;
      input = new Input(output?.text ?? "");
    }
    return this.state.options.pipefail ? failed : status;
  }

  #subshell(io: Descriptors): Shell {
    const shell = new Shell(this.world, this.state.fork(), io, this.shared, this.depth + 1);
    shell.#tested = this.#tested;
    return shell;
  }

  *#command(node: CommandNode): Run<number> {
    this.spend();
    switch (node.type) {
      case "Command":
        return yield* this.#simple(node);
      case "Redirected":
        return yield* this.#redirected(node);
      case "BraceGroup":
        return yield* this.body(node.body);
      case "Subshell": {
        const shell = this.#subshell(this.io);
        return yield* shell.toEnd(shell.body(node.body));
      }
      case "If":
        return yield* this.#compound.if(node);
      case "For":
        return yield* this.#compound.for(node);
      case "ArithmeticFor":
        return yield* this.#compound.arithmeticFor(node);
      case "While":
        return yield* this.#compound.while(node);
      case "Case":
        return yield* this.#compound.case(node);
      case "Function":
        this.state.functions.set(node.name.value, node.body);
        return 0;
      case "TestCommand":
        return yield* this.#test.status(node.expression);
      case "ArithmeticCommand":
        return (yield* this.expander.arithmetic.text(node.body)) === 0n ? 1 : 0;
      case "Select":
      case "Coproc":
        throw new UnsupportedError(`shell: '${node.type.toLowerCase()}'`);
    }
  }

  *#redirected(node: Extract<CommandNode, { type: "Redirected" }>): Run<number> {
    const before = this.io;
    const io = yield* redirect(node.redirects, before, this);
    if (typeof io === "string") return this.#complain(io);
    this.io = io;
    try {
      return yield* this.#command(node.command);
    } finally {
      this.io = before;
    }
  }

  #complain(message: string, status = 1): number {
    this.io.write(2, `${this.state.name}: ${message}\n`);
    return status;
  }

  *#simple(node: CommandTree): Run<number> {
    const words = yield* this.#words(node);
    const before = this.io;
    const { redirects } = node;
    if (redirects.length > 0) {
      const io = yield* redirect(redirects, before, this);
      if (typeof io === "string") return this.#complain(io);
      this.io = io;
    }
    const [name, ...args] = words;
    try {
      if (name === undefined) {
        this.state.status = 0;
        for (const part of node.prefix) if (part.type === "Assignment") yield* this.#assignments.assign(part);
        return this.state.status;
      }
      return yield* this.#assignments.during(node, () => this.call(name, args, true));
    } finally {
      if (name !== "exec" || args.length > 0) this.io = before;
    }
  }

  *#words(node: CommandTree): Run<string[]> {
    const words: string[] = [];
    if (node.name === undefined) return words;
    words.push(...yield* this.expander.fields(node.name));
    for (const argument of node.args) {
      if (argument.type === "Word") words.push(...yield* this.expander.fields(argument));
      else words.push(yield* this.#assignments.word(argument));
    }
    return words;
  }

  /** See {@link BuiltinHost.call}. */
  *call(name: string, args: readonly string[], functions: boolean): Run<number> {
    const body = functions ? this.state.functions.get(name) : undefined;
    if (body !== undefined) return yield* this.#function(body, args);
    const builtin = BUILTINS.get(name);
    if (builtin !== undefined) return yield* builtin(this, args);
    const command = commandNamed(name);
    if (command !== undefined) return this.#external(command, name, args);
    const base = name.slice(name.lastIndexOf("/") + 1);
    if (/^(|\/(usr\/)?s?bin\/)[^/]*$/.test(name)) {
      if (base === "sh" || base === "bash" || base === "dash") return yield* this.#shell(args);
      if (base === "env") return yield* this.#env(args);
      throw new UnsupportedError(`shell command '${name}' on the simulated stack`);
    }
    return yield* this.#file(name, args);
  }

  *#function(body: FunctionNode["body"], args: readonly string[]): Run<number> {
    const { state } = this;
    const before = state.positional;
    const { loops } = state;
    if (state.scopes.length >= MAX_DEPTH) {
      throw new UnsupportedError("shell functions that call each other without end");
    }
    state.positional = args;
    state.scopes.push(new Map());
    state.loops = 0;
    state.returnable++;
    try {
      return yield* body.type === "CompoundList" ? this.body(body) : this.#command(body);
    } catch (error) {
      if (!(error instanceof Return)) throw error;
      return error.status;
    } finally {
      state.leaveScope();
      state.positional = before;
      state.loops = loops;
      state.returnable--;
    }
  }

  #external(command: Command, name: string, args: readonly string[]): number {
    const { stdout, stderr, status } = command({
      args,
      stdin: () => this.io.input().rest(),
      world: this.world,
      path: (path) => this.path(path),
      environment: this.state.environment(),
    });
    const problem = stdout === undefined ? undefined : this.io.write(1, stdout);
    if (stderr !== undefined) this.io.write(2, stderr);
    return problem === undefined ? status : this.#complain(`${name}: write error: ${problem}`);
  }

  /** `sh [-c TEXT | FILE] [ARGUMENT…]`. */
  *#shell(args: readonly string[]): Run<number> {
    const words = [...args];
    const flags: string[] = [];
    while (/^-[a-z]+$/.test(words[0] ?? "") && !words[0]!.includes("c")) flags.push(words.shift()!);
    const text = words[0]?.startsWith("-") === true ? words[1] : undefined;
    if (text !== undefined) return yield* this.#child(text, words[2] ?? "sh", words.slice(3), flags);
    if (words[0] === undefined) return yield* this.#child(this.io.input().rest(), "sh", [], flags);
    const bytes = this.world.files.read(this.path(words[0]));
    if (bytes === undefined) return this.#complain(`${words[0]}: No such file or directory`, 127);
    return yield* this.#child(bytesToText(bytes), words[0], words.slice(1), flags);
  }

  /** `env [NAME=VALUE…] COMMAND`. */
  *#env(args: readonly string[]): Run<number> {
    const at = args.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
    if (at < 0 || args[at]!.startsWith("-")) throw new UnsupportedError(`env ${args.join(" ")} on the simulated stack`);
    const shell = this.#subshell(this.io);
    for (const word of args.slice(0, at)) {
      const [name, value] = [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)];
      shell.state.variables.set(name, value);
      shell.state.exported.add(name);
    }
    return yield* shell.toEnd(shell.call(args[at]!, args.slice(at + 1), false));
  }

  /** Runs a file by its name. */
  *#file(name: string, args: readonly string[]): Run<number> {
    const path = this.path(name);
    const { files } = this.world;
    const kind = files.kind(path);
    if (kind === "directory") return this.#complain(`${name}: Is a directory`, 126);
    const bytes = files.read(path);
    // Corpora call this one from any folder, and sim has it of its own.
    const command = name.endsWith("/set_sysctls.py") ? commandNamed("set_sysctls.py") : undefined;
    if (command !== undefined) return this.#external(command, name, args);
    if (bytes === undefined) return this.#complain(`${name}: No such file or directory`, 127);
    if (!files.executable(path)) return this.#complain(`${name}: Permission denied`, 126);
    const text = bytesToText(bytes);
    const interpreter = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(text);
    const isEnv = interpreter?.[1]?.endsWith("/env") === true;
    const program = isEnv ? interpreter?.[2] : interpreter?.[1];
    if (program !== undefined && !/(^|\/)(ba|da)?sh$/.test(program)) {
      throw new UnsupportedError(`running ${name} by ${program} on the simulated stack`);
    }
    const flag = isEnv ? undefined : interpreter?.[2];
    return yield* this.#child(text, name, args, flag === undefined ? [] : [flag]);
  }

  /** Another shell. */
  *#child(text: string, name: string, args: readonly string[], flags: readonly string[]): Run<number> {
    const state = this.state.child(this.jobs.pid());
    state.name = name;
    state.positional = args;
    const shell = new Shell(this.world, state, this.io, this.shared, this.depth + 1);
    return yield* shell.toEnd(shell.#begin(text, flags));
  }

  *#begin(text: string, flags: readonly string[]): Run<number> {
    if (flags.length > 0) yield* this.call("set", flags, false);
    return yield* this.source(text);
  }

  /** See {@link BuiltinHost.sourceFile}. */
  *sourceFile(name: string, args: readonly string[]): Run<number | undefined> {
    const bytes = this.world.files.read(this.path(name));
    if (bytes === undefined) return undefined;
    const before = this.state.positional;
    if (args.length > 0) this.state.positional = args;
    this.state.returnable++;
    try {
      return yield* this.source(bytesToText(bytes));
    } catch (error) {
      if (!(error instanceof Return)) throw error;
      return error.status;
    } finally {
      this.state.positional = before;
      this.state.returnable--;
    }
  }

  /** See {@link BuiltinHost.whatIs}. */
  whatIs(name: string): "function" | "builtin" | "command" | undefined {
    if (this.state.functions.has(name)) return "function";
    if (BUILTINS.has(name)) return "builtin";
    return commandNamed(name) !== undefined || ["sh", "bash", "env"].includes(name) ? "command" : undefined;
  }

  arithmetic(text: string): Run<bigint> {
    return this.expander.arithmetic.text(text);
  }

  path(path: string): string {
    return this.world.files.path(path.startsWith("/") ? path : `${this.state.cwd}/${path}`);
  }

  glob(pattern: string): readonly string[] {
    return globFiles(pattern, this.state.cwd, this.world.files);
  }

  *substitute(script: ParsedScript, text: string): Run<string> {
    checkTree(script, text);
    const output = new Collector();
    const only = script.commands.length === 1 ? script.commands[0]!.command : undefined;
    const shell = this.#subshell(this.io.with(1, output));
    if (only?.type === "Command" && only.name === undefined && only.redirects.length === 1) {
      // `$(<file)` is the file's text.
      const io = yield* redirect(only.redirects, shell.io, this);
      if (typeof io === "string") {
        this.state.status = this.#complain(io);
        return "";
      }
      return io.input().rest();
    }
    this.state.status = script.commands.length === 0 ? 0 : yield* shell.toEnd(shell.body(script));
    return output.text;
  }

  *substituteText(text: string): Run<string> {
    const inside = text.replace(/^\$\(|\)$/g, "").replace(/^`|`$/g, "");
    return yield* this.substitute(this.shared.trees.get(inside), inside);
  }
}

/** Runs a text as a shell of its own. */
export function runScript(
  text: string,
  world: ShellWorld,
  state: ShellState,
  io: Descriptors,
  shared: { readonly trees: ShellTrees; readonly jobs: Jobs },
): Run<number> {
  const shell = new Shell(world, state, io, { ...shared, left: MAX_COMMANDS }, 0);
  return shell.toEnd(shell.source(text));
}
