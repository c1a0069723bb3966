/**
 * The runner's end of an adapter: starts the program, asks it, notices when it dies.
 *
 * @module
 */

import { EPOLL, type Reactor, type Watch } from "../../../host/reactor.ts";
import { type ChildProcess, spawn } from "../../../host/process.ts";
import { read } from "../../../host/syscall.ts";
import { JsonLines } from "../json_lines.ts";
import { TargetError, UnsupportedError } from "../target.ts";
import { type AdapterReply, type AdapterRequest, PROTOCOL, replySchema, toWire } from "./protocol.ts";

/** How an adapter is started. */
export interface AdapterCommand {
  /** Program, looked up in PATH. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Environment, in place of this process's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory. */
  readonly cwd?: string | undefined;
}

/** Octets of standard error kept for messages. */
const KEPT_ERRORS = 16 << 10;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Reply<K extends AdapterReply["type"]> = Extract<AdapterReply, { type: K }>;

interface Waiting {
  /** Returns whether this was the last answer. */
  reply(reply: AdapterReply): boolean;
  fail(error: Error): void;
}

/** A running adapter. */
export class AdapterProcess {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #channel: JsonLines;
  readonly #waiting = new Map<number, Waiting>();
  readonly #errorsWatch: Watch;
  #errors = "";
  #ids = 0;
  #dead: TargetError | undefined;
  #hello: Reply<"hello"> | undefined;

  /** Starts it. Throws a `SystemError` where it can't be started. */
  constructor(name: string, command: AdapterCommand, reactor: Reactor) {
    this.#name = name;
    this.#process = spawn({
      command: command.command,
      args: command.args,
      ...(command.env === undefined ? {} : { env: command.env }),
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    }, reactor);
    const { stdin, stdout, stderr } = this.#process;
    this.#channel = new JsonLines(stdout!, stdin!, reactor, {
      message: (value) => this.#received(value),
      closed: (error) => this.#lost(error),
    });
    this.#errorsWatch = reactor.watch(stderr!, EPOLL.IN, () => this.#readErrors());
  }

  /** Why it can't be used any more, or `undefined`. */
  get dead(): TargetError | undefined {
    return this.#dead;
  }

  /** What it said of itself; set once {@link AdapterProcess.greet} has resolved. */
  get hello(): Reply<"hello"> | undefined {
    return this.#hello;
  }

  /** Exchanges versions. Rejects with {@link TargetError}. */
  async greet(): Promise<void> {
    const hello = await this.ask({ type: "hello", protocol: PROTOCOL, runner: "netproof" }, "hello");
    if (hello.protocol !== PROTOCOL) {
      throw new TargetError(`${this.#name} speaks version ${hello.protocol} of the adapter protocol, not ${PROTOCOL}`);
    }
    this.#hello = hello;
  }

  /** Asks and waits for the one answer. Rejects with {@link TargetError} or {@link UnsupportedError}. */
  ask<K extends AdapterReply["type"]>(request: WithoutId<AdapterRequest>, answer: K): Promise<Reply<K>> {
    return new Promise((resolve, reject) => {
      this.start(request, {
        reply: (reply) => {
          if (reply.type === answer) resolve(reply as Reply<K>);
          else reject(new TargetError(`${this.#name} answered ${request.type} with ${reply.type}`));
          return true;
        },
        fail: reject,
      });
    });
  }

  /** Asks; each answer goes to `waiting`, an error answer or the adapter's death to `waiting.fail`. */
  start(request: WithoutId<AdapterRequest>, waiting: Waiting): void {
    if (this.#dead !== undefined) return waiting.fail(this.#dead);
    const id = ++this.#ids;
    this.#waiting.set(id, waiting);
    this.#channel.send(toWire({ ...request, id }));
  }

  #received(value: unknown): void {
    const parsed = replySchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const text = JSON.stringify(value);
      const shown = text.length > 200 ? text.slice(0, 200) + "…" : text;
      throw new Error(`it sent what is not a reply (${issue?.path.join(".")}: ${issue?.message}): ${shown}`);
    }
    const reply = parsed.data;
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) throw new Error(`it answered request ${reply.id}, which is not waiting for an answer`);
    if (reply.type === "error") {
      this.#waiting.delete(reply.id);
      waiting.fail(
        reply.unsupported ? new UnsupportedError(reply.message) : new TargetError(`${this.#name}: ${reply.message}`),
      );
    } else if (waiting.reply(reply)) this.#waiting.delete(reply.id);
  }

  #readErrors(): void {
    const buffer = new Uint8Array(4096);
    const length = read(this.#process.stderr!, buffer);
    if (length === 0) this.#errorsWatch.close();
    if (length <= 0) return;
    this.#errors = (this.#errors + new TextDecoder().decode(buffer.subarray(0, length))).slice(-KEPT_ERRORS);
  }

  /** The channel is gone: tells how the process ended, which takes it a moment. */
  async #lost(error: Error | undefined): Promise<void> {
    if (error !== undefined) this.#process.kill();
    // Refuses new requests meanwhile.
    this.#dead = new TargetError(`${this.#name} is ending`);
    const { code, signal } = await this.#process.status;
    this.#readErrors();
    const how = signal === undefined ? `ended with status ${code}` : `was ended by signal ${signal}`;
    const why = error === undefined ? how : `was ended because ${error.message}`;
    const said = this.#errors.trim();
    this.#dead = new TargetError(`${this.#name} ${why}` + (said === "" ? "" : `; it said:\n${said}`));
    for (const waiting of [...this.#waiting.values()]) waiting.fail(this.#dead);
    this.#waiting.clear();
    this.#release();
  }

  #release(): void {
    this.#channel.close();
    this.#errorsWatch.close();
    this.#process[Symbol.dispose]();
  }

  /** Ends it. Never rejects. */
  async close(): Promise<void> {
    if (this.#dead === undefined) {
      this.#dead = new TargetError(`${this.#name} is closed`);
      for (const waiting of [...this.#waiting.values()]) waiting.fail(this.#dead);
      this.#waiting.clear();
      this.#release();
    }
    await this.#process.status;
  }
}
