/**
 * Timers by name over one binary heap. Nothing here reads a clock: {@link Timers.run} is told what time it is.
 *
 * @module
 */

/** One timer. It fires at most once per {@link Timer.arm}. */
export class Timer {
  /** When it fires, µs of stack time; `undefined` while not armed. */
  expires: number | undefined = undefined;
  /** Position in the heap, -1 when not in it. */
  index: number = -1;
  /** Orders timers that expire at the same time by when they were armed. */
  sequence = 0;

  /** A timer that calls `callback` when it fires; `name` is for traces. */
  constructor(private readonly timers: Timers, readonly name: string, readonly callback: () => void) {}

  /** Whether it is armed. */
  get pending(): boolean {
    return this.index >= 0;
  }

  /** Arms it for `expires_us`, in place of any earlier time. */
  arm(expires_us: number): void {
    this.timers.arm(this, expires_us);
  }

  /** Disarms it. */
  cancel(): void {
    this.timers.cancel(this);
  }
}

/** All timers of one stack. */
export class Timers {
  /** Told of each timer that has fired, for traces. */
  fired: ((timer: Timer) => void) | undefined = undefined;
  private readonly heap: Timer[] = [];
  private sequence = 0;

  /** A new timer, not armed. */
  create(name: string, callback: () => void): Timer {
    return new Timer(this, name, callback);
  }

  /** The earliest expiry, µs, or `undefined` when nothing is armed. */
  nextDeadline(): number | undefined {
    return this.heap[0]?.expires;
  }

  /** Number of armed timers. */
  get size(): number {
    return this.heap.length;
  }

  /** Fires, in order, every timer that expires at or before `now`. */
  run(now: number): void {
    for (let timer = this.heap[0]; timer !== undefined && timer.expires! <= now; timer = this.heap[0]) {
      this.cancel(timer);
      timer.callback();
      this.fired?.(timer);
    }
  }

  /** See {@link Timer.arm}. */
  arm(timer: Timer, expires_us: number): void {
    if (timer.index >= 0) this.cancel(timer);
    timer.expires = expires_us;
    timer.sequence = this.sequence++;
    timer.index = this.heap.length;
    this.heap.push(timer);
    this.siftUp(timer.index);
  }

  /** See {@link Timer.cancel}. */
  cancel(timer: Timer): void {
    const index = timer.index;
    if (index < 0) return;
    const last = this.heap.pop()!;
    timer.index = -1;
    timer.expires = undefined;
    if (last === timer) return;
    this.heap[index] = last;
    last.index = index;
    this.siftUp(index);
    this.siftDown(last.index);
  }

  /** Heap order. */
  private before(a: Timer, b: Timer): boolean {
    return a.expires! < b.expires! || (a.expires === b.expires && a.sequence < b.sequence);
  }

  /** Exchanges two places of the heap. */
  private swap(i: number, j: number): void {
    const a = this.heap[i]!;
    const b = this.heap[j]!;
    this.heap[i] = b;
    this.heap[j] = a;
    b.index = i;
    a.index = j;
  }

  /** Restores the heap upwards. */
  private siftUp(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.before(this.heap[index]!, this.heap[parent]!)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  /** Restores the heap downwards. */
  private siftDown(index: number): void {
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      if (left < this.heap.length && this.before(this.heap[left]!, this.heap[least]!)) least = left;
      if (right < this.heap.length && this.before(this.heap[right]!, this.heap[least]!)) least = right;
      if (least === index) return;
      this.swap(index, least);
      index = least;
    }
  }
}
