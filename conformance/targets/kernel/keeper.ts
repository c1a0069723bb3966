/**
 * The shell that runs the commands of one world. It stands where packetdrill's process stands: the parent of every
 * `sh -c`, so `${PPID}` there and `PACKETDRILL_PID` are the same number and no other world's. Scripts name files in
 * `/tmp` after it.
 *
 * @module
 */

import { F_SETFL, O_CLOEXEC, O_NONBLOCK } from "../../../abi/file_constants.ts";
import { EPOLL, type Reactor, type Watch } from "../../../host/reactor.ts";
import { type ChildProcess, spawn } from "../../../host/process.ts";
import { close, cString, must, read, syscall, write } from "../../../host/syscall.ts";
import { killDescendants } from "../../../host/descendants.ts";
import type { CommandOutcome } from "../target.ts";
import { SWEEP } from "./sweep.ts";

const AT_FDCWD = -100;
/** Most octets of output that are kept. */
const MAX_OUTPUT = 64 << 10;
/** Descriptor number at which the shell reports exit statuses. */
const REPORT_FD = 9;
/** Descriptor number of a pipe that ends when this process does. */
const LIFE_FD = 8;

/**
 * Written to the shell first. The watchman waits for the end of a pipe, which comes when this process ends, in whatever
 * way, and then ends the whole group: a command that hangs must not outlive us and hold its world. The shell is stopped
 * before: while it is there, daemons that lose their parent are its children.
 */
const PREAMBLE = `${SWEEP}PACKETDRILL_PID=$$; export PACKETDRILL_PID
NSTAT_HISTORY=/tmp/nstat_history_$$; export NSTAT_HISTORY
tidy='rm -f /tmp/sysctl_restore_'$$'.sh '$NSTAT_HISTORY; trap "$tidy; wait" EXIT
`;
const WATCHMAN =
  `(trap - EXIT; read -r _; kill -STOP $$; eval "$tidy"; sweep; kill -KILL 0) <&${LIFE_FD} ${LIFE_FD}<&- ${REPORT_FD}>&- >/dev/null 2>&1 &
echo watchman $! >&${REPORT_FD}
`;

/** Where a keeper runs its commands. */
export interface KeeperPlace {
  readonly namespaceFd: number;
  readonly cwd: string;
  /** Environment variables beyond ours. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Nothing on this machine outlives this process: there is no need of a watchman. */
  readonly alone?: boolean | undefined;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function pipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = new Int32Array(2);
  must("pipe2", ends, O_CLOEXEC);
  return { readEnd: ends[0]!, writeEnd: ends[1]! };
}

/** Runs the commands of one world, one after the other. */
export class Keeper {
  readonly #process: ChildProcess;
  readonly #reportFd: number;
  readonly #lifeFd: number;
  readonly #watches: Watch[] = [];
  readonly #decoder = new TextDecoder();
  #output: Uint8Array[] = [];
  #room = MAX_OUTPUT;
  #report = "";
  /** The process that ends all of them if we can't. */
  #watchman: number | undefined;
  #finish: ((outcome: CommandOutcome) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Starts the shell. Throws a `SystemError` where there is none. */
  constructor(place: KeeperPlace, reactor: Reactor) {
    const report = pipe();
    const life = pipe();
    this.#reportFd = report.readEnd;
    this.#lifeFd = life.writeEnd;
    must("fcntl", this.#reportFd, F_SETFL, O_NONBLOCK);
    try {
      this.#process = spawn({
        command: "/bin/sh",
        cwd: place.cwd,
        adopts: true,
        namespaceFd: place.namespaceFd,
        ...(place.env === undefined ? {} : { env: place.env }),
        stdin: "pipe",
        stdout: "pipe",
        stderr: "stdout",
        fds: { [LIFE_FD]: life.readEnd, [REPORT_FD]: report.writeEnd },
        // It ends by itself when this process does, at the end of its input, and can clean up then.
        dieWithParent: false,
      }, reactor);
    } catch (error) {
      close(this.#reportFd);
      close(this.#lifeFd);
      throw error;
    } finally {
      close(life.readEnd);
      close(report.writeEnd);
    }
    this.#watches.push(
      reactor.watch(this.#process.stdout!, EPOLL.IN, () => this.#drain()),
      reactor.watch(this.#reportFd, EPOLL.IN, () => this.#reported()),
    );
    this.#process.status.then(() => this.#gone());
    this.#write(place.alone === true ? PREAMBLE : PREAMBLE + WATCHMAN);
  }

  /** Runs `sh -c text` and says how it ended. Never rejects. */
  run(text: string): Promise<CommandOutcome> {
    const outcome = this.#last.then(() => this.#run(text));
    this.#last = outcome;
    return outcome;
  }

  #run(text: string): Promise<CommandOutcome> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve({ status: 129, signal: undefined, output: "" });
      this.#output = [];
      this.#room = MAX_OUTPUT;
      this.#finish = resolve;
      this.#write(`/bin/sh -c ${quoted(text)} </dev/null ${LIFE_FD}<&- ${REPORT_FD}>&-; echo $? >&${REPORT_FD}\n`);
    });
  }

  #write(text: string): void {
    let bytes: Uint8Array<ArrayBuffer> = new TextEncoder().encode(text);
    // A pipe holds 64 KiB, the shell reads on while it has nothing to run; a longer command is no script's.
    while (bytes.length > 0) {
      const sent = write(this.#process.stdin!, bytes);
      if (sent <= 0) return this.#settle({ status: 126, signal: undefined, output: "the command is too long" });
      bytes = bytes.subarray(sent);
    }
  }

  #drain(): void {
    const buffer = new Uint8Array(16 << 10);
    for (;;) {
      const length = read(this.#process.stdout!, buffer);
      if (length === 0) this.#watches[0]!.close();
      if (length <= 0) return;
      const kept = Math.min(length, this.#room);
      if (kept > 0) this.#output.push(buffer.slice(0, kept));
      this.#room -= kept;
    }
  }

  #reported(): void {
    const buffer = new Uint8Array(256);
    const length = read(this.#reportFd, buffer);
    if (length === 0) this.#watches[1]!.close();
    if (length <= 0) return;
    const lines = (this.#report + this.#decoder.decode(buffer.subarray(0, length))).split("\n");
    this.#report = lines.pop()!;
    for (const line of lines) {
      const watchman = /^watchman (\d+)$/.exec(line)?.[1];
      if (watchman !== undefined) {
        this.#watchman = Number(watchman);
        continue;
      }
      this.#drain();
      this.#settle({ status: Number.parseInt(line, 10), signal: undefined, output: this.#text() });
    }
  }

  #text(): string {
    const decoder = new TextDecoder();
    return this.#output.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  }

  #settle(outcome: CommandOutcome): void {
    this.#finish?.(outcome);
    this.#finish = undefined;
  }

  /** A command killed its parent, or the world is being closed. */
  #gone(): void {
    if (!this.#closed) this.#drain();
    const { code, signal } = this.#process.ended!;
    this.#settle({ status: code, signal, output: this.#text() });
    this.#closed = true;
    this.#process.kill();
  }

  /** Ends the shell and everything that its commands left running, and the file that they name after it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reported();
    // Were we killed now, the watchman would have to go on with it: it goes last, with the group.
    killDescendants(this.#process.pid, this.#watchman);
    for (const name of [`sysctl_restore_${this.#process.pid}.sh`, `nstat_history_${this.#process.pid}`]) {
      syscall("unlinkat", AT_FDCWD, cString(`/tmp/${name}`), 0);
    }
    for (const watch of this.#watches) watch.close();
    this.#process[Symbol.dispose]();
    close(this.#reportFd);
    close(this.#lifeFd);
    this.#settle({ status: 137, signal: 9, output: this.#text() });
  }
}
