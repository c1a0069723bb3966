/**
 * Any Linux built for user mode (`ARCH=um`), in virtual time: the kernel is booted as a process, our runner runs inside
 * on its clock, and what it finds comes back. `docs/linux.md`.
 *
 * @module
 */
import { basename } from "node:path";
import { type Reactor, reactor } from "../../host/reactor.ts";
import { allowedProcessors } from "../../host/scheduling.ts";
import type { RunResult } from "../report/results.ts";
import { executeRun } from "../runner/execute.ts";
import { namedClauses, type PlannedRun, type ReadyRun } from "../runner/plan.ts";
import type { BatchTarget, ScheduleOptions } from "../runner/schedule.ts";
import { boot, BootError } from "./linux/boot.ts";
import { columnName, ImageError, inspectImage, type KernelImage } from "./linux/image.ts";
import type { InsideEvent, Job } from "./linux/protocol.ts";
import { type Availability, type Lack, type Session, TargetError } from "./target.ts";

/** Until a kernel can run scripts, µs. It takes two seconds where nothing else runs. */
const BOOT_US = 120_000_000;
/** A script that its own limit ends is waited for so much longer, µs. */
const GRACE_US = 5_000_000;
/** Fewer scripts are not worth a boot of their own. */
const SCRIPTS_PER_BOOT = 8;
/** The name by which headers and baselines mean all of them. */
export const LINUX_FAMILY = "linux";

/** How a {@link LinuxTarget} is made. */
export interface LinuxTargetOptions {
  /** Its name on the command line and in results. */
  readonly name: string;
  /** The kernel, an executable file. */
  readonly file: string;
  /** What is known of it, or why it can't be used. */
  readonly image: KernelImage | Lack;
  /** Waits; the process's own reactor unless given. */
  readonly reactor?: Reactor | undefined;
  /** Until it can run scripts, µs. */
  readonly boot_us?: number | undefined;
  /** How much longer than its limit a script is waited for, µs. */
  readonly grace_us?: number | undefined;
}

/** A file and what it is called. */
export interface LinuxFile {
  /** As the command line says. */
  readonly name?: string | undefined;
  /** The kernel. */
  readonly file: string;
}

/** Makes a target of a file. One that can't be used is a target, too: each of its runs is an error that says why. */
export async function linuxTarget({ name, file }: LinuxFile): Promise<LinuxTarget> {
  try {
    const image = await inspectImage(file, reactor());
    return new LinuxTarget({ name: name ?? columnName(image.release), file, image });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return new LinuxTarget({ name: name ?? basename(file), file, image: error.lack });
  }
}

/** The runs of one kernel. */
interface Portion {
  readonly runs: readonly ReadyRun[];
  /** The processor that it keeps to. */
  readonly processor: number | undefined;
}

/** See {@link BatchTarget}. */
export class LinuxTarget implements BatchTarget {
  readonly name: string;
  readonly family = LINUX_FAMILY;
  readonly virtualTime = true;
  /** Kernels booted at once: each has one processor. */
  readonly jobs: number = navigator.hardwareConcurrency;
  readonly #file: string;
  readonly #image: KernelImage | Lack;
  readonly #reactor: Reactor;
  readonly #boot_us: number;
  readonly #grace_us: number;

  /** A target as `options` say. */
  constructor(options: LinuxTargetOptions) {
    this.name = options.name;
    this.#file = options.file;
    this.#image = options.image;
    this.#reactor = options.reactor ?? reactor();
    this.#boot_us = options.boot_us ?? BOOT_US;
    this.#grace_us = options.grace_us ?? GRACE_US;
  }

  describe(): Promise<string> {
    const image = this.#image;
    return Promise.resolve(
      "release" in image
        ? `Linux ${image.release} in user mode, virtual time (${this.#file})`
        : `unknown: ${image.what}`,
    );
  }

  probe(): Promise<Availability> {
    return Promise.resolve({ available: true });
  }

  open(): Promise<Session> {
    return Promise.reject(new TargetError("worlds are made inside the booted kernel"));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async runAll(planned: readonly PlannedRun[], options: ScheduleOptions): Promise<void> {
    const image = this.#image;
    const inside: ReadyRun[] = [];
    for (const run of planned) {
      if (run.kind === "ready") inside.push(run);
      else options.onResult((await executeRun(this, run, options)).result);
    }
    if (!("release" in image)) {
      for (const run of inside) options.onResult(this.#unusable(run, image));
      return;
    }
    const kernels = Math.min(options.jobs, Math.ceil(inside.length / SCRIPTS_PER_BOOT));
    const shares = Array.from({ length: kernels }, (_, k) => inside.filter((_, i) => i % kernels === k));
    let busy = 0;
    const running = (change: number) => options.onProgress(busy += change);
    const processors = allowedProcessors();
    await Promise.all(shares.map((runs, k) => {
      const processor = processors.length < kernels ? undefined : processors[k];
      return new Share(this, { runs, processor }, options, running).run();
    }));
  }

  /** Boots it for some runs. */
  async boot(
    { runs, processor }: Portion,
    options: ScheduleOptions,
    event: (event: InsideEvent) => void,
  ): Promise<void> {
    const { planning, cwd, strict, limit_us, signal } = options;
    const { definitions, dialect, platform, variants } = planning;
    const job: Job = {
      target: this.name,
      family: this.family,
      planning: {
        definitions: [...definitions],
        ...(dialect === undefined ? {} : { dialect }),
        ...(platform === undefined ? {} : { platform }),
        variantsNamed: variants !== undefined,
      },
      ...(cwd === undefined ? {} : { cwd }),
      strict,
      runs: runs.map(({ path, variant, script }) => ({ path, variant, text: script.source })),
    };
    const plan = { file: this.#file, processor, boot_us: this.#boot_us, run_us: limit_us + this.#grace_us };
    await boot(plan, job, { event }, signal, this.#reactor);
  }

  /** A run that did not come about because the kernel does not. */
  #unusable(run: ReadyRun, lack: Lack): RunResult {
    const remedy = lack.remedy === undefined ? "" : `: ${lack.remedy}`;
    return this.failed(run, `${lack.what}${remedy}`, { kind: "machine", lack });
  }

  /** The kernel could not be booted. */
  notBooted(run: ReadyRun, why: string): RunResult {
    const [first, ...rest] = why.split("\n");
    const what = [`${this.#file} could not be booted: ${first}`, ...rest].join("\n");
    return this.#unusable(run, { what, remedy: "docs/linux.md says what it needs" });
  }

  /** An error of the target's. */
  failed(run: ReadyRun, message: string, failure: RunResult["failure"]): RunResult {
    const { path: script, variant } = run;
    return {
      script,
      variant,
      target: this.name,
      verdict: "error",
      duration_us: 0,
      message: `${script}: ${message}`,
      failure,
      ...namedClauses(run),
    };
  }
}

/** The runs of one kernel: when it dies in one of them, the next are those of another boot of it. */
class Share {
  #left: readonly ReadyRun[];
  /** The run under way, by its number in the boot, and since when. */
  #current: { readonly number: number; readonly since: number } | undefined;
  #ready = false;

  constructor(
    private readonly target: LinuxTarget,
    private readonly portion: Portion,
    private readonly options: ScheduleOptions,
    private readonly running: (change: number) => void,
  ) {
    this.#left = portion.runs;
  }

  async run(): Promise<void> {
    while (this.#left.length > 0 && !this.options.signal.aborted) {
      const runs = this.#left;
      this.#ready = false;
      try {
        await this.target.boot({ ...this.portion, runs }, this.options, (event) => this.#event(runs, event));
        // It said that it had done all; what it has not told of, it never will.
        this.#giveUp("it left this script out");
      } catch (error) {
        if (!(error instanceof BootError)) throw error;
        if (!this.options.signal.aborted) this.#died(runs, error.message);
      } finally {
        this.#settled();
      }
    }
  }

  #event(runs: readonly ReadyRun[], event: InsideEvent): void {
    if (event.type === "ready") this.#ready = true;
    else if (event.type === "begin") {
      this.#settled();
      this.#current = { number: event.run, since: performance.now() };
      this.running(1);
    } else if (event.type === "result") {
      const run = runs[event.run];
      if (run === undefined || !this.#left.includes(run)) {
        throw new Error(`it tells of run ${event.run}, which is not due`);
      }
      const since = this.#current?.since ?? performance.now();
      this.#settled();
      // Its own clock does not tell how long it took.
      this.#result(run, { ...event.result, duration_us: Math.round((performance.now() - since) * 1000) });
    }
  }

  #settled(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.running(-1);
  }

  #result(run: ReadyRun, result: RunResult): void {
    this.#left = this.#left.filter((each) => each !== run);
    this.options.onResult(result);
  }

  #died(runs: readonly ReadyRun[], why: string): void {
    const run = this.#current && runs[this.#current.number];
    if (run !== undefined) {
      const message = `the target failed: the kernel died while this script ran: ${why}`;
      this.#result(run, this.target.failed(run, message, { kind: "target" }));
    } else if (!this.#ready) {
      for (const each of this.#left) this.#result(each, this.target.notBooted(each, why));
    } else if (this.#left.length === runs.length) this.#giveUp(why);
  }

  #giveUp(why: string): void {
    for (const run of this.#left) {
      this.#result(run, this.target.failed(run, `the target failed: ${why}`, { kind: "target" }));
    }
  }
}
