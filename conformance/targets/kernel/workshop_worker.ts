/**
 * The workshop thread: makes worlds, runs their commands, takes them down. All of that blocks for milliseconds, which
 * the thread that keeps scripts on time can't afford. The threads of a process share their descriptors, so a world is
 * handed over as numbers.
 *
 * @module
 */

import { realtime } from "../../../host/clock.ts";
import { Reactor, VIRTUAL_CLOCK } from "../../../host/reactor.ts";
import { ownVariable } from "../../../host/process.ts";
import { close } from "../../../host/syscall.ts";
import { callOnThread } from "../../../host/timed_call.ts";
import { JsonLines } from "../json_lines.ts";
import type { WorldOptions } from "../target.ts";
import { commandEnvironment } from "../command_environment.ts";
import { bashStartup } from "./bash_startup.ts";
import { WorldDefaults } from "./defaults.ts";
import { Keeper } from "./keeper.ts";
import { measureTick, type Tick } from "./tick.ts";
import { makeWorld, type WorldDescriptors } from "./world.ts";
import { becomeHelper } from "../realtime.ts";
import { Refusals } from "./refusals.ts";
import { DEFAULT_PATH, pathWithoutShims } from "./shims.ts";
import type { WatchedOutcome, WorkshopReply, WorkshopRequest, WorkshopStart } from "./workshop_protocol.ts";

/** Where a shell looks without a `PATH`. */

interface World {
  readonly descriptors: WorldDescriptors;
  readonly options: WorldOptions;
  keeper: Keeper | undefined;
  refusals: Refusals | undefined;
}

/** The worker's side of the channel on `fd`. */
class Workshop {
  readonly #reactor: Reactor;
  readonly #worlds = new Map<number, World>();
  readonly #channel: JsonLines;
  readonly #defaults = new WorldDefaults();
  #made = 0;
  readonly #virtualClock: boolean;
  #tick: Tick | undefined;
  /** Worlds are taken down one after the other: the kernel does it under one lock, and making worlds needs it too. */
  #destroying: Promise<void> = Promise.resolve();

  constructor({ fd, virtualClock }: WorkshopStart) {
    this.#virtualClock = virtualClock;
    this.#reactor = virtualClock ? new Reactor(VIRTUAL_CLOCK) : new Reactor();
    this.#channel = new JsonLines(fd, fd, this.#reactor, {
      message: (value) => this.#handle(value as WorkshopRequest),
      closed: () => self.close(),
    });
  }

  #reply(reply: WorkshopReply): void {
    this.#channel.send(reply);
  }

  async #handle(request: WorkshopRequest): Promise<void> {
    const { id } = request;
    try {
      switch (request.type) {
        case "make": {
          const start = realtime();
          const descriptors = makeWorld(request.options, request.kind, this.#defaults);
          const world = ++this.#made;
          this.#worlds.set(world, { descriptors, options: request.options, keeper: undefined, refusals: undefined });
          const took_us = realtime() - start;
          return this.#reply({
            id,
            made: { ...descriptors, world, took_us, tick: this.#tick ??= measureTick(this.#virtualClock) },
          });
        }
        case "command":
          return this.#reply({ id, command: await this.#command(request.world, request.text) });
        case "destroy":
          this.#destroying = this.#destroying.then(() => this.#destroy(request.world));
          await this.#destroying;
          return this.#reply({ id, destroyed: true });
      }
    } catch (error) {
      this.#reply({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  async #command(number: number, text: string): Promise<WatchedOutcome> {
    const world = this.#worlds.get(number);
    if (world === undefined) throw new Error(`there is no world ${number}`);
    if (world.keeper === undefined) {
      const { cwd } = world.options;
      const path = await pathWithoutShims(cwd, this.#reactor) ?? ownVariable("PATH") ?? DEFAULT_PATH;
      world.refusals ??= new Refusals(path);
      const variables = { ...bashStartup(this.#virtualClock), ...commandEnvironment(world.options) };
      const env = { ...variables, PATH: path, ...world.refusals.env };
      const { namespaceFd } = world.descriptors;
      world.keeper ??= new Keeper({ namespaceFd, cwd, env, alone: this.#virtualClock }, this.#reactor);
    }
    const outcome = await world.keeper.run(text);
    return { ...outcome, refusals: world.refusals!.take() };
  }

  async #destroy(number: number): Promise<void> {
    const world = this.#worlds.get(number);
    if (world === undefined) return;
    this.#worlds.delete(number);
    world.keeper?.close();
    world.refusals?.close();
    const { directoryFd, namespaceFd, further } = world.descriptors;
    // Each waits until no processor can be using what it closes, which they do together.
    const slow = [world.descriptors, ...further].flatMap(({ captureFd, deviceFd }) => [captureFd, deviceFd])
      .filter((fd) => fd >= 0);
    await Promise.all(slow.map((fd) => callOnThread({ name: "close", args: [fd] }, this.#reactor).settled));
    close(directoryFd);
    close(namespaceFd);
  }
}

addEventListener("message", (event) => {
  const start = (event as MessageEvent<WorkshopStart>).data;
  if (!start.virtualClock) becomeHelper();
  new Workshop(start);
}, { once: true });
