/**
 * Any stack behind a TUN device in a process of its own, driven by an adapter program (`docs/adapters.md`).
 *
 * @module
 */

import { type Reactor, reactor } from "../../host/reactor.ts";
import { type AdapterCommand, type AdapterPatience, AdapterProcess } from "./adapter/process.ts";
import { AdapterSession } from "./adapter/session.ts";
import { beginning } from "./adapter/words.ts";
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
  /** How long the adapter is waited for; as `docs/adapters.md` says unless given. */
  readonly patience?: AdapterPatience | undefined;
}

/** An adapter that served no run to its end, so often in a row, for it did not answer, is not started again. */
const SETBACKS = 3;
/** Characters shown of a stack's name. */
const SHOWN_STACK = 100;

/** See {@link Target}. One adapter process serves all worlds; when it dies, the next world gets a new one. */
export class ExternalTarget implements Target {
  readonly name: string;
  readonly virtualTime = false;
  /** One thread of the adapter's serves them all, and is late where they crowd. */
  readonly jobs = 12;
  readonly #command: AdapterCommand;
  readonly #reactor: Reactor;
  #workshop: Workshop | undefined;
  readonly #patience: AdapterPatience | undefined;
  #adapter: Promise<AdapterProcess> | undefined;
  /** What it said of its stack when it first answered. */
  #stack: string | undefined;
  #setbacks = 0;
  /** Why it is not started any more. */
  #givenUp: TargetError | undefined;

  /** A target whose adapter is started as `options` say. */
  constructor(options: ExternalTargetOptions) {
    this.name = options.name;
    this.#command = options.command;
    this.#reactor = options.reactor ?? reactor();
    this.#patience = options.patience;
  }

  /** The stack's name as its adapter says it, or why there is no answer: that is the verdict of each run, too. */
  async describe(): Promise<string> {
    try {
      await this.#running();
      return this.#stack!;
    } catch (error) {
      return `unknown: ${error instanceof Error ? error.message : String(error)}`;
    }
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
      if (this.#adapter === current) {
        this.#adapter = undefined;
        this.#takeNote(adapter);
      }
    }
    if (this.#givenUp !== undefined) throw this.#givenUp;
    return await (this.#adapter ??= this.#start());
  }

  /** Bounds what an adapter that never does anything costs: with hundreds of scripts, each start would be waited for. */
  #takeNote(dead: AdapterProcess | undefined): void {
    if (dead === undefined || !dead.silent || dead.worldsClosed > 0) {
      this.#setbacks = 0;
      return;
    }
    if (++this.#setbacks < SETBACKS) return;
    this.#givenUp = new TargetError(`${dead.dead!.message}\n${SETBACKS} times in a row: it is not started again`);
  }

  async #start(): Promise<AdapterProcess> {
    const name = `the adapter of ${this.name}`;
    let adapter: AdapterProcess | undefined;
    try {
      adapter = new AdapterProcess(name, this.#command, this.#reactor, this.#patience);
      await adapter.greet();
      this.#stack ??= beginning(adapter.hello!.stack, SHOWN_STACK);
      return adapter;
    } catch (error) {
      await adapter?.close();
      const message = error instanceof Error ? error.message : String(error);
      const failure = new TargetError(adapter === undefined ? `${name} can't be started: ${message}` : message, {
        cause: error,
      });
      // What never came so far as to say its name won't the next time.
      if (this.#stack === undefined) this.#givenUp = failure;
      throw failure;
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
