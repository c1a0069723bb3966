/**
 * The Linux kernel of this machine, behind a TUN device in a network namespace of its own for each run.
 *
 * @module
 */

import { ownVariable } from "../../host/process.ts";
import { type Reactor, reactor } from "../../host/reactor.ts";
import { missingProgram } from "./kernel/lack.ts";
import { probeKernel } from "./kernel/probe.ts";
import { readFileText } from "./kernel/proc.ts";
import { KernelSession } from "./kernel/session.ts";
import { DEFAULT_PATH } from "./kernel/shims.ts";
import { Workshop } from "./kernel/workshop.ts";
import { enterRealtime, leaveRealtime } from "./realtime.ts";
import {
  type Availability,
  ETHERNET,
  type Lack,
  type Session,
  type Target,
  TargetError,
  type WorldOptions,
} from "./target.ts";

/** How a {@link KernelTarget} differs from the usual one. */
export interface KernelTargetOptions {
  /** Name in results. Default `kernel`. */
  readonly name?: string | undefined;
  /** See {@link Target.family}. */
  readonly family?: string | undefined;
  /** Waits; the process's own reactor unless given. */
  readonly reactor?: Reactor | undefined;
  /** This machine's clock stands still while anything runs (Linux in user mode with time travel): nothing needs to be made punctual. */
  readonly virtualClock?: boolean | undefined;
}

/** See {@link Target}. */
export class KernelTarget implements Target {
  readonly name: string;
  readonly family: string | undefined;
  // A script's own time is that of the machine's clock, whatever moves that one.
  readonly virtualTime = false;
  readonly #reactor: Reactor;
  readonly #virtualClock: boolean;
  #workshop: Workshop | undefined;

  /** A target as `options` say. */
  constructor(options: KernelTargetOptions = {}) {
    this.name = options.name ?? "kernel";
    this.family = options.family;
    this.#reactor = options.reactor ?? reactor();
    this.#virtualClock = options.virtualClock ?? false;
  }

  describe(): Promise<string> {
    const release = readFileText("/proc/sys/kernel/osrelease").trim();
    return Promise.resolve(`Linux ${release} ${Deno.build.arch}`);
  }

  probe(): Promise<Availability> {
    return Promise.resolve(probeKernel());
  }

  lacks(programs: readonly string[]): Lack | undefined {
    return missingProgram(programs, ownVariable("PATH") ?? DEFAULT_PATH);
  }

  async open(options: WorldOptions): Promise<Session> {
    if (this.#workshop === undefined) {
      // Refused without the privilege: then a busy machine makes us later, which the runner notices.
      if (!this.#virtualClock) enterRealtime();
      this.#workshop = new Workshop(this.#reactor, this.#virtualClock);
    }
    const workshop = this.#workshop;
    const world = await workshop.make(options, { kernelStack: true });
    try {
      const ethernet = options.device === "tap" ? ETHERNET : undefined;
      return new KernelSession(world, options.cwd, workshop, this.#reactor, ethernet);
    } catch (error) {
      workshop.destroy(world.world);
      const message = error instanceof Error ? error.message : String(error);
      throw new TargetError(`watching the device of a world: ${message}`, { cause: error });
    }
  }

  async quiet(): Promise<void> {
    await this.#workshop?.quiet();
  }

  async close(): Promise<void> {
    if (this.#workshop === undefined) return;
    const workshop = this.#workshop;
    this.#workshop = undefined;
    await workshop.close();
    if (!this.#virtualClock) leaveRealtime();
  }
}
