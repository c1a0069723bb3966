/**
 * Runs code blocks where there is no Python: those that keep to assertions, comparisons, arithmetic, simple assignments,
 * `if` and a few functions. Others are not run at all, and the name of what is not understood is told.
 *
 * @module
 */
import { UnsupportedError } from "../targets/target.ts";
import type { CodeBlock, CodeJob, CodeOutcome, CodeRunner } from "../timeline/code_runner.ts";
import { execute, type Space } from "./evaluate.ts";
import { parseBlock } from "./parse.ts";
import { type Statement, UnknownConstruct } from "./syntax.ts";
import { PythonError, type Value } from "./values.ts";

/** Characters kept of what is printed. */
const MAX_OUTPUT = 16_384;

/** The runner of code blocks that needs nothing. */
export class SmallPython implements CodeRunner {
  prepare(): void {}

  // deno-lint-ignore require-await -- a job that can't be run must reject, not throw
  async run(job: CodeJob): Promise<CodeOutcome> {
    const programs = job.blocks.map((block) => understood(block, () => parseBlock(block.text)));
    let output = "";
    const space: Space = {
      variables: new Map<string, Value>([["_file", job.path]]),
      print: (text) => output = (output + text).slice(0, MAX_OUTPUT),
    };
    for (const [i, block] of job.blocks.entries()) {
      const problem = runBlock(block, programs[i]!, space);
      if (problem === undefined) continue;
      const error = problem.message === "" ? problem.type : `${problem.type}: ${problem.message}`;
      return { status: 1, line: block.line, error: error.split("\n").at(-1)!, output };
    }
    return { status: 0, line: undefined, error: "", output };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function runBlock(block: CodeBlock, program: readonly Statement[], space: Space): PythonError | undefined {
  for (const [name, value] of Object.entries(block.variables)) {
    space.variables.set(name, Number.isInteger(value) ? BigInt(value) : value);
  }
  try {
    understood(block, () => execute(program, space));
    return undefined;
  } catch (error) {
    if (error instanceof PythonError) return error;
    throw error;
  }
}

/** What `work` gives; rejects with the construct's name where it comes upon what is not understood. */
function understood<T>({ line }: CodeBlock, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UnknownConstruct)) throw error;
    throw new UnsupportedError(`the code block of line ${line} has ${error.construct}, which needs Python itself`);
  }
}
