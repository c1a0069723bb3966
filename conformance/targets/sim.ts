/**
 * The target "sim": a stack in this process, in virtual time. A script takes as long as its computation, and gives the
 * same octets every time.
 *
 * @module
 */
import { Stack, type StackOptions } from "../../stack/stack.ts";
import { SimSession } from "./sim/session.ts";
import { ShellTrees } from "./sim/shell/tree.ts";
import type { Availability, Session, Target, WorldOptions } from "./target.ts";

/** How a {@link SimTarget} differs from the usual one. */
export interface SimTargetOptions {
  /** Name on the command line and in results. Default `sim`. */
  readonly name?: string | undefined;
  /** Seed of the stack's random numbers. Default 1. */
  readonly seed?: number | undefined;
  /** Makes the stack of each world: a second stack, or a faulty one. Default `new Stack(options)`. */
  readonly makeStack?: ((options: StackOptions) => Stack) | undefined;
}

/** Runs scripts on a stack in this process. */
export class SimTarget implements Target {
  readonly name: string;
  readonly virtualTime = true;
  readonly #seed: number;
  readonly #makeStack: (options: StackOptions) => Stack;
  readonly #trees = new ShellTrees();

  /** A target that makes worlds as `options` say. */
  constructor(options: SimTargetOptions = {}) {
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
    return new SimSession(options, this.#makeStack, this.#seed, this.#trees);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
