/**
 * The timeline thread's end of the workshop thread (`workshop_worker.ts`).
 *
 * @module
 */

import { AF_UNIX, SOCK_STREAM } from "../../../abi/socket_constants.ts";
import type { Reactor } from "../../../host/reactor.ts";
import { check } from "../../../host/errno.ts";
import { close, syscall } from "../../../host/syscall.ts";
import { JsonLines } from "../json_lines.ts";
import { TargetError, type WorldOptions } from "../target.ts";
import type { WorldKind } from "./world.ts";
import { Metronome } from "../metronome.ts";
import { backgroundProcessors } from "../realtime.ts";
import { Lead } from "./lead.ts";
import type { MadeWorld, WatchedOutcome, WorkshopReply, WorkshopRequest, WorkshopStart } from "./workshop_protocol.ts";

const NONBLOCK_CLOEXEC = 0o2004000;

type Body<T> = T extends unknown ? Omit<T, "id"> : never;

interface Waiting {
  resolve(reply: WorkshopReply): void;
  reject(error: Error): void;
}

/** Makes worlds, runs commands in them and takes them down, all without blocking this thread. */
export class Workshop {
  readonly #worker: Worker;
  readonly #metronome: Metronome;
  readonly #fds: readonly [number, number];
  readonly #channel: JsonLines;
  readonly #waiting = new Map<number, Waiting>();
  readonly #destroying = new Set<Promise<unknown>>();
  /** Of the threads that make calls in its worlds. */
  readonly lead = new Lead();
  #ids = 0;
  #broken: Error | undefined;

  constructor(reactor: Reactor) {
    const ends = new Int32Array(2);
    check(syscall("socketpair", AF_UNIX, SOCK_STREAM | NONBLOCK_CLOEXEC, 0, ends), "socketpair");
    this.#fds = [ends[0]!, ends[1]!];
    this.#channel = new JsonLines(this.#fds[0], this.#fds[0], reactor, {
      message: (value) => this.#received(value as WorkshopReply),
      closed: (error) => this.#fail(error ?? new Error("the workshop thread ended")),
    });
    this.#worker = new Worker(new URL("./workshop_worker.ts", import.meta.url), { type: "module", name: "workshop" });
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`the workshop thread failed: ${event.message}`));
    };
    const start: WorkshopStart = { fd: this.#fds[1] };
    this.#worker.postMessage(start);
    this.#metronome = new Metronome(backgroundProcessors());
  }

  #received(reply: WorkshopReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(new TargetError(reply.error));
    else waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#broken ??= new TargetError(error.message, { cause: error });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
  }

  #ask(request: Body<WorkshopRequest>): Promise<WorkshopReply> {
    if (this.#broken) return Promise.reject(this.#broken);
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#channel.send({ ...request, id });
    });
  }

  /** Makes a world. Rejects with {@link TargetError}. */
  async make(options: WorldOptions, kind: WorldKind): Promise<MadeWorld> {
    const reply = await this.#ask({ type: "make", options, kind });
    if (!("made" in reply)) throw new TargetError("the workshop gave no world");
    return reply.made;
  }

  /** Runs `sh -c text` in a world. */
  async command(world: number, text: string): Promise<WatchedOutcome> {
    const reply = await this.#ask({ type: "command", world, text });
    if (!("command" in reply)) throw new TargetError("the workshop gave no exit status");
    // JSON has no `undefined`.
    return { ...reply.command, signal: reply.command.signal };
  }

  /**
   * Takes a world down in the background. {@link Workshop.close} waits for it.
   */
  destroy(world: number): void {
    const done = this.#ask({ type: "destroy", world }).catch(() => {}).finally(() => this.#destroying.delete(done));
    this.#destroying.add(done);
  }

  /** Waits until all worlds that are to be taken down are down. Never rejects. */
  async quiet(): Promise<void> {
    while (this.#destroying.size > 0) await Promise.all(this.#destroying);
  }

  /** Waits until all worlds are down and ends the thread. Never rejects. */
  async close(): Promise<void> {
    await this.quiet();
    this.#channel.close();
    this.#worker.terminate();
    this.#metronome.close();
    this.#broken ??= new TargetError("the workshop is closed");
    for (const fd of this.#fds) close(fd);
  }
}
