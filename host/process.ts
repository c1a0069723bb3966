/**
 * Child processes in a network namespace, in a process group of their own, which die with this process. The start takes
 * one `vfork`; the end comes through a pidfd and the reactor, so it is noticed as precisely as a packet. Needs
 * `--allow-ffi` only (no `--allow-run`: system calls are made directly).
 *
 * @module
 */

import { EACCES, ENOENT } from "../abi/errno.ts";
import { F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, O_ACCMODE, O_CLOEXEC, O_NONBLOCK, O_RDWR } from "../abi/file_constants.ts";
import { check, SystemError } from "./errno.ts";
import { CallList, type ExitStatus, reap, startChild, stringVector } from "./call_list.ts";
import { close, cString, getpid, must, open, read, syscall } from "./syscall.ts";
import { readKernelText } from "./kernel_file.ts";
import { EPOLL, type Reactor } from "./reactor.ts";

/**
 * Where a standard stream goes: nowhere, a pipe to us, where ours goes, or a descriptor: one of our standard streams, or
 * anything but a socket. (The child opens it anew by its name in `/proc`, and a socket has none that can be opened.)
 */
export type StdioChoice = "null" | "pipe" | "inherit" | number;

/** What to run. */
export interface ProcessOptions {
  /** Program: a path, or a name looked up in PATH. */
  readonly command: string;
  /** Arguments after the program's name. */
  readonly args?: readonly string[];
  /** Working directory; ours unless given. */
  readonly cwd?: string;
  /** Variables in addition to ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only the variables of `env`. */
  readonly clearEnv?: boolean;
  /** Descriptor of the network namespace to run in; ours unless given. */
  readonly namespaceFd?: number;
  /** `null` unless given. */
  readonly stdin?: StdioChoice;
  /** `null` unless given. */
  readonly stdout?: StdioChoice;
  /** `stdout` joins it to that stream. */
  readonly stderr?: StdioChoice | "stdout";
  /** Further descriptors: number in the child to ours, which may be anything that {@link StdioChoice} allows. */
  readonly fds?: Readonly<Record<number, number>>;
  /** False: the process may outlive this one. */
  readonly dieWithParent?: boolean;
  /** What it starts becomes its own child again when orphaned, wherever it went, so that {@link killDescendants} finds it. */
  readonly adopts?: boolean;
}

/**
 * Takes the lower numbers up, so that none of them is given to what is opened from now on. It stays so but for numbers
 * that the runtime gives back.
 */
function fillLowerNumbers(): void {
  let fd = check(open("/dev/null", O_RDWR), "open /dev/null");
  while (fd < FIRST_PRIVATE_DESCRIPTOR) fd = must("fcntl", fd, F_DUPFD_CLOEXEC, 0);
  close(fd);
}

/** Moves a descriptor of ours, close-on-exec, to where no child has it. Returns its number. */
export function keepFromChildren(fd: number): number {
  if (fd >= FIRST_PRIVATE_DESCRIPTOR) return fd;
  const moved = check(syscall("fcntl", fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR), "fcntl");
  close(fd);
  return moved;
}

const SIGKILL = 9;
const SIGPIPE = 13;
const CLONE_NEWNET = 0x40000000;
const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const SIG_SETMASK = 2;
const CLOSE_RANGE_UNSHARE = 2;
/** The first number after the standard streams, which every process of the runtime's has open. */
const FIRST = 3;
const ALL = 0xffff_ffff;

/**
 * From this number on no descriptor of ours is in a child, not even before it executes its program. Lower ones are there
 * for some microseconds: Linux copies descriptor tables by words, as watching it shows.
 */
export const FIRST_PRIVATE_DESCRIPTOR = 64;
const AT_FDCWD = -100;
const X_OK = 1;

/** The environment that this process was started with, as `NAME=VALUE`. */
export function ownEnvironment(): string[] {
  return (readKernelText("/proc/self/environ") ?? "").split("\0").filter((variable) => variable.includes("="));
}

/** A variable of the environment that this process was started with. */
export function ownVariable(name: string): string | undefined {
  return ownEnvironment().find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

function environment(options: ProcessOptions): string[] {
  const variables = new Map<string, string>();
  if (!options.clearEnv) {
    for (const variable of ownEnvironment()) {
      const equals = variable.indexOf("=", 1);
      variables.set(variable.slice(0, equals), variable.slice(equals + 1));
    }
  }
  for (const [name, value] of Object.entries(options.env ?? {})) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/**
 * The path of a program: `command` itself, or where it is in the `PATH` of `env`.
 *
 * @throws {SystemError} where there is none
 */
export function lookUp(command: string, env: readonly string[]): string {
  if (command.includes("/")) return command;
  const path = env.find((variable) => variable.startsWith("PATH="))?.slice(5) ?? "/usr/local/bin:/usr/bin:/bin";
  let error = ENOENT;
  for (const directory of path.split(":")) {
    const candidate = `${directory || "."}/${command}`;
    const result = syscall("faccessat", AT_FDCWD, cString(candidate), X_OK);
    if (result === 0) return candidate;
    if (result === -EACCES) error = EACCES;
  }
  throw new SystemError(error, `run ${command}`, error === ENOENT ? "no such program in PATH" : "not executable");
}

/** Descriptors that are to be closed in this process once the child has its own, or after a failure. */
class Descriptors {
  readonly #temporary: number[] = [];
  readonly #ours: number[] = [];

  /** One that only the child needs. */
  temporary(fd: number): number {
    this.#temporary.push(fd);
    return fd;
  }

  pipe(): [readEnd: number, writeEnd: number] {
    const ends = new Int32Array(2);
    must("pipe2", ends, O_CLOEXEC);
    return [ends[0]!, ends[1]!];
  }

  /** Our end of a pipe, non-blocking. */
  ours(fd: number): number {
    must("fcntl", fd, F_SETFL, O_NONBLOCK);
    this.#ours.push(fd);
    return fd;
  }

  closeTemporary(): void {
    for (const fd of this.#temporary.splice(0)) close(fd);
  }

  closeAll(): void {
    this.closeTemporary();
    for (const fd of this.#ours.splice(0)) close(fd);
  }
}

/**
 * The descriptors of the child. Until it executes its program, a child that has copies of ours keeps open what we close
 * meanwhile: the port of a listener, say. So it has none. It shares our table at first, then takes one with nothing but
 * the standard streams in it, and opens what else it needs by its name in `/proc`.
 */
class ChildTable {
  readonly #list: CallList;
  readonly #keep: unknown[];
  readonly #folder = `/proc/${getpid()}/fd`;
  /** What is to be a stream of the child waits from this number on, out of the way. */
  #waiting: number;

  constructor(list: CallList, keep: unknown[], highestTarget: number) {
    this.#list = list;
    this.#keep = keep;
    this.#waiting = Math.max(FIRST, highestTarget) + 1;
    list.add("close_range", "close_range", FIRST, ALL, CLOSE_RANGE_UNSHARE);
  }

  /** Has the child open our descriptor `fd` as {@link FIRST}. */
  open(fd: number): void {
    const flags = check(syscall("fcntl", fd, F_GETFL), `descriptor ${fd}`) & O_ACCMODE;
    const path = cString(`${this.#folder}/${fd}`);
    this.#keep.push(path);
    this.#list.add(`open descriptor ${fd}`, "openat", AT_FDCWD, path, flags | O_CLOEXEC, 0);
  }

  /** Closes what {@link open} opened. */
  close(): void {
    this.#list.add("close", "close", FIRST);
  }

  /** Has the child hold our descriptor `fd`, and returns the number that it has there. */
  take(fd: number): number {
    const isStream = fd < FIRST;
    if (!isStream) this.open(fd);
    this.#list.add("fcntl", "fcntl", isStream ? fd : FIRST, F_DUPFD_CLOEXEC, this.#waiting);
    if (!isStream) this.close();
    return this.#waiting++;
  }
}

/** A running child process. */
export class ChildProcess implements Disposable {
  /** Process id, and id of its process group. */
  readonly pid: number;
  /** Our end of its standard input, non-blocking, where `pipe` was asked for. */
  readonly stdin: number | undefined;
  /** Our end of its standard output, non-blocking, where `pipe` was asked for. */
  readonly stdout: number | undefined;
  /** Our end of its standard error, non-blocking, where `pipe` was asked for. */
  readonly stderr: number | undefined;
  /** Settles when the process has ended. Never rejects. */
  readonly status: Promise<ExitStatus>;
  #ended: ExitStatus | undefined;
  readonly #open: Set<number>;

  /** Use {@link spawn}. */
  constructor(pid: number, pidfd: number, streams: readonly (number | undefined)[], reactor: Reactor) {
    this.pid = pid;
    [this.stdin, this.stdout, this.stderr] = streams;
    this.#open = new Set(streams.filter((fd) => fd !== undefined));
    this.status = new Promise((resolve) => {
      const watch = reactor.watch(pidfd, EPOLL.IN, () => {
        watch.close();
        this.#ended = reap(pidfd);
        close(pidfd);
        resolve(this.#ended);
      });
    });
  }

  /** How it ended, once it has. */
  get ended(): ExitStatus | undefined {
    return this.#ended;
  }

  /** Sends a signal to the process and all of its group. Nothing happens where they are gone. */
  kill(signal = SIGKILL): void {
    syscall("kill", -this.pid, signal);
  }

  /** Closes our end of one of its streams. */
  closeStream(stream: "stdin" | "stdout" | "stderr"): void {
    const fd = this[stream];
    if (fd !== undefined && this.#open.delete(fd)) close(fd);
  }

  /** Kills the group and closes our ends of its streams. */
  [Symbol.dispose](): void {
    this.kill();
    for (const fd of this.#open) close(fd);
    this.#open.clear();
  }
}

/**
 * Starts a process.
 *
 * @throws {SystemError} ENOENT where there is no such program, EACCES, ENOTDIR for the working directory, EAGAIN, …
 */
export function spawn(options: ProcessOptions, reactor: Reactor): ChildProcess {
  fillLowerNumbers();
  const env = environment(options);
  const program = lookUp(options.command, env);
  const argv = stringVector([options.command, ...options.args ?? []]);
  const envp = stringVector(env);
  const descriptors = new Descriptors();
  const list = new CallList();
  const keep: unknown[] = [argv, envp];
  try {
    list.add("setpgid", "setpgid", 0, 0);
    if (options.dieWithParent !== false) list.add("prctl", "prctl", PR_SET_PDEATHSIG, SIGKILL);
    if (options.adopts === true) list.add("prctl", "prctl", PR_SET_CHILD_SUBREAPER, 1);
    const extra = Object.entries(options.fds ?? {}).map(([number, fd]) => [Number(number), fd] as const);
    const table = new ChildTable(list, keep, Math.max(0, ...extra.map(([number]) => number)));
    if (options.namespaceFd !== undefined) {
      table.open(options.namespaceFd);
      list.add("setns", "setns", FIRST, CLONE_NEWNET);
      table.close();
    }
    const streams = addStreams(options, extra, descriptors, table, list);
    if (options.cwd !== undefined) {
      const cwd = cString(options.cwd);
      keep.push(cwd);
      list.add(`chdir ${options.cwd}`, "chdir", cwd);
    }
    // The runtime ignores SIGPIPE, which a program inherits but does not expect.
    const defaultAction = new BigInt64Array(4);
    const emptyMask = new BigInt64Array(1);
    const path = cString(program);
    keep.push(defaultAction, emptyMask, path);
    list.add("rt_sigaction", "rt_sigaction", SIGPIPE, defaultAction, null, 8);
    list.add("rt_sigprocmask", "rt_sigprocmask", SIG_SETMASK, emptyMask, null, 8);
    list.add(`run ${options.command}`, "execve", path, argv.vector, envp.vector);
    const { pid, pidfd } = startChild(list);
    descriptors.closeTemporary();
    return new ChildProcess(pid, pidfd, streams, reactor);
  } catch (error) {
    descriptors.closeAll();
    throw error;
  } finally {
    keep.length = 0;
  }
}

/** Has the child arrange its descriptors; returns our ends of its standard streams. */
function addStreams(
  options: ProcessOptions,
  extra: readonly (readonly [number: number, fd: number])[],
  descriptors: Descriptors,
  table: ChildTable,
  list: CallList,
): (number | undefined)[] {
  const ours: (number | undefined)[] = [undefined, undefined, undefined];
  const source = (choice: Exclude<StdioChoice, "pipe">, number: number) => {
    if (typeof choice === "number") return choice;
    return choice === "inherit" ? number : descriptors.temporary(check(open("/dev/null", O_RDWR), "open /dev/null"));
  };
  const pipe = (number: number) => {
    const [readEnd, writeEnd] = descriptors.pipe();
    ours[number] = descriptors.ours(number === 0 ? writeEnd : readEnd);
    return descriptors.temporary(number === 0 ? readEnd : writeEnd);
  };
  const moves: (readonly [from: number, to: number])[] = [];
  const choices = [options.stdin ?? "null", options.stdout ?? "null", options.stderr ?? "null"] as const;
  choices.forEach((choice, number) => {
    if (choice === "stdout") return;
    moves.push([table.take(choice === "pipe" ? pipe(number) : source(choice, number)), number]);
  });
  for (const [number, fd] of extra) moves.push([table.take(fd), number]);
  for (const [from, to] of moves) list.add("dup3", "dup3", from, to, 0);
  if (choices[2] === "stdout") list.add("dup3", "dup3", 1, 2, 0);
  return ours;
}

/** What {@link run} found out. */
export interface RunResult extends ExitStatus {
  /** Standard output, and standard error where it joins it. */
  readonly output: string;
  /** Standard error where it does not. */
  readonly errors: string;
  /** Output beyond the limit was dropped. */
  readonly truncated: boolean;
}

/** Collects what a non-blocking descriptor brings until its end. */
class Collector {
  readonly #chunks: Uint8Array[] = [];
  #room: number;
  truncated = false;
  static readonly #buffer = new Uint8Array(16 << 10);

  constructor(limit: number) {
    this.#room = limit;
  }

  /** Reads what is there. Returns false at the end. */
  drain(fd: number): boolean {
    for (;;) {
      const length = read(fd, Collector.#buffer);
      if (length <= 0) return length === -11;
      const kept = Math.min(length, this.#room);
      if (kept > 0) this.#chunks.push(Collector.#buffer.slice(0, kept));
      if (kept < length) this.truncated = true;
      this.#room -= kept;
    }
  }

  text(): string {
    const decoder = new TextDecoder();
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  }
}

/**
 * Runs a process to its end and returns what it printed (`stdout` and `stderr` of `options` are `pipe` and joined unless
 * given). When it ends, what processes that it left behind print later is not waited for. Aborting kills the group.
 *
 * @param limit bytes of output to keep per stream; 64 KiB unless given
 * @throws {SystemError} as {@link spawn}
 */
export async function run(
  options: ProcessOptions & { readonly signal?: AbortSignal; readonly limit?: number },
  reactor: Reactor,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn({ stdout: "pipe", stderr: "stdout", ...options }, reactor);
  const limit = options.limit ?? 64 << 10;
  const collectors = [new Collector(limit), new Collector(limit)] as const;
  const streams = [child.stdout, child.stderr] as const;
  const watches = streams.map((fd, i) => {
    if (fd === undefined) return undefined;
    const watch = reactor.watch(fd, EPOLL.IN, () => {
      if (!collectors[i]!.drain(fd)) watch.close();
    });
    return watch;
  });
  const abort = () => child.kill();
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    const status = await child.status;
    streams.forEach((fd, i) => {
      if (fd !== undefined) collectors[i]!.drain(fd);
    });
    return {
      ...status,
      output: collectors[0].text(),
      errors: collectors[1].text(),
      truncated: collectors[0].truncated || collectors[1].truncated,
    };
  } finally {
    options.signal?.removeEventListener("abort", abort);
    for (const watch of watches) watch?.close();
    for (const stream of ["stdin", "stdout", "stderr"] as const) child.closeStream(stream);
  }
}
