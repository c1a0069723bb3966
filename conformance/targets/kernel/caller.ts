/**
 * Makes the system calls of one world on the live kernel: on this thread where they can't block, else on a thread of
 * their own that takes the times itself.
 *
 * @module
 */

import { MSG_ZEROCOPY, SO_LINGER, SOL_SOCKET } from "../../../abi/socket_constants.ts";
import { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, FD_CLOEXEC } from "../../../abi/file_constants.ts";
import { EMFILE } from "../../../abi/errno.ts";
import { realtime } from "../../../host/clock.ts";
import { runInNamespace } from "../../../host/netns.ts";
import { keepFromChildren } from "../../../host/process.ts";
import type { Reactor } from "../../../host/reactor.ts";
import { close, syscall } from "../../../host/syscall.ts";
import { callOnThread, type TimedCall } from "../../../host/timed_call.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";
import type { RunningCall, TimedOutcome } from "../target.ts";
import { mayBlock } from "./blocking.ts";
import { WorldCapabilities } from "./capabilities.ts";
import type { Lead } from "./lead.ts";
import { type EncodedCall, encodeSystemCall } from "./system_calls.ts";

/** `RLIMIT_NOFILE` of most processes: one script must not take the descriptors of all. */
const MAX_DESCRIPTORS = 1024;
/** Beyond any limit of descriptors. */
const NO_DESCRIPTOR = 0x7fffffff;
/** How often a thread is asked whether it sleeps by now, µs. */
const STATE_INTERVAL = 100;

/** What the caller needs of its world. */
export interface CallerWorld {
  readonly namespaceFd: number;
  readonly directoryFd: number;
}

function makesDescriptors(request: SystemCallRequest): boolean {
  switch (request.name) {
    case "socket":
    case "accept":
    case "open":
    case "epoll_create":
    case "pipe":
      return true;
    case "fcntl":
      return request.command === F_DUPFD || request.command === F_DUPFD_CLOEXEC;
    default:
      return false;
  }
}

/** The calls of one world, and the descriptors that they made. */
export class Caller {
  readonly #world: CallerWorld;
  readonly #reactor: Reactor;
  /** CLOCK_REALTIME of script time 0, µs. */
  readonly #origin: () => number;
  readonly #lead: Lead;
  readonly #capabilities = new WorldCapabilities();
  readonly #descriptors = new Set<number>();
  readonly #closeOnExec = new Set<number>();
  readonly #running = new Set<TimedCall>();
  /** Pages that the kernel sends from without a copy. */
  readonly #pinned: EncodedCall[] = [];
  #closed = false;

  constructor(world: CallerWorld, reactor: Reactor, origin: () => number, lead: Lead) {
    this.#world = world;
    this.#reactor = reactor;
    this.#origin = origin;
    this.#lead = lead;
  }

  /** Makes a call. Throws `UnsupportedError` for what can't be passed to the kernel. */
  call(request: SystemCallRequest): RunningCall {
    if (request.name === "cap_set") return this.#done(this.#capabilities.set(request), realtime());
    if (this.#descriptors.size >= MAX_DESCRIPTORS && makesDescriptors(request)) {
      return this.#done({ result: -1, errno: EMFILE }, realtime());
    }
    return this.#call(this.#own(request));
  }

  /** The process has other descriptors than those of this world, which no script must reach. */
  #own(request: SystemCallRequest): SystemCallRequest {
    const own = (fd: number) => fd < 0 || this.#descriptors.has(fd) ? fd : NO_DESCRIPTOR;
    switch (request.name) {
      case "socket":
      case "open":
      case "pipe":
      case "epoll_create":
      case "cap_set":
        return request;
      case "poll":
        return { ...request, fds: request.fds.map((one) => ({ ...one, fd: own(one.fd) })) };
      case "sendfile":
        return { ...request, out_fd: own(request.out_fd), in_fd: own(request.in_fd) };
      case "splice":
        return { ...request, fd_in: own(request.fd_in), fd_out: own(request.fd_out) };
      case "epoll_ctl":
        return { ...request, epfd: own(request.epfd), fd: own(request.fd) };
      case "epoll_wait":
        return { ...request, epfd: own(request.epfd) };
      default:
        return { ...request, fd: own(request.fd) };
    }
  }

  #call(request: SystemCallRequest): RunningCall {
    if (mayBlock(request, this.#world.directoryFd)) {
      if (request.name === "poll" || request.name === "epoll_wait") {
        // One that finds something at once takes no thread.
        const now = this.#execute({ ...request, timeout_ms: 0 });
        if (now.outcome.result !== 0) return this.#done(now.outcome, now.end);
      }
      return this.#onThread(request);
    }
    const { outcome, end } = this.#execute(request);
    return this.#done(outcome, end);
  }

  #execute(request: SystemCallRequest): { outcome: SystemCallOutcome; end: number } {
    const encoded = encodeSystemCall(request, this.#world);
    const make = () => syscall(encoded.name, ...encoded.args);
    const result = this.#capabilities.run(() => this.#inNamespace(request, make));
    const end = realtime();
    this.#pin(request, encoded);
    return { outcome: this.#finish(request, encoded.decode(result)), end };
  }

  /** What a call opens belongs to the namespace that the thread is in then. */
  #inNamespace<T>(request: SystemCallRequest, make: () => T): T {
    return request.name === "socket" || request.name === "open"
      ? runInNamespace(this.#world.namespaceFd, make)
      : make();
  }

  #pin(request: SystemCallRequest, encoded: EncodedCall): void {
    if ((request.name === "sendto" || request.name === "sendmsg") && (request.flags & MSG_ZEROCOPY) !== 0) {
      this.#pinned.push(encoded);
    }
  }

  /** Keeps the books about descriptors. */
  #finish(request: SystemCallRequest, outcome: SystemCallOutcome): SystemCallOutcome {
    if (outcome.result < 0) return outcome;
    switch (request.name) {
      case "socket":
      case "accept":
      case "open":
      case "epoll_create":
        return { ...outcome, result: this.#made(outcome.result) };
      case "pipe": {
        const [readEnd, writeEnd] = outcome.fds!;
        return { ...outcome, fds: [this.#made(readEnd), this.#made(writeEnd)] };
      }
      case "close":
        this.#descriptors.delete(request.fd);
        this.#closeOnExec.delete(request.fd);
        return outcome;
      case "fcntl":
        return this.#fcntl(request.fd, request.command, request.argument, outcome);
      default:
        return outcome;
    }
  }

  /**
   * Notes a descriptor. What the script closes must be closed, though another world may be starting a process: returns
   * the number that it has from now on.
   */
  #made(fd: number): number {
    if (this.#closed) {
      close(fd);
      return fd;
    }
    const kept = keepFromChildren(fd);
    this.#descriptors.add(kept);
    return kept;
  }

  /** All descriptors are close-on-exec for our own sake; the script sees the flag only where it set it. */
  #fcntl(fd: number, command: number, argument: number, outcome: SystemCallOutcome): SystemCallOutcome {
    if (command === F_SETFD) {
      if ((argument & FD_CLOEXEC) !== 0) this.#closeOnExec.add(fd);
      else this.#closeOnExec.delete(fd);
    } else if (command === F_GETFD) {
      return { ...outcome, result: this.#closeOnExec.has(fd) ? FD_CLOEXEC : 0 };
    } else if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) {
      syscall("fcntl", outcome.result, F_SETFD, FD_CLOEXEC);
      const kept = this.#made(outcome.result);
      if (command === F_DUPFD_CLOEXEC) this.#closeOnExec.add(kept);
      return { ...outcome, result: kept };
    }
    return outcome;
  }

  #done(outcome: SystemCallOutcome, end: number): RunningCall {
    const timed: TimedOutcome = { ...outcome, ended_us: end - this.#origin() };
    const settled = Promise.resolve(timed);
    return { outcome: timed, started: settled.then(() => undefined), settled };
  }

  #onThread(request: SystemCallRequest): RunningCall {
    const asked = realtime();
    const encoded = encodeSystemCall(request, this.#world);
    // A thread is in the namespace, and has the capabilities, of the one that starts it.
    const start = () => callOnThread(encoded, this.#reactor);
    const running = this.#capabilities.run(() => this.#inNamespace(request, start));
    this.#running.add(running);
    this.#pin(request, encoded);
    let timed: TimedOutcome | undefined;
    const outcome = (): TimedOutcome | undefined => {
      if (timed === undefined && running.outcome !== undefined) {
        const { result, end } = running.outcome;
        this.#running.delete(running);
        timed = { ...this.#finish(request, encoded.decode(result)), ended_us: end - this.#origin() };
      }
      return timed;
    };
    return {
      get outcome() {
        return outcome();
      },
      started: this.#asleep(running, asked),
      settled: running.settled.then(() => outcome()!),
    };
  }

  /**
   * Resolves once the thread sleeps in its call or has returned from it, with when it was last seen awake: to look takes
   * longer than most calls take to fall asleep.
   */
  #asleep(running: TimedCall, asked: number): Promise<number | undefined> {
    let awake: number | undefined;
    return new Promise((resolve) => {
      const look = () => {
        const began = realtime();
        const state = running.state();
        if (awake === undefined && running.start !== undefined) {
          awake = running.start;
          this.#lead.note(awake - asked);
        }
        if (state === "sleeping" || state === "done") {
          return resolve(awake === undefined ? undefined : awake - this.#origin());
        }
        if (running.start !== undefined) awake = began;
        this.#reactor.at(realtime() + STATE_INTERVAL, look);
      };
      look();
    });
  }

  /** Wakes blocked calls and closes every descriptor that the calls made. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const call of running) call.cancel();
    await Promise.all(running.map((call) => call.settled));
    // A lingering close would block this thread.
    const left = [...this.#descriptors];
    this.#descriptors.clear();
    for (const fd of left) {
      if (mayBlock({ name: "close", fd })) disableLinger(fd);
      close(fd);
    }
    this.#pinned.length = 0;
  }
}

function disableLinger(fd: number): void {
  syscall("setsockopt", fd, SOL_SOCKET, SO_LINGER, new Int32Array(2), 8);
}
