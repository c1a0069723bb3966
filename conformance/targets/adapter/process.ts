/**
 * The runner's end of an adapter: starts the program, asks it, notices when it dies or falls silent.
 *
 * @module
 */

import { killDescendants } from "../../../host/descendants.ts";
import { SystemError } from "../../../host/errno.ts";
import { type ChildProcess, spawn } from "../../../host/process.ts";
import { EPOLL, type Reactor, type Timer, type Watch } from "../../../host/reactor.ts";
import { realtime } from "../../../host/clock.ts";
import { read } from "../../../host/syscall.ts";
import { JsonLines } from "../json_lines.ts";
import { TargetError, UnsupportedError } from "../target.ts";
import { type AdapterReply, type AdapterRequest, PROTOCOL, replySchema, toWire } from "./protocol.ts";
import { beginning, ending } from "./words.ts";

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

/** How long an adapter is waited for, ms. */
export interface AdapterPatience {
  /** From its start until it has answered `hello`. */
  readonly hello_ms: number;
  /** Until it has answered a request; for a call `blocked` is an answer. */
  readonly answer_ms: number;
  /** Until a command has ended. */
  readonly command_ms: number;
  /** From the end of its input until it is killed. */
  readonly end_ms: number;
}

/** What `docs/adapters.md` promises. */
export const PATIENCE: AdapterPatience = { hello_ms: 30_000, answer_ms: 10_000, command_ms: 60_000, end_ms: 2_000 };

const SIGSTOP = 19;
/** Characters of standard error kept, and shown. */
const KEPT_ERRORS = 2000;
/** Characters shown of a line that makes no sense, and of an error's message. */
const SHOWN_LINE = 200;
const SHOWN_MESSAGE = 1000;
/** A call is answered at once; after this, µs, it is the adapter that a run waits for. */
const PROMPT_US = 500_000;
/** How often silence is looked for, µs. */
const WATCH_US = 100_000;
/** How long what a dead adapter wrote last is waited for, ms. */
const LAST_WORDS_MS = 100;
/** A pipe holds so much; more is not read at a time, lest a flood keep everything else waiting. */
const PIPE_OCTETS = 64 << 10;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Reply<K extends AdapterReply["type"]> = Extract<AdapterReply, { type: K }>;
/** A request that is not numbered yet. */
export type Asked = WithoutId<AdapterRequest>;

/** Who waits for the answers to a request. */
export interface Waiting {
  /** Takes an answer and returns whether it was the last. What it throws ends the adapter. */
  reply(reply: AdapterReply): boolean;
  /** No answer will come. */
  fail(error: Error): void;
}

interface Request {
  readonly waiting: Waiting;
  readonly request: Asked;
  /** When it was sent, µs of CLOCK_REALTIME. */
  readonly asked: number;
  /** When its first answer is due, µs of CLOCK_REALTIME; Infinity once it has come. */
  due: number;
}

/** A running adapter. */
export class AdapterProcess {
  /** What messages call it. */
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #channel: JsonLines;
  readonly #reactor: Reactor;
  readonly #patience: AdapterPatience;
  readonly #requests = new Map<number, Request>();
  /** Requests whose answers nobody waits for any more. */
  readonly #expired = new Set<number>();
  readonly #errorsWatch: Watch;
  readonly #errorsDecoder = new TextDecoder();
  #watchdog: Timer | undefined;
  #lastWords: ReturnType<typeof setTimeout> | undefined;
  #errors = "";
  #ids = 0;
  #dead: TargetError | undefined;
  /** How it ended is known. */
  #over = false;
  #silent = false;
  #worldsClosed = 0;
  #hello: Reply<"hello"> | undefined;

  /** Starts it. Throws a `SystemError` where it can't be started. */
  constructor(name: string, command: AdapterCommand, reactor: Reactor, patience: AdapterPatience = PATIENCE) {
    this.name = name;
    this.#reactor = reactor;
    this.#patience = patience;
    this.#process = spawn({
      command: command.command,
      args: command.args,
      ...(command.env === undefined ? {} : { env: command.env, clearEnv: true }),
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      adopts: true,
    }, reactor);
    const { stdin, stdout, stderr, status } = this.#process;
    this.#channel = new JsonLines(stdout!, stdin!, reactor, {
      message: (value, text) => this.#received(value, text),
      closed: (error) => this.#lost(error),
    });
    this.#errorsWatch = reactor.watch(stderr!, EPOLL.IN, () => this.#readErrors());
    // What it started may hold its output open; once it has ended itself, nobody answers any more.
    status.then(() => {
      if (this.#dead === undefined) this.#lastWords = setTimeout(() => this.#lost(undefined), LAST_WORDS_MS);
    });
    this.#watch();
  }

  /** Why it can't be used any more, or `undefined`. */
  get dead(): TargetError | undefined {
    return this.#dead;
  }

  /** It was ended because it did not answer. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Worlds that it has opened and closed. */
  get worldsClosed(): number {
    return this.#worldsClosed;
  }

  /** What it said of itself; set once {@link AdapterProcess.greet} has resolved. */
  get hello(): Reply<"hello"> | undefined {
    return this.#hello;
  }

  /** What it owes a world and should have answered long since, or `undefined`. */
  owes(world: number): TargetError | undefined {
    const late = realtime() - PROMPT_US;
    for (const { request, due, asked } of this.#requests.values()) {
      if (!("world" in request) || request.world !== world || request.type === "command") continue;
      if (due === Infinity || asked > late) continue;
      return new TargetError(`${this.name} has not answered ${nameOf(request)}${this.#said()}`);
    }
    return undefined;
  }

  /** Exchanges versions. Rejects with {@link TargetError}. */
  async greet(): Promise<void> {
    const hello = await this.ask({ type: "hello", protocol: PROTOCOL, runner: "netproof" }, "hello");
    if (hello.protocol !== PROTOCOL) {
      throw new TargetError(`${this.name} speaks version ${hello.protocol} of the adapter protocol, not ${PROTOCOL}`);
    }
    this.#hello = hello;
  }

  /** Asks and waits for the one answer. Rejects with {@link TargetError} or {@link UnsupportedError}. */
  ask<K extends AdapterReply["type"]>(request: Asked, answer: K): Promise<Reply<K>> {
    return new Promise((resolve, reject) => {
      this.start(request, {
        reply: (reply) => {
          if (reply.type !== answer) throw new Error(`it answered ${request.type} with ${reply.type}`);
          resolve(reply as Reply<K>);
          return true;
        },
        fail: reject,
      });
    });
  }

  /** Asks; each answer goes to `waiting`, an error answer, silence or the adapter's death to `waiting.fail`. */
  start(request: Asked, waiting: Waiting): void {
    if (this.#over) return waiting.fail(this.#dead!);
    const id = ++this.#ids;
    const asked = realtime();
    this.#requests.set(id, { waiting, request, asked, due: asked + this.#patienceFor(request) * 1000 });
    // Of one that is ending all who wait are told how it ended.
    if (this.#dead === undefined) this.#channel.send(toWire({ id, ...request }));
  }

  #patienceFor({ type }: Asked): number {
    const { hello_ms, command_ms, answer_ms } = this.#patience;
    return type === "hello" ? hello_ms : type === "command" ? command_ms : answer_ms;
  }

  #received(value: unknown, text: string): void {
    const parsed = replySchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = beginning(issue?.path.join(".") ?? "", 40);
      throw new Error(
        `it sent what is not an answer (${where === "" ? "" : `${where}: `}${issue?.message}): ${
          beginning(text, SHOWN_LINE)
        }`,
      );
    }
    const reply = parsed.data;
    const asked = this.#requests.get(reply.id);
    if (asked === undefined) {
      if (this.#expired.has(reply.id)) return;
      throw new Error(`it answered request ${reply.id}, which waits for no answer: ${beginning(text, SHOWN_LINE)}`);
    }
    const { waiting, request } = asked;
    if (reply.type === "error") {
      this.#requests.delete(reply.id);
      waiting.fail(this.#refusal(request, reply));
    } else if (waiting.reply(reply)) {
      this.#requests.delete(reply.id);
      if (reply.type === "closed") this.#worldsClosed++;
    } else asked.due = Infinity;
  }

  #refusal(request: Asked, reply: Reply<"error">): Error {
    const message = beginning(reply.message, SHOWN_MESSAGE);
    const thing = nameOf(request);
    if (reply.unsupported) return new UnsupportedError(message.includes(thing) ? message : `${thing}: ${message}`);
    return new TargetError(`${this.name} failed at ${thing}: ${message}`);
  }

  /** Looks for requests whose answer is overdue. */
  #watch(): void {
    this.#watchdog = this.#reactor.at(realtime() + WATCH_US, () => {
      const now = realtime();
      for (const [id, { request, waiting, due }] of this.#requests) {
        if (now < due) continue;
        const error = new Error(`it did not answer ${nameOf(request)} for ${this.#patienceFor(request) / 1000} s`);
        if (request.type === "hello" || request.type === "open" || request.type === "close") {
          this.#silent = true;
          this.#lost(error);
          return;
        }
        // Other worlds may be well; if not, one of these will tell.
        this.#requests.delete(id);
        this.#expired.add(id);
        waiting.fail(new TargetError(`${this.name}: ${error.message}${this.#said()}`));
      }
      this.#watch();
    });
  }

  #readErrors(): void {
    const buffer = new Uint8Array(PIPE_OCTETS);
    const length = read(this.#process.stderr!, buffer);
    if (length === 0) this.#errorsWatch.close();
    if (length <= 0) return;
    const text = this.#errorsDecoder.decode(buffer.subarray(0, length), { stream: true });
    this.#errors = (this.#errors + text).slice(-2 * KEPT_ERRORS);
  }

  #said(): string {
    const said = ending(this.#errors.trim(), KEPT_ERRORS);
    return said === "" ? "" : `; it said:\n${said}`;
  }

  /** The channel is gone, or will not be used any more: tells how the process ended, which takes it a moment. */
  async #lost(error: Error | undefined): Promise<void> {
    if (this.#dead !== undefined) return;
    // Nothing is sent to it meanwhile.
    this.#dead = new TargetError(`${this.name} is ending`);
    this.#watchdog?.cancel();
    clearTimeout(this.#lastWords);
    this.#channel.close();
    // A broken pipe says only that it has ended.
    const broken = error instanceof SystemError && error.code === "EPIPE" ? undefined : error;
    if (broken === undefined) await this.#endOfItself();
    const goesOn = this.#process.ended === undefined;
    this.#end();
    const { code, signal } = await this.#process.status;
    this.#readErrors();
    const how = signal === undefined ? `ended with status ${code}` : `was ended by signal ${signal}`;
    const closed = error === undefined ? "it closed its standard output" : "it closed its standard input";
    const reason = broken?.message ?? (goesOn ? closed : undefined);
    const why = reason === undefined ? how : `was ended because ${reason}`;
    this.#dead = new TargetError(`${this.name} ${why}${this.#said()}`);
    this.#failAll(this.#dead);
    this.#release();
  }

  /** Lets the process come to its end, for a while. */
  async #endOfItself(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enough = new Promise<void>((resolve) => timer = setTimeout(resolve, this.#patience.end_ms));
    await Promise.race([this.#process.status, enough]);
    clearTimeout(timer);
  }

  #failAll(error: TargetError): void {
    this.#over = true;
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { waiting } of requests) waiting.fail(error);
  }

  /** Ends it with all that it started. */
  #end(): void {
    if (this.#process.ended === undefined) {
      // Lest a shell remark that its children are killed, as its last words.
      this.#process.kill(SIGSTOP);
      killDescendants(this.#process.pid);
    }
    this.#process.kill();
  }

  #release(): void {
    this.#errorsWatch.close();
    this.#end();
    this.#process[Symbol.dispose]();
  }

  /** Ends it. Never rejects. */
  async close(): Promise<void> {
    if (this.#dead === undefined) {
      this.#dead = new TargetError(`${this.name} is closed`);
      this.#watchdog?.cancel();
      clearTimeout(this.#lastWords);
      this.#failAll(this.#dead);
      this.#channel.close();
      this.#process.closeStream("stdin");
      await this.#endOfItself();
      this.#release();
    }
    await this.#process.status;
  }
}

/** What a request asks for, in a word. */
function nameOf(request: Asked): string {
  if (request.type === "call") return request.request.name;
  return request.type === "command" ? `\`${beginning(request.text, 80)}\`` : request.type;
}
