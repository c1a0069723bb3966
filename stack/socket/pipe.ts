/**
 * Pipes, as splice needs them (pipe(7)).
 *
 * @module
 */
import { FIONREAD } from "../../abi/ioctl_constants.ts";
import {
  O_RDONLY,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../abi/file_constants.ts";
import { EAGAIN, EBADF, EPIPE } from "../../abi/errno.ts";
import { File, NOTHING, type ReadResult } from "./file.ts";

/** Pages that a pipe has room for; what is written takes whole pages, short writes share one. */
export const PIPE_SLOTS = 16;
/** Octets of a page. */
const PAGE = 4096;
/** Octets that a pipe holds at most. */
export const PIPE_CAPACITY: number = PIPE_SLOTS * PAGE;

/** One page of a pipe (`struct pipe_buffer`). */
interface Slot {
  readonly page: Uint8Array;
  /** Octets read already. */
  start: number;
  /** Octets written. */
  end: number;
}

/** The octets between the two ends. */
export class Pipe {
  private readonly slots: Slot[] = [];
  /** Octets inside. */
  length = 0;
  readonly reader: PipeEnd;
  readonly writer: PipeEnd;
  readerOpen = true;
  writerOpen = true;
  /** Somebody polled it: from then on every write is an edge, a failed one too, not only one into an empty pipe. */
  polled = false;

  /** An empty pipe; `flags` are `O_NONBLOCK` and its like. */
  constructor(flags = 0) {
    this.reader = new PipeEnd(this, O_RDONLY | flags);
    this.writer = new PipeEnd(this, O_WRONLY | flags);
  }

  /** Whether no page is free. */
  get full(): boolean {
    return this.slots.length >= PIPE_SLOTS;
  }

  /** Octets that fit into the free pages. */
  get space(): number {
    return (PIPE_SLOTS - this.slots.length) * PAGE;
  }

  /** Puts as much in as fits and returns how much that was (`pipe_write`). */
  push(data: Uint8Array): number {
    const wasEmpty = this.slots.length === 0;
    let at = this.merge(data);
    while (at < data.length && !this.full) {
      const part = data.subarray(at, at + PAGE);
      const page = new Uint8Array(PAGE);
      page.set(part);
      this.slots.push({ page, start: 0, end: part.length });
      at += part.length;
    }
    this.length += at;
    if (this.polled || (wasEmpty && at > 0)) this.reader.wait.wake(POLLIN | POLLRDNORM);
    return at;
  }

  /** The odd octets of a write go into the last page when they fit behind what is there. */
  private merge(data: Uint8Array): number {
    const odd = data.length % PAGE;
    const last = this.slots.at(-1);
    if (odd === 0 || last === undefined || last.end + odd > PAGE) return 0;
    last.page.set(data.subarray(0, odd), last.end);
    last.end += odd;
    return odd;
  }

  /** Looks at the first octets without taking them. */
  peek(length: number): Uint8Array {
    const data = new Uint8Array(Math.min(length, this.length));
    let at = 0;
    for (const slot of this.slots) {
      if (at === data.length) break;
      const part = slot.page.subarray(slot.start, Math.min(slot.end, slot.start + data.length - at));
      data.set(part, at);
      at += part.length;
    }
    return data;
  }

  /** Drops the first octets. */
  consume(count: number): void {
    const wasFull = this.full;
    let left = count;
    while (left > 0) {
      const first = this.slots[0];
      if (first === undefined) break;
      const part = Math.min(first.end - first.start, left);
      first.start += part;
      left -= part;
      if (first.start === first.end) this.slots.shift();
    }
    this.length -= count - left;
    if (wasFull && !this.full) this.writer.wait.wake(POLLOUT | POLLWRNORM);
  }
}

/** One end of a pipe. */
export class PipeEnd extends File {
  /** An end of `pipe`. */
  constructor(readonly pipe: Pipe, flags: number) {
    super(flags);
  }

  private get isReader(): boolean {
    return this === this.pipe.reader;
  }

  override poll(): number {
    const pipe = this.pipe;
    pipe.polled = true;
    if (this.isReader) return (pipe.length > 0 ? POLLIN | POLLRDNORM : 0) | (pipe.writerOpen ? 0 : POLLHUP);
    return (pipe.full ? 0 : POLLOUT | POLLWRNORM) | (pipe.readerOpen ? 0 : POLLERR);
  }

  override read(length: number): ReadResult {
    if (!this.isReader) return { result: -EBADF, data: NOTHING };
    const pipe = this.pipe;
    if (length === 0) return { result: 0, data: NOTHING };
    if (pipe.length === 0) return { result: pipe.writerOpen ? -EAGAIN : 0, data: NOTHING };
    const data = pipe.peek(length);
    pipe.consume(data.length);
    return { result: data.length, data };
  }

  override write(data: Uint8Array): number {
    if (this.isReader) return -EBADF;
    const pipe = this.pipe;
    if (!pipe.readerOpen) return -EPIPE;
    if (data.length === 0) return 0;
    const count = pipe.push(data);
    return count === 0 ? -EAGAIN : count;
  }

  override ioctl(command: number): { readonly value: number } | number {
    return command === FIONREAD ? { value: this.pipe.length } : super.ioctl(command);
  }

  protected override release(): void {
    if (this.isReader) this.pipe.readerOpen = false;
    else this.pipe.writerOpen = false;
    this.pipe.reader.wait.wake();
    this.pipe.writer.wait.wake();
  }
}
