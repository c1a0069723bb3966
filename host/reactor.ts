/**
 * One epoll instance and one heap of deadlines for everything that waits. Timers of the runtime are milliseconds late
 * with many in flight; here the JavaScript thread itself sleeps in `epoll_pwait2` until shortly before the nearest
 * deadline and spins for the rest. Between two waits it lets the runtime's event loop turn once, so promises, signals,
 * workers and other I/O go on. Needs `--allow-ffi`.
 *
 * @module
 */

import { EEXIST, EINTR, ENOENT } from "../abi/errno.ts";
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../abi/file_constants.ts";
import { check } from "./errno.ts";
import { realtime } from "./clock.ts";
import { native } from "./native.ts";
import { close, must, read, SYS, syscall } from "./syscall.ts";
import { type HeapEntry, TimerHeap } from "./timer_heap.ts";
import { Lateness, type LatenessReport } from "./lateness.ts";
import { macrotask } from "./macrotask.ts";

const PR_SET_TIMERSLACK = 29;

/** Events to wait for and events that happened (`epoll_ctl(2)`). ERR and HUP are always reported. */
export const EPOLL = { IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 0x10, RDHUP: 0x2000 } as const;

// struct epoll_event is packed on x86-64 only.
const EVENT_SIZE = Deno.build.arch === "x86_64" ? 12 : 16;
const EVENT_DATA = Deno.build.arch === "x86_64" ? 4 : 8;
const EVENTS_PER_WAIT = 256;
/** A little more than Tokio's default `event_interval` of 61. */
const RUNTIME_TURNS = 64;

/** A registered interest in a descriptor. Close it before the descriptor itself is closed. */
export interface Watch extends Disposable {
  /** The descriptor watched. */
  readonly fd: number;
  /** Changes the {@link EPOLL} events; 0 pauses the watch. */
  setEvents(events: number): void;
  /** Ends it. */
  close(): void;
}

/** A deadline that can be taken back. */
export interface Timer {
  /** Microseconds of CLOCK_REALTIME. */
  readonly deadline: number;
  /** Takes it back; nothing happens if it has fired. */
  cancel(): void;
}

/** How a reactor waits. */
export interface ReactorOptions {
  /** Longest time in µs for which the runtime's own event loop gets no turn; 10,000 unless given. */
  readonly maxWait?: number;
  /** At most so many of the last µs before a deadline are spun instead of slept; 250 unless given. */
  readonly spin?: number;
}

interface Descriptor {
  readonly fd: number;
  events: number;
  readonly watches: Set<WatchEntry>;
}

interface WatchEntry {
  events: number;
  readonly callback: (events: number) => void;
}

interface TimerEntry extends HeapEntry {
  readonly callback: (lateness: number) => void;
}

/** Waits for descriptors and deadlines on this thread. One is enough for a process: {@link reactor}. */
export class Reactor implements Disposable {
  readonly #epoll: number;
  readonly #maxWait: number;
  readonly #maxSpin: number;
  readonly #descriptors = new Map<number, Descriptor>();
  readonly #timers = new TimerHeap<TimerEntry>();
  readonly #events = new Uint8Array(EVENT_SIZE * EVENTS_PER_WAIT);
  readonly #eventsView = new DataView(this.#events.buffer);
  readonly #event = new Uint8Array(EVENT_SIZE);
  readonly #eventView = new DataView(this.#event.buffer);
  readonly #timespec = new Uint8Array(16);
  readonly #timespecView = new DataView(this.#timespec.buffer);
  readonly #lateness = new Lateness();
  /** How long before a deadline to wake up: about as late as the last sleeps ended, which depends on the machine's idle states. */
  #spin: number;
  #runtimeTurn = 0;
  #watching = 0;
  #pumping = false;
  #closed = false;

  /** Makes the epoll instance. */
  constructor(options: ReactorOptions = {}) {
    this.#epoll = must("epoll_create1", EPOLL_CLOEXEC);
    // The kernel adds up to 50 µs to every sleep unless told not to (PR_SET_TIMERSLACK, of this thread only).
    syscall("prctl", PR_SET_TIMERSLACK, 1);
    this.#maxWait = options.maxWait ?? 10_000;
    this.#maxSpin = options.spin ?? 250;
    this.#spin = Math.min(100, this.#maxSpin);
  }

  /** Number of waiting timers and watches. */
  get waiting(): number {
    return this.#timers.size + this.#watching;
  }

  /**
   * Calls `callback` with the {@link EPOLL} events of `fd` whenever there are some (level-triggered), until closed. Several
   * watches of one descriptor may exist. The callback runs between two waits and must not block.
   *
   * @throws {SystemError} EPERM for a regular file, EBADF
   */
  watch(fd: number, events: number, callback: (events: number) => void): Watch {
    const entry: WatchEntry = { events, callback };
    let descriptor = this.#descriptors.get(fd);
    if (!descriptor) this.#descriptors.set(fd, descriptor = { fd, events: 0, watches: new Set() });
    const watches = descriptor.watches;
    watches.add(entry);
    this.#watching++;
    try {
      this.#update(descriptor);
    } catch (error) {
      this.#forget(descriptor, entry);
      throw error;
    }
    this.#start();
    const target = descriptor;
    const end = () => {
      if (watches.has(entry)) this.#forget(target, entry);
    };
    return {
      fd,
      setEvents: (wanted) => {
        if (entry.events === wanted || !watches.has(entry)) return;
        entry.events = wanted;
        this.#update(target);
      },
      close: end,
      [Symbol.dispose]: end,
    };
  }

  #forget(descriptor: Descriptor, entry: WatchEntry): void {
    descriptor.watches.delete(entry);
    this.#watching--;
    if (descriptor.watches.size > 0) {
      this.#update(descriptor);
      return;
    }
    this.#descriptors.delete(descriptor.fd);
    // Fails if the descriptor is closed already, which takes it out of the epoll set as well.
    if (!this.#closed) native().epollCtl(SYS.epoll_ctl, this.#epoll, EPOLL_CTL_DEL, descriptor.fd, this.#event);
  }

  #update(descriptor: Descriptor): void {
    let events = 0;
    for (const watch of descriptor.watches) events |= watch.events;
    this.#eventView.setUint32(0, events, true);
    this.#eventView.setInt32(EVENT_DATA, descriptor.fd, true);
    this.#eventView.setInt32(EVENT_DATA + 4, 0, true);
    const control = (operation: number) =>
      native().epollCtl(SYS.epoll_ctl, this.#epoll, operation, descriptor.fd, this.#event);
    let result: number;
    if (events === 0) {
      // Taken out rather than paused: epoll reports ERR and HUP even to an empty mask, again and again.
      result = control(EPOLL_CTL_DEL);
      if (result === -ENOENT) result = 0;
    } else {
      result = control(descriptor.events === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
      if (result === -EEXIST) result = control(EPOLL_CTL_MOD);
      else if (result === -ENOENT) result = control(EPOLL_CTL_ADD);
    }
    check(result, `epoll_ctl(${descriptor.fd})`);
    descriptor.events = events;
  }

  /** Waits once until `fd` has one of `events` (or an error or hang-up). Rejects with the signal's reason if aborted. */
  ready(fd: number, events: number, signal?: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        watch.close();
        reject(signal!.reason);
      };
      const watch = this.watch(fd, events, (happened) => {
        watch.close();
        signal?.removeEventListener("abort", abort);
        resolve(happened);
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Waits until `fd` is readable. */
  readable(fd: number, signal?: AbortSignal): Promise<number> {
    return this.ready(fd, EPOLL.IN, signal);
  }

  /** Waits until `fd` is writable. */
  writable(fd: number, signal?: AbortSignal): Promise<number> {
    return this.ready(fd, EPOLL.OUT, signal);
  }

  /** Calls `callback` with the lateness in µs once CLOCK_REALTIME (µs) is past `deadline`. */
  at(deadline: number, callback: (lateness: number) => void): Timer {
    if (!Number.isFinite(deadline)) throw new RangeError(`Not a time: ${deadline}`);
    const entry: TimerEntry = { deadline, callback, position: -1 };
    this.#timers.push(entry);
    this.#start();
    return { deadline, cancel: () => this.#timers.remove(entry) };
  }

  /** Sleeps until CLOCK_REALTIME (µs) is past `deadline`; resolves with the lateness in µs. */
  sleepUntil(deadline: number, signal?: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        timer.cancel();
        reject(signal!.reason);
      };
      const timer = this.at(deadline, (lateness) => {
        signal?.removeEventListener("abort", abort);
        resolve(lateness);
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** How late deadlines were met since the last {@link resetLateness}. */
  lateness(): LatenessReport {
    return this.#lateness.report();
  }

  /** Starts the lateness statistics afresh. */
  resetLateness(): void {
    this.#lateness.reset();
  }

  #start(): void {
    if (this.#pumping) return;
    if (this.#closed) throw new Error("The reactor is closed.");
    this.#pumping = true;
    this.#pump();
  }

  async #pump(): Promise<void> {
    // Whoever asked for the first wait must come to its own end of turn before the thread blocks.
    await macrotask();
    while (this.waiting > 0 && !this.#closed) {
      this.#turn();
      await macrotask();
      if (realtime() - this.#runtimeTurn > this.#maxWait / 2) await this.#yieldToRuntime();
    }
    this.#pumping = false;
  }

  /** Lets the runtime look at its own I/O and signals, which it does at every 61st turn only, unless a timer is due. */
  async #yieldToRuntime(): Promise<void> {
    for (let i = 0; i < RUNTIME_TURNS; i++) {
      const next = this.#timers.peek();
      if (next && next.deadline - realtime() < this.#spin) return;
      await macrotask();
    }
    this.#runtimeTurn = realtime();
  }

  #turn(): void {
    let now = realtime();
    if (this.#fire(now)) {
      this.#wait(0);
      return;
    }
    const next = this.#timers.peek();
    if (!next) {
      this.#wait(this.#maxWait);
      return;
    }
    const sleep = next.deadline - now - this.#spin;
    if (sleep > 0) {
      const timeout = Math.min(sleep, this.#maxWait);
      const events = this.#wait(timeout);
      const woken = realtime();
      if (events > 0) {
        this.#fire(woken);
        return;
      }
      this.#learn(woken - now - timeout);
      now = woken;
    }
    if (next.deadline - now > this.#spin) return;
    while (now < next.deadline && this.#wait(0) === 0) now = realtime();
    this.#fire(realtime());
  }

  /** A sleep ended `late` µs after its time: be early enough for that the next time, and less and less so as it gets better. */
  #learn(late: number): void {
    this.#spin = Math.min(Math.max(late + 10, this.#spin * 0.95, 20), this.#maxSpin);
  }

  #fire(now: number): boolean {
    let fired = false;
    for (;;) {
      const timer = this.#timers.peek();
      if (!timer || timer.deadline > now) return fired;
      this.#timers.remove(timer);
      fired = true;
      const lateness = now - timer.deadline;
      this.#lateness.add(lateness);
      try {
        timer.callback(lateness);
      } catch (error) {
        reportError(error);
      }
    }
  }

  /** Waits at most `timeout` µs. Returns the number of events handled. */
  #wait(timeout: number): number {
    this.#timespecView.setBigInt64(0, BigInt(Math.floor(timeout / 1e6)), true);
    this.#timespecView.setBigInt64(8, BigInt(Math.floor(timeout % 1e6 * 1000)), true);
    const count = native().epollWait(
      SYS.epoll_pwait2,
      this.#epoll,
      this.#events,
      EVENTS_PER_WAIT,
      this.#timespec,
      0,
      0,
    );
    if (count === -EINTR) return 0;
    check(count, "epoll_pwait2");
    for (let i = 0; i < count; i++) {
      const happened = this.#eventsView.getUint32(i * EVENT_SIZE, true);
      const descriptor = this.#descriptors.get(this.#eventsView.getInt32(i * EVENT_SIZE + EVENT_DATA, true));
      if (!descriptor) continue; // its watch was closed by a callback of this round
      for (const watch of [...descriptor.watches]) {
        const relevant = happened & (watch.events | EPOLL.ERR | EPOLL.HUP);
        if (relevant === 0 || watch.events === 0 || !descriptor.watches.has(watch)) continue;
        try {
          watch.callback(relevant);
        } catch (error) {
          reportError(error);
        }
      }
    }
    return count;
  }

  /** Ends all waiting; promises still waiting stay unsettled. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    close(this.#epoll);
  }
}

let shared: Reactor | undefined;

/** The process's reactor, made at the first use. */
export function reactor(): Reactor {
  return shared ??= new Reactor();
}

/** Makes an eventfd (non-blocking): a descriptor that any thread of the process makes readable by writing to it. */
export function eventfd(): number {
  return must("eventfd2", 0, 0o2004000);
}

const counter = new Uint8Array(8);

/** Empties an eventfd. */
export function drainEventfd(fd: number): void {
  read(fd, counter);
}
