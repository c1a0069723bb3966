/**
 * A stack in this process, in virtual time, wherever that is: nothing here asks the runtime for anything.
 *
 * @module
 */
import { Stack, type StackOptions } from "../../../stack/stack.ts";
import type { Availability, Session, Target, WorldOptions } from "../target.ts";
import type { HostFiles } from "./host_files.ts";
import { SimSession } from "./session.ts";
import { ShellTrees } from "./shell/tree.ts";

/** How an {@link InProcessTarget} differs from the usual one. */
export interface InProcessTargetOptions {
  /** Name on the command line and in results. Default `sim`. */
  readonly name?: string | undefined;
  /** Seed of the stack's random numbers. Default 1. */
  readonly seed?: number | undefined;
  /** Makes the stack of each world: a second stack, or a faulty one. Default `new Stack(options)`. */
  readonly makeStack?: ((options: StackOptions) => Stack) | undefined;
}

/** Runs scripts on a stack in this process. */
export class InProcessTarget implements Target {
  readonly name: string;
  readonly virtualTime = true;
  readonly #seed: number;
  readonly #makeStack: (options: StackOptions) => Stack;
  readonly #trees = new ShellTrees();
  readonly #host: HostFiles;

  /** A target that makes worlds as `options` say, with the files of `host`. */
  constructor(host: HostFiles, options: InProcessTargetOptions = {}) {
    this.#host = host;
    this.name = options.name ?? "sim";
    this.#seed = options.seed ?? 1;
    this.#makeStack = options.makeStack ?? ((stackOptions) => new Stack(stackOptions));
  }

  describe(): Promise<string> {
    return Promise.resolve(`netproof's own stack in virtual time, seed ${this.#seed}`);
  }

  probe(): Promise<Availability> {
    return Promise.resolve({ available: true });
  }

  // deno-lint-ignore require-await -- a world that can't be made must reject, not throw
  async open(options: WorldOptions): Promise<Session> {
    return new SimSession(options, this.#makeStack, this.#seed, this.#trees, this.#host);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
