/**
 * One process that runs mutants, seen from the one that asks it.
 *
 * @module
 */
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { type Answer, answer, type Order, type RunName } from "./protocol.ts";
import { ROOT } from "./tree.ts";

/** The permissions of the task as users run it. */
const PERMISSIONS = config.tasks.conformance.command.split(" ").filter((word) => word.startsWith("--allow"));
/** A mutant may eat memory without end: of the process, MB. */
const HEAP_MB = 1024;
/** Processor time of a run that never ends, ms: none of ours needs a tenth of it. */
const RUN_CPU_MS = 4_000;
/** However busy the machine is, a run has ended by then, ms. */
const RUN_WALL_MS = 120_000;
const START_WALL_MS = 180_000;
const LOOK_MS = 250;
/** Linux counts a process's time in these, ms. */
const TICK_MS = 10;

/** What a run under a mutant came to. */
export type RunAnswer = Extract<Answer, { kind: "run" }>;

/** A process that can't be used. */
export class LaneError extends Error {
  /** `LaneError`. */
  override name = "LaneError";
}

/** Processor time that a process has had so far, ms; where nobody tells, the time of the wall. */
function cpuTime(pid: number): number {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return performance.now();
  }
}

/** A process with a copy of the tree. */
export class Lane {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting: string[] = [];
  #rest = "";
  #dead = false;
  /** Runs by index, once it is ready. */
  runs: readonly RunName[] = [];
  /** Mutants that were reached while the stack was loaded. */
  loaded: readonly number[] = [];

  private constructor(folder: string, profiles: readonly string[], first: number) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--cached-only",
        "--no-check",
        `--v8-flags=--max-old-space-size=${HEAP_MB}`,
        ...PERMISSIONS,
        join(folder, "ci/mutate/judge.ts"),
        ROOT,
        profiles.join(","),
        String(first),
      ],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#writer = this.#child.stdin.getWriter();
  }

  /**
   * Starts one in the copy at `folder`, with the mutant `first` on from the start.
   *
   * @throws {LaneError} when the stack can't be loaded
   */
  static async start(folder: string, profiles: readonly string[], first = 0): Promise<Lane> {
    const lane = new Lane(folder, profiles, first);
    const ready = await lane.#next(START_WALL_MS, START_WALL_MS);
    if (ready?.kind !== "ready") {
      lane.end();
      throw new LaneError("the stack could not be loaded");
    }
    lane.runs = ready.runs;
    lane.loaded = ready.loaded;
    return lane;
  }

  /** Whether it still runs. */
  get alive(): boolean {
    return !this.#dead;
  }

  /** Has `order` run and tells of each run. A run that never ends ends the process; its index is returned. */
  async obey(order: Order, onRun: (run: RunAnswer) => void): Promise<number | undefined> {
    const left = [...order.runs];
    try {
      await this.#writer.write(new TextEncoder().encode(JSON.stringify(order) + "\n"));
    } catch {
      this.end();
      return left[0];
    }
    for (;;) {
      const said = await this.#next(RUN_CPU_MS, RUN_WALL_MS);
      if (said?.kind === "done") return undefined;
      if (said?.kind !== "run") {
        this.end();
        return left[0];
      }
      while (left.length > 0 && left.shift() !== said.run);
      onRun(said);
    }
  }

  /** Ends the process. */
  end(): void {
    if (this.#dead) return;
    this.#dead = true;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    this.#lines.cancel().catch(() => {});
    this.#writer.abort().catch(() => {});
    this.#child.status.catch(() => {});
  }

  /** The next that it says; nothing when it is gone, or has used up its time. */
  async #next(cpu: number, wall: number): Promise<Answer | undefined> {
    const since = performance.now();
    const { pid } = this.#child;
    let used = cpuTime(pid);
    const limit = used + cpu;
    const reading = this.#line();
    for (;;) {
      const { promise: later, resolve } = Promise.withResolvers<"later">();
      const timer = setTimeout(() => resolve("later"), LOOK_MS);
      const line = await Promise.race([reading, later]);
      clearTimeout(timer);
      if (line !== "later") return line === undefined ? undefined : answer.parse(JSON.parse(line));
      used = cpuTime(pid);
      if (used > limit || performance.now() - since > wall) {
        this.end();
        await reading;
        return undefined;
      }
    }
  }

  async #line(): Promise<string | undefined> {
    while (this.#waiting.length === 0) {
      const { value, done } = await this.#lines.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) return undefined;
      const parts = (this.#rest + value).split("\n");
      this.#rest = parts.pop()!;
      this.#waiting.push(...parts);
    }
    return this.#waiting.shift();
  }
}
