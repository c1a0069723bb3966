/**
 * Runs the code blocks of scripts: one `python3` for all scripts of a run of the tool, started when the first one needs it.
 *
 * @module
 */
import { UnsupportedError } from "../targets/target.ts";

/** What a job did. */
export interface PythonOutcome {
  /** Exit status that packetdrill would have seen: 0 or not. */
  readonly status: number;
  /** Line of the script that the failing block stands in. */
  readonly line: number | undefined;
  /** The exception in one line, as `AssertionError: 12`. */
  readonly error: string;
  /** What the code printed and the trace, cut at 16 KiB. */
  readonly output: string;
}

/** One job: the program text, which calls `_netproof_set(i)` to take the variables of snapshot `i`. */
export interface PythonJob {
  readonly source: string;
  readonly snapshots: readonly Readonly<Record<string, number>>[];
  /** Working directory. */
  readonly cwd: string;
}

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
for _request in _in:
    job = json.loads(_request)
    printed = io.StringIO()
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
    _out.write(json.dumps({"id": job["id"], "status": status & 255, "error": error, "output": printed.getvalue()[:16384],
                           "line": line if isinstance(line, int) else None}) + "\\n")
`;

interface Waiting {
  resolve(outcome: PythonOutcome): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Server {
  readonly process: Deno.ChildProcess;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly waiting: Map<number, Waiting>;
  /** Set once it has ended or was killed. */
  dead: boolean;
}

/** How a {@link PythonRunner} is set up. */
export interface PythonRunnerOptions {
  /** The interpreter. Default `python3`. */
  readonly command?: string | undefined;
  /** Hard limit of one job, ms. Default 10 000. */
  readonly limit_ms?: number | undefined;
}

/** The interpreter that runs code blocks. Started at the first job; ends with {@link PythonRunner.close}. */
export class PythonRunner {
  readonly #command: string;
  readonly #limit_ms: number;
  #server: Promise<Server> | undefined;
  #next = 1;

  constructor(options: PythonRunnerOptions = {}) {
    this.#command = options.command ?? "python3";
    this.#limit_ms = options.limit_ms ?? 10_000;
  }

  /** Starts the interpreter ahead of the first job. A missing interpreter shows at the job. */
  prepare(): void {
    this.#server ??= this.#start();
    this.#server.catch(() => {});
  }

  /** Runs one job in a fresh namespace. Rejects with {@link UnsupportedError} where there is no interpreter. */
  async run(job: PythonJob): Promise<PythonOutcome> {
    this.prepare();
    let server = await this.#server!;
    if (server.dead) {
      this.#server = undefined;
      this.prepare();
      server = await this.#server!;
    }
    const id = this.#next++;
    const line = new TextEncoder().encode(JSON.stringify({ id, ...job }) + "\n");
    return await new Promise<PythonOutcome>((resolve, reject) => {
      const timer = setTimeout(() => {
        server.waiting.delete(id);
        resolve({
          status: 1,
          line: undefined,
          error: `code blocks still running after ${this.#limit_ms / 1000} s`,
          output: "",
        });
        this.#kill(server);
      }, this.#limit_ms);
      server.waiting.set(id, { resolve, reject, timer });
      server.writer.write(line).catch(() => {});
    });
  }

  /** Ends the interpreter. Never throws. */
  async close(): Promise<void> {
    const starting = this.#server;
    this.#server = undefined;
    if (starting === undefined) return;
    try {
      const server = await starting;
      this.#kill(server);
      await server.process.status;
    } catch {
      // It never started, which the jobs have said.
    }
  }

  #kill(server: Server): void {
    if (server.dead) return;
    server.dead = true;
    try {
      server.process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  // deno-lint-ignore require-await -- a missing interpreter must reject, not throw
  async #start(): Promise<Server> {
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
    const server: Server = { process, writer: process.stdin.getWriter(), waiting: new Map(), dead: false };
    // Standard input closes when this process ends, whatever way it ends, and the server's loop with it.
    server.writer.closed.catch(() => {});
    this.#read(server);
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
      }
    } catch {
      // Reading ended because the process did.
    }
    server.dead = true;
    const { code } = await server.process.status;
    for (const waiting of server.waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.resolve({
        status: 1,
        line: undefined,
        error: `the interpreter ended with status ${code} inside the code blocks`,
        output: "",
      });
    }
    server.waiting.clear();
  }

  #answer(server: Server, text: string): void {
    const answer = JSON.parse(text) as {
      id: number;
      status: number;
      error: string;
      output: string;
      line: number | null;
    };
    const waiting = server.waiting.get(answer.id);
    if (waiting === undefined) return;
    server.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    waiting.resolve({
      status: answer.status,
      line: answer.line ?? undefined,
      error: answer.error,
      output: answer.output,
    });
  }
}
