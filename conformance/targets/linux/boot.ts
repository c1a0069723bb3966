/**
 * One kernel booted for some scripts, and all that may go wrong with it.
 *
 * @module
 */
import { realtime } from "../../../host/clock.ts";
import { type ChildProcess, ownEnvironment, spawn } from "../../../host/process.ts";
import { EPOLL, type Reactor, type Timer, type Watch } from "../../../host/reactor.ts";
import { close, open, read } from "../../../host/syscall.ts";
import { check } from "../../../host/errno.ts";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pathWithoutShims } from "../kernel/shims.ts";
import { ConsoleTail } from "./console.ts";
import { memoryFolder, WatchedFolder } from "./folder.ts";
import { buildInit, sharedPath } from "./init.ts";
import { EVENTS_FILE, INIT_FILE, type InsideEvent, type Job, JOB_FILE, parseEvent } from "./protocol.ts";

/** Memory that the kernel believes to have; what it uses of it is taken. */
const MEMORY_MIB = 1024;
/** Wall-clock time in it when it boots, ns since 1970: always the same, as everything else. */
const EPOCH_NS = 1_767_225_600_000_000_000n;
/** How often we look for news, µs. */
const LOOK_US = 10_000;
/** A kernel that has done what it was to do is waited for, µs. */
const LEAVE_US = 2_000_000;
const INSIDE = fileURLToPath(new URL("./inside_main.ts", import.meta.url));
const FLAGS = ["--quiet", "--no-check", "--cached-only"];
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"];

/** What is booted, where, and how long it is waited for. */
export interface BootPlan {
  /** The kernel. */
  readonly file: string;
  /** The processor that it keeps to: it and the processes inside take turns, and to wake another processor takes longer. */
  readonly processor: number | undefined;
  /** Until it can run scripts, µs. */
  readonly boot_us: number;
  /** Until a script has ended, µs. */
  readonly run_us: number;
}

/** What a boot tells. */
export interface BootHandlers {
  /** An event came. */
  event(event: InsideEvent): void;
}

/** Why a boot ended before its time; the message says it all. */
export class BootError extends Error {
  /** `BootError`. */
  override name = "BootError";
}

/** What the kernel is told at its start. */
export function kernelArguments(folder: string): string[] {
  return [
    `mem=${MEMORY_MIB}M`,
    "time-travel=inf-cpu",
    `time-travel-start=${EPOCH_NS}`,
    "root=/dev/root",
    "rootfstype=hostfs",
    "rootflags=/",
    "ro",
    `init=${folder}/${INIT_FILE}`,
    "con=null",
    "con0=null,fd:1",
    `uml_dir=${folder}`,
    "umid=kernel",
    "noreboot",
    "panic=-1",
  ];
}

/** Boots a kernel for `job`. Resolves once it is done; rejects with {@link BootError}. */
export async function boot(
  plan: BootPlan,
  job: Job,
  handlers: BootHandlers,
  signal: AbortSignal,
  reactor: Reactor,
): Promise<void> {
  const environment = await environmentInside(job, reactor);
  using running = new Boot(plan, job, environment, handlers, reactor);
  const abort = () => running.stop("stopped");
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    await running.done;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Our environment. What leads to Python is found here, where it takes less time than inside. */
async function environmentInside(job: Job, reactor: Reactor): Promise<string[]> {
  const folder = job.cwd ?? dirname(job.runs[0]?.path ?? ".");
  const path = await pathWithoutShims(resolve(folder), reactor);
  return [...ownEnvironment(), ...(path === undefined ? [] : [`PATH=${path}`]), "NO_COLOR=1"].filter(isLast);
}

/** Whether a variable is the last of its name. */
function isLast(variable: string, index: number, all: readonly string[]): boolean {
  const name = variable.slice(0, variable.indexOf("=") + 1);
  return index === all.findLastIndex((other) => other.startsWith(name));
}

class Boot implements Disposable {
  readonly #plan: BootPlan;
  readonly #handlers: BootHandlers;
  readonly #reactor: Reactor;
  readonly #folder: WatchedFolder;
  readonly #process: ChildProcess;
  readonly #watch: Watch;
  readonly #console = new ConsoleTail();
  readonly #eventsFd: number;
  readonly #buffer = new Uint8Array(1 << 18);
  readonly #decoder = new TextDecoder();
  readonly #outcome = Promise.withResolvers<void>();
  #rest = "";
  #deadline: number;
  #doing = "boot";
  #ended = false;
  #timer: Timer | undefined;

  constructor(plan: BootPlan, job: Job, environment: readonly string[], handlers: BootHandlers, reactor: Reactor) {
    this.#plan = plan;
    this.#handlers = handlers;
    this.#reactor = reactor;
    this.#folder = new WatchedFolder(reactor);
    try {
      const { path } = this.#folder;
      this.#write(job, environment);
      this.#eventsFd = check(open(`${path}/${EVENTS_FILE}`, 0), `open ${path}/${EVENTS_FILE}`);
      this.#process = spawn({
        command: resolve(plan.file),
        args: kernelArguments(path),
        // Where it leaves a core dump, should it die.
        cwd: path,
        // Its memory is a file, which it takes away at once.
        env: { TMPDIR: memoryFolder(MEMORY_MIB << 20) ?? path },
        stdout: "pipe",
        stderr: "stdout",
        processor: plan.processor,
      }, reactor);
    } catch (error) {
      this.#folder.close();
      throw error;
    }
    this.#folder.watch(this.#process.pid);
    this.#watch = reactor.watch(this.#process.stdout!, EPOLL.IN, () => {
      if (!this.#drain()) this.#watch.close();
    });
    this.#process.status.then(() => this.#gone());
    this.#deadline = realtime() + plan.boot_us;
    this.#look();
  }

  /** See {@link boot}. */
  get done(): Promise<void> {
    return this.#outcome.promise;
  }

  #write(job: Job, environment: readonly string[]): void {
    const { path } = this.#folder;
    Deno.writeTextFileSync(`${path}/${JOB_FILE}`, JSON.stringify(job));
    Deno.writeTextFileSync(`${path}/${EVENTS_FILE}`, "");
    const init = buildInit({
      folder: path,
      cwd: Deno.cwd(),
      command: [Deno.execPath(), "run", ...FLAGS, ...PERMISSIONS, INSIDE, sharedPath(path)],
      environment,
    });
    Deno.writeFileSync(`${path}/${INIT_FILE}`, init, { mode: 0o755 });
  }

  /** Looks for news, and again after a while. */
  #look(): void {
    try {
      this.#read();
    } catch (error) {
      return this.stop(error instanceof Error ? error.message : String(error));
    }
    if (realtime() > this.#deadline) return this.stop(`it has not come to an end of its ${this.#doing} in time`);
    this.#timer = this.#reactor.at(realtime() + LOOK_US, () => this.#look());
  }

  #read(): void {
    for (let length; (length = check(read(this.#eventsFd, this.#buffer), "reading events")) > 0;) {
      const lines = (this.#rest + this.#decoder.decode(this.#buffer.subarray(0, length), { stream: true })).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines) this.#take(parseEvent(line));
    }
  }

  #take(event: InsideEvent): void {
    this.#deadline = realtime() + (event.type === "end" ? LEAVE_US : this.#plan.run_us);
    this.#doing = event.type === "begin" ? "script" : "work";
    if (event.type === "unusable") throw new Error(`it can't be used: ${event.reason}: ${event.remedy}`);
    this.#handlers.event(event);
    if (event.type === "end") this.#end(undefined);
  }

  /** Takes what is on the console. Says whether there may be more. */
  #drain(): boolean {
    for (;;) {
      const length = read(this.#process.stdout!, this.#buffer);
      if (length <= 0) return length < 0;
      this.#console.add(this.#buffer.subarray(0, length));
    }
  }

  /** The process has ended. */
  #gone(): void {
    if (this.#ended) return;
    this.#drain();
    try {
      this.#read();
    } catch {
      // How it ended says more.
    }
    const { signal, code } = this.#process.ended!;
    this.#fail(signal === undefined ? `it ended with status ${code}` : `it was ended by signal ${signal}`);
  }

  /** Ends it. */
  stop(why: string): void {
    if (!this.#ended) this.#fail(why);
  }

  #fail(why: string): void {
    this.#end(new BootError([why, ...this.#console.last()].join("\n  ")));
  }

  #end(error: BootError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error === undefined) this.#outcome.resolve();
    else this.#outcome.reject(error);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#watch.close();
    this.#process[Symbol.dispose]();
    close(this.#eventsFd);
    this.#folder.close();
  }
}
