/**
 * The Linux kernel of this machine, behind a TUN device in a network namespace of its own for each run.
 *
 * @module
 */

import { type Reactor, reactor } from "../../host/reactor.ts";
import { probeKernel } from "./kernel/probe.ts";
import { readFileText } from "./kernel/proc.ts";
import { KernelSession } from "./kernel/session.ts";
import { Workshop } from "./kernel/workshop.ts";
import { enterRealtime, leaveRealtime } from "./realtime.ts";
import { type Availability, ETHERNET, type Session, type Target, TargetError, type WorldOptions } from "./target.ts";

/** See {@link Target}. */
export class KernelTarget implements Target {
  readonly name = "kernel";
  readonly virtualTime = false;
  readonly #reactor: Reactor;
  #workshop: Workshop | undefined;

  /** Waits with `reactor`, the process's own unless given. */
  constructor(options: { readonly reactor?: Reactor } = {}) {
    this.#reactor = options.reactor ?? reactor();
  }

  describe(): Promise<string> {
    const release = readFileText("/proc/sys/kernel/osrelease").trim();
    return Promise.resolve(`Linux ${release} ${Deno.build.arch}`);
  }

  probe(): Promise<Availability> {
    return Promise.resolve(probeKernel());
  }

  async open(options: WorldOptions): Promise<Session> {
    if (this.#workshop === undefined) {
      // Refused without the privilege: then a busy machine makes us later, which the runner notices.
      enterRealtime();
      this.#workshop = new Workshop(this.#reactor);
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
    leaveRealtime();
  }
}
