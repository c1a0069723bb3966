/**
 * Any stack behind a TUN device in a process of its own, driven by an adapter program (`docs/adapters.md`).
 *
 * @module
 */

import { type Reactor, reactor } from "../../host/reactor.ts";
import { type AdapterCommand, AdapterProcess } from "./adapter/process.ts";
import { AdapterSession } from "./adapter/session.ts";
import { probeKernel } from "./kernel/probe.ts";
import { Workshop } from "./kernel/workshop.ts";
import { enterRealtime, leaveRealtime } from "./realtime.ts";
import { type Availability, type Session, type Target, TargetError, type WorldOptions } from "./target.ts";

/** How an external target is made. */
export interface ExternalTargetOptions {
  /** Its name on the command line and in results. */
  readonly name: string;
  /** Starts the adapter. */
  readonly command: AdapterCommand;
  /** Waits; the process's own reactor unless given. */
  readonly reactor?: Reactor | undefined;
}

/** See {@link Target}. One adapter process serves all worlds; when it dies, the next world gets a new one. */
export class ExternalTarget implements Target {
  readonly name: string;
  readonly virtualTime = false;
  /** One thread of the adapter's serves them all, and is late where they crowd. */
  readonly jobs = 12;
  readonly #command: AdapterCommand;
  readonly #reactor: Reactor;
  #workshop: Workshop | undefined;
  #adapter: Promise<AdapterProcess> | undefined;

  /** A target whose adapter is started as `options` say. */
  constructor(options: ExternalTargetOptions) {
    this.name = options.name;
    this.#command = options.command;
    this.#reactor = options.reactor ?? reactor();
  }

  async describe(): Promise<string> {
    const adapter = await this.#running();
    return adapter.hello!.stack;
  }

  probe(): Promise<Availability> {
    return Promise.resolve(probeKernel());
  }

  /** The adapter, started and greeted. */
  async #running(): Promise<AdapterProcess> {
    const current = this.#adapter;
    if (current !== undefined) {
      const adapter = await current.catch(() => undefined);
      if (adapter !== undefined && adapter.dead === undefined) return adapter;
      // Several worlds may find the same dead adapter: the first of them replaces it.
      if (this.#adapter === current) this.#adapter = undefined;
    }
    return await (this.#adapter ??= this.#start());
  }

  async #start(): Promise<AdapterProcess> {
    let adapter: AdapterProcess;
    try {
      adapter = new AdapterProcess(`the adapter of ${this.name}`, this.#command, this.#reactor);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new TargetError(`the adapter of ${this.name} can't be started: ${message}`, { cause: error });
    }
    try {
      await adapter.greet();
      return adapter;
    } catch (error) {
      await adapter.close();
      throw error;
    }
  }

  async open(options: WorldOptions): Promise<Session> {
    if (this.#workshop === undefined) {
      enterRealtime();
      this.#workshop = new Workshop(this.#reactor);
    }
    const workshop = this.#workshop;
    const adapter = await this.#running();
    const world = await workshop.make(options, { kernelStack: false });
    let session: AdapterSession;
    try {
      session = new AdapterSession(world, workshop, adapter, this.#reactor);
    } catch (error) {
      workshop.destroy(world.world);
      const message = error instanceof Error ? error.message : String(error);
      throw new TargetError(`watching the device of a world: ${message}`, { cause: error });
    }
    try {
      await session.open(options);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async quiet(): Promise<void> {
    await this.#workshop?.quiet();
  }

  async close(): Promise<void> {
    const adapter = await this.#adapter?.catch(() => undefined);
    this.#adapter = undefined;
    await adapter?.close();
    const workshop = this.#workshop;
    this.#workshop = undefined;
    await workshop?.close();
    if (workshop !== undefined) leaveRealtime();
  }
}
