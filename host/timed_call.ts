/**
 * System calls on threads of their own. A call that may block would stop the JavaScript thread, so it gets a kernel
 * thread that does nothing else: it stores its id, takes the time, makes the call, takes the time again and ends. Its
 * start and end are therefore exact however busy the JavaScript thread is. There is no limit but memory (the runtime's
 * own pool ends at 32 threads). Needs `--allow-ffi`.
 *
 * The threads are raw `clone(2)` threads without any libc state. All signals are blocked in them but one, which does
 * nothing except interrupt a blocking call: that is how {@link TimedCall.cancel} works.
 *
 * @module
 */

import { check } from "./errno.ts";
import { native } from "./native.ts";
import { getpid, registerOf, syscall, syscallLong, type SystemCallArgument, type SystemCallName } from "./syscall.ts";
import { readKernelText } from "./kernel_file.ts";
import { SYS } from "./syscall_numbers.ts";
import { drainEventfd, EPOLL, eventfd, type Reactor, type Watch } from "./reactor.ts";
import { realtime } from "./clock.ts";
import { threadScheduling } from "./scheduling.ts";

/** A system call as data. */
export interface RawCall {
  /** Which system call. */
  readonly name: SystemCallName;
  /** At most six; buffers are passed by address. */
  readonly args: readonly SystemCallArgument[];
  /** Memory that arguments point to indirectly, kept alive until the call has returned. */
  readonly memory?: readonly ArrayBufferView<ArrayBuffer>[];
}

/** How a call on its own thread went. */
export interface TimedResult {
  /** What the kernel returned, `-errno` on failure; `-EINTR` where it was cancelled in time. */
  readonly result: number;
  /** CLOCK_REALTIME in µs just before the call. */
  readonly start: number;
  /** CLOCK_REALTIME in µs just after the call. */
  readonly end: number;
}

/** A call under way on its own thread. */
export interface TimedCall {
  /** Kernel thread id, as in `/proc/self/task/TID`. */
  readonly tid: number;
  /** CLOCK_REALTIME in µs just before the call, once it was made. */
  readonly start: number | undefined;
  /** The result once there is one. */
  readonly outcome: TimedResult | undefined;
  /** Settles through the reactor when the call has returned. Never rejects. */
  readonly settled: Promise<TimedResult>;
  /**
   * What the thread is doing: `starting`, `running` (on a processor or waiting for one), `sleeping` (blocked in the
   * kernel), or `done`.
   */
  state(): "starting" | "running" | "sleeping" | "done";
  /** Interrupts the call if it blocks; it then returns `-EINTR`. */
  cancel(): void;
}

/** Makes `call` on this thread. Returns its result or `-errno`. */
export function executeCall(call: RawCall): number {
  return syscall(call.name, ...call.args);
}

// struct timed_call, see native.ts: offsets in 8-byte words.
const NR = 0;
const RESULT = 7;
const TID = 8;
const START = 9;
const END = 11;
const NOTIFY_FD = 13;
const DONE = 14;
const ALIVE = 15;
const SIGNAL_MASK = 16;
const STRUCT_WORDS = 32;

// Room for the kernel's signal frame (up to 11 KiB with all vector registers) and nothing else.
const SLOT_SIZE = 64 << 10;
const SLOTS_PER_MAP = 16;

/** Not used by glibc (32, 33) or the runtime. */
const INTERRUPT_SIGNAL = 60;
/** While a cancelled call has not returned, the signal is repeated: the first may come before the call blocks. */
const REPEAT_CANCEL = 1000;

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

interface Slot {
  readonly pointer: Deno.PointerObject;
  readonly stackTop: Deno.PointerObject;
  readonly words: BigInt64Array;
  readonly ints: Int32Array;
}

const freeSlots: Slot[] = [];
/** Their call has returned, but the thread may still stand on its stack. */
let endingSlots: Slot[] = [];
/** Keeps what the kernel may read and write out of the garbage collector's reach. */
const memoryInUse = new Map<Slot, RawCall>();
let handlerInstalled = false;

function takeSlot(): Slot {
  if (endingSlots.length > 0) {
    const still: Slot[] = [];
    for (const slot of endingSlots) (Atomics.load(slot.ints, 2 * ALIVE) === 0 ? freeSlots : still).push(slot);
    endingSlots = still;
  }
  if (freeSlots.length === 0) mapSlots();
  return freeSlots.pop()!;
}

function mapSlots(): void {
  const length = SLOT_SIZE * SLOTS_PER_MAP;
  const address = syscallLong("mmap", null, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (address < 0n && address > -4096n) check(Number(address), "mmap", "memory for a thread");
  for (let i = 0; i < SLOTS_PER_MAP; i++) {
    const base = address + BigInt(i * SLOT_SIZE);
    const pointer = Deno.UnsafePointer.create(base)!;
    const memory = Deno.UnsafePointerView.getArrayBuffer(pointer, STRUCT_WORDS * 8);
    freeSlots.push({
      pointer,
      stackTop: Deno.UnsafePointer.create(base + BigInt(SLOT_SIZE))!,
      words: new BigInt64Array(memory),
      ints: new Int32Array(memory),
    });
  }
}

/** Per reactor: one eventfd that the threads write to, watched only while calls are pending. */
class Notifier {
  readonly fd = eventfd();
  readonly #reactor: Reactor;
  readonly #pending = new Set<PendingCall>();
  #watch: Watch | undefined;

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  add(call: PendingCall): void {
    this.#pending.add(call);
    this.#watch ??= this.#reactor.watch(this.fd, EPOLL.IN, () => this.#collect());
  }

  #collect(): void {
    drainEventfd(this.fd);
    for (const call of this.#pending) if (call.outcome) this.#pending.delete(call);
    if (this.#pending.size === 0) {
      this.#watch?.close();
      this.#watch = undefined;
    }
  }
}

const notifiers = new WeakMap<Reactor, Notifier>();

/** The `struct timespec` at a word, µs. */
function time(words: BigInt64Array, word: number): number {
  return Number(words[word]!) * 1e6 + Math.floor(Number(words[word + 1]!) / 1000);
}

class PendingCall implements TimedCall {
  readonly tid: number;
  readonly settled: Promise<TimedResult>;
  readonly #resolve: (result: TimedResult) => void;
  readonly #reactor: Reactor;
  #slot: Slot | undefined;
  #outcome: TimedResult | undefined;
  #cancelled = false;

  constructor(call: RawCall, reactor: Reactor) {
    if (call.args.length > 6) throw new RangeError(`A system call has at most 6 arguments, not ${call.args.length}`);
    if (!handlerInstalled) {
      check(native().installInterruptHandler(INTERRUPT_SIGNAL), "rt_sigaction");
      handlerInstalled = true;
    }
    let notifier = notifiers.get(reactor);
    if (!notifier) notifiers.set(reactor, notifier = new Notifier(reactor));
    const slot = takeSlot();
    const words = slot.words;
    words.fill(0n);
    words[NR] = BigInt(SYS[call.name]);
    for (let i = 0; i < 6; i++) words[NR + 1 + i] = BigInt.asIntN(64, registerOf(call.args[i]));
    words[NOTIFY_FD] = BigInt(notifier.fd);
    words[ALIVE] = 1n;
    words[SIGNAL_MASK] = ~(1n << BigInt(INTERRUPT_SIGNAL - 1));
    const tid = native().spawnTimed(slot.pointer, slot.stackTop);
    if (tid < 0) {
      freeSlots.push(slot);
      check(tid, "clone", "a thread for a blocking call");
    }
    threadScheduling(tid);
    this.tid = tid;
    memoryInUse.set(slot, call);
    this.#slot = slot;
    this.#reactor = reactor;
    const { promise, resolve } = Promise.withResolvers<TimedResult>();
    this.settled = promise;
    this.#resolve = resolve;
    notifier.add(this);
  }

  get start(): number | undefined {
    const outcome = this.outcome;
    if (outcome) return outcome.start;
    const words = this.#slot!.words;
    return Atomics.load(words, START) === 0n ? undefined : time(words, START);
  }

  get outcome(): TimedResult | undefined {
    const slot = this.#slot;
    if (slot && Atomics.load(slot.words, DONE) !== 0n) {
      this.#outcome = {
        result: Number(slot.words[RESULT]!),
        start: time(slot.words, START),
        end: time(slot.words, END),
      };
      this.#slot = undefined;
      memoryInUse.delete(slot);
      endingSlots.push(slot);
      this.#resolve(this.#outcome);
    }
    return this.#outcome;
  }

  state(): "starting" | "running" | "sleeping" | "done" {
    if (this.outcome) return "done";
    if (Atomics.load(this.#slot!.words, TID) === 0n) return "starting";
    const letter = threadState(this.tid);
    if (this.outcome || letter === undefined) return "done";
    return letter === "S" || letter === "D" ? "sleeping" : "running";
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const repeat = () => {
      if (this.outcome) return;
      syscall("tgkill", getpid(), this.tid, INTERRUPT_SIGNAL);
      this.#reactor.at(realtime() + REPEAT_CANCEL, repeat);
    };
    repeat();
  }
}

/** State letter of a thread of this process in `/proc` (R, S, D, …), or undefined where there is none. */
export function threadState(tid: number): string | undefined {
  const text = readKernelText(`/proc/self/task/${tid}/stat`);
  return text?.[text.lastIndexOf(")") + 2];
}

/**
 * Makes `call` on a thread of its own.
 *
 * @throws {SystemError} EAGAIN or ENOMEM where no thread can be made
 */
export function callOnThread(call: RawCall, reactor: Reactor): TimedCall {
  return new PendingCall(call, reactor);
}
