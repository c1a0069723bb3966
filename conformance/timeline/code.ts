/**
 * Code blocks: what they may look at is sampled when their event comes, what they assert is judged at the very end.
 *
 * @module
 */
import { SO_MEMINFO, SOL_SOCKET, SOL_TCP } from "../../abi/socket_constants.ts";
import { TCP_CC_INFO, TCP_INFO } from "../../abi/tcp_constants.ts";
import type { CodeAction } from "../script/syntax.ts";
import { dirname } from "../paths.ts";
import { UnsupportedError } from "../targets/target.ts";
import type { RunContext } from "./context.ts";
import { ScriptFailure, ScriptFault } from "./failure.ts";
import { codeVariables, CONSTANTS, NPLAB_CONSTANTS } from "./tcp_info.ts";

/** Length of `struct tcp_info` as asked for: more than any kernel has. */
const TCP_INFO_LENGTH = 1024;
const CC_INFO_LENGTH = 256;
const MEMINFO_LENGTH = 256;

/** Code that is wrong whatever the stack did. */
const MISTAKE = /^(?:SyntaxError|IndentationError|TabError|NameError)\b/;

/** What a block may look at, as the stack gave it: to take it apart would make the next event late. */
interface Sample {
  readonly action: CodeAction;
  readonly line: number;
  readonly info: Uint8Array;
  readonly cc: Uint8Array;
  readonly memory: Uint8Array;
}

/** The code of one run. */
export class CodeBlocks {
  readonly #run: RunContext;
  readonly #samples: Sample[] = [];

  constructor(run: RunContext) {
    this.#run = run;
  }

  /** Samples the socket under test for a block. */
  async sample(action: CodeAction, line: number): Promise<void> {
    const { sockets, nplab } = this.#run;
    const socket = sockets.underTest;
    if (socket === undefined) throw codeFault("no socket to use for code; call socket() before", line);
    if (socket.fd === undefined || socket.closed) {
      const remedy = socket.closed ? "the socket under test is closed" : "accept() the connection before";
      throw codeFault(`can't find getsockopt to get TCP info; ${remedy}`, line);
    }
    const fd = socket.fd.live;
    const info = await this.#option(
      fd,
      SOL_TCP,
      TCP_INFO,
      TCP_INFO_LENGTH,
      "can't find getsockopt to get TCP info",
      line,
    );
    const cc = nplab
      ? new Uint8Array(0)
      : await this.#option(fd, SOL_TCP, TCP_CC_INFO, CC_INFO_LENGTH, "can't find getsockopt to get TCP_CC_INFO", line);
    const memory = nplab
      ? new Uint8Array(0)
      : await this.#option(fd, SOL_SOCKET, SO_MEMINFO, MEMINFO_LENGTH, "can't find getsockopt to get sk_meminfo", line);
    this.#samples.push({ action, line, info, cc, memory });
    const { evidence, session } = this.#run;
    evidence.sampled(session.now(), line, () => lookedAt(action.text, codeVariables(info, cc, memory)));
  }

  async #option(
    fd: number,
    level: number,
    option: number,
    length: number,
    problem: string,
    line: number,
  ): Promise<Uint8Array> {
    const running = this.#run.session.call({ name: "getsockopt", fd, level, option, length });
    const outcome = running.outcome ?? await running.settled;
    if (outcome.result < 0) throw runtimeError(problem, line);
    return outcome.data ?? new Uint8Array(0);
  }

  /** Runs all blocks in one namespace, in order. */
  async judge(): Promise<void> {
    if (this.#samples.length === 0) return;
    const { config, options, script } = this.#run;
    if (config.code_command !== "python3" && !/python3?(\.\d+)?$/.test(config.code_command)) {
      throw new UnsupportedError(`code blocks run by '${config.code_command}'; only Python 3 is supported`);
    }
    const constants = { ...NPLAB_CONSTANTS, ...CONSTANTS };
    const outcome = await options.python.run({
      blocks: this.#samples.map(({ line, action, info, cc, memory }) => ({
        line,
        text: action.text,
        variables: { ...constants, ...codeVariables(info, cc, memory) },
      })),
      path: script.path,
      cwd: options.cwd ?? dirname(script.path),
      limit_ms: this.#run.remaining_ms(),
    });
    if (outcome.status === 0) return;
    const line = outcome.line;
    const Failed = outcome.endless === true || MISTAKE.test(outcome.error) ? ScriptFault : ScriptFailure;
    throw new Failed("code", `error in Python code: ${outcome.error}`, line, {
      ...(outcome.output === "" ? {} : { actual: outcome.output.trimEnd() }),
    });
  }
}

/** The variables that the text of a block names. */
function lookedAt(text: string, variables: Readonly<Record<string, number>>): Record<string, string> {
  const names = new Set(text.match(/\w+/g));
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => names.has(name)).map(([name, value]) => [name, String(value)]),
  );
}

function codeFault(reason: string, line: number): ScriptFault {
  return new ScriptFault("code", `runtime error in code: ${reason}`, line);
}

function runtimeError(reason: string, line: number): ScriptFailure {
  return new ScriptFailure("code", `runtime error in code: ${reason}`, line);
}
