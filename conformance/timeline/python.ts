/**
 * Runs the code blocks of scripts: one `python3` for all scripts of a run of the tool, started when the first one needs
 * it, and further ones while code goes on and on.
 *
 * @module
 */
import { z } from "zod";
import { UnsupportedError } from "../targets/target.ts";
import type { CodeBlock, CodeJob, CodeOutcome, CodeRunner } from "./code_runner.ts";

/**
 * Reads jobs, one JSON line each, from standard input and answers each with one line on what was standard output. The
 * jobs' own output goes to a pipe-less buffer, so that it can't disturb the answers.
 */
const SERVER = `
import io, json, os, sys, threading, time, traceback
_parent = os.getppid()
def _watch():
    # A block that never ends does not see the end of its input.
    while os.getppid() == _parent:
        time.sleep(0.5)
    os._exit(1)
threading.Thread(target=_watch, daemon=True).start()
_out = os.fdopen(os.dup(1), "w", buffering=1)
_in = os.fdopen(os.dup(0))
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
class _Printed(io.TextIOBase):
    text = ""
    def write(self, text):
        self.text = (self.text + text[:16384])[:16384]
        return len(text)
for _request in _in:
    job = json.loads(_request)
    printed = _Printed()
    space = {"__name__": "__main__", "sys": sys, "traceback": traceback}
    space["_netproof_set"] = lambda i, space=space, job=job: space.update(job["snapshots"][i])
    status, error = 0, ""
    old = sys.stdout, sys.stderr, sys.excepthook
    sys.stdout = sys.stderr = printed
    try:
        os.chdir(job["cwd"])
        exec(compile(job["source"], "<script>", "exec"), space)
    except SystemExit as e:
        status = e.code if isinstance(e.code, int) else (0 if e.code is None else 1)
        error = "SystemExit: %s" % (e.code,)
    except BaseException as e:
        status = 1
        error = "".join(traceback.format_exception_only(type(e), e)).strip().splitlines()[-1]
        traceback.print_exc(file=printed)
    sys.stdout, sys.stderr, sys.excepthook = old
    line = space.get("_line")
    _out.write(json.dumps({"id": job["id"], "status": status & 255, "error": error[:2000], "output": printed.text,
                           "line": line if isinstance(line, int) else None}) + "\\n")
`;

interface Waiting {
  readonly job: CodeJob;
  resolve(outcome: CodeOutcome): void;
  reject(error: unknown): void;
}

/** One interpreter. */
interface Server {
  readonly process: Deno.ChildProcess;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  /** What it is at. */
  job: { readonly id: number; readonly waiting: Waiting; readonly timers: readonly Timeout[] } | undefined;
  /** It has been at it for long: nobody waits for it. */
  slow: boolean;
}

type Timeout = ReturnType<typeof setTimeout>;

/** A job that takes longer, ms, does not keep the others waiting. */
const SLOW_MS = 1000;
/** The longest time that a timer takes, ms. */
const LONGEST_MS = 2 ** 31 - 1;
/** An answer is shorter; more is no answer. */
const LONGEST_ANSWER = 1 << 20;

const answerSchema = z.object({
  id: z.number(),
  status: z.number(),
  error: z.string(),
  output: z.string(),
  line: z.number().nullable(),
});

/** How a {@link PythonRunner} is set up. */
export interface PythonRunnerOptions {
  /** The interpreter. Default `python3`. */
  readonly command?: string | undefined;
}

/** The interpreter that runs code blocks. Started at the first job; ends with {@link PythonRunner.close}. */
export class PythonRunner implements CodeRunner {
  readonly #command: string;
  readonly #servers = new Set<Server>();
  readonly #queue: Waiting[] = [];
  readonly #ended = new Set<Promise<unknown>>();
  #next = 1;

  constructor(options: PythonRunnerOptions = {}) {
    this.#command = options.command ?? "python3";
  }

  /** Starts the interpreter ahead of the first job. A missing interpreter shows at the job. */
  prepare(): void {
    if (this.#servers.size > 0) return;
    try {
      this.#start();
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
    }
  }

  /** Runs one job in a fresh namespace. Rejects with {@link UnsupportedError} where there is no interpreter. */
  run(job: CodeJob): Promise<CodeOutcome> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends the interpreters. Never throws. */
  async close(): Promise<void> {
    for (const server of this.#servers) this.#kill(server);
    await Promise.all(this.#ended);
  }

  /** Gives waiting jobs to interpreters that have none. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      let server = [...this.#servers].find(({ job }) => job === undefined);
      if (server === undefined) {
        if ([...this.#servers].some(({ slow }) => !slow)) return;
        try {
          server = this.#start();
        } catch (error) {
          for (const waiting of this.#queue.splice(0)) waiting.reject(error);
          return;
        }
      }
      this.#give(server, this.#queue.shift()!);
    }
  }

  #give(server: Server, waiting: Waiting): void {
    const id = this.#next++;
    const { cwd, limit_ms } = waiting.job;
    const limit = setTimeout(() => {
      this.#kill(server);
      this.#finish(server, {
        ...failed(`code blocks still running after ${(limit_ms / 1000).toFixed(1)} s, when the time was up`),
        endless: true,
      });
    }, Math.min(Math.max(0, limit_ms), LONGEST_MS));
    const slow = setTimeout(() => {
      server.slow = true;
      this.#dispatch();
    }, SLOW_MS);
    server.job = { id, waiting, timers: [limit, slow] };
    const line = new TextEncoder().encode(JSON.stringify({ id, ...program(waiting.job), cwd }) + "\n");
    server.writer.write(line).catch(() => {});
  }

  /** The job of an interpreter is done, or never will be. */
  #finish(server: Server, outcome: CodeOutcome): void {
    const { job } = server;
    server.job = undefined;
    server.slow = false;
    for (const timer of job?.timers ?? []) clearTimeout(timer);
    job?.waiting.resolve(outcome);
    const idle = [...this.#servers].filter((each) => each.job === undefined);
    for (const spare of this.#queue.length === 0 ? idle.slice(1) : []) this.#kill(spare);
    this.#dispatch();
  }

  #kill(server: Server): void {
    if (!this.#servers.delete(server)) return;
    try {
      server.process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  #start(): Server {
    let process: Deno.ChildProcess;
    try {
      process = new Deno.Command(this.#command, {
        args: ["-c", SERVER],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
        throw new UnsupportedError(`code blocks need ${this.#command}, which can't be run here: install Python 3`);
      }
      throw error;
    }
    const server: Server = { process, writer: process.stdin.getWriter(), job: undefined, slow: false };
    this.#servers.add(server);
    // Standard input closes when this process ends, whatever way it ends, and the server's loop with it.
    server.writer.closed.catch(() => {});
    const ended = this.#read(server).finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
    return server;
  }

  async #read(server: Server): Promise<void> {
    let rest = "";
    try {
      for await (const chunk of server.process.stdout.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
          this.#answer(server, rest.slice(0, end));
          rest = rest.slice(end + 1);
        }
        if (rest.length > LONGEST_ANSWER) break;
      }
    } catch {
      // Reading ended because the process did, or because it sent what is no answer.
    }
    this.#kill(server);
    const { code } = await server.process.status;
    if (server.job !== undefined) {
      this.#finish(server, failed(`the interpreter ended with status ${code} inside the code blocks`));
    }
  }

  #answer(server: Server, text: string): void {
    const { id, line, ...outcome } = answerSchema.parse(JSON.parse(text));
    if (server.job?.id === id) this.#finish(server, { ...outcome, line: line ?? undefined });
  }
}

/** The program of a job, which calls `_netproof_set(i)` to take the variables of snapshot `i`. */
function program({ blocks, path }: CodeJob): { source: string; snapshots: CodeBlock["variables"][] } {
  const texts = blocks.map(({ line, text }, i) => `_netproof_set(${i})\n_line = ${line}\n${text}\n`);
  return {
    source: `_file = ${JSON.stringify(path)}\n${texts.join("")}`,
    snapshots: blocks.map(({ variables }) => variables),
  };
}

function failed(error: string): CodeOutcome {
  return { status: 1, line: undefined, error, output: "" };
}
