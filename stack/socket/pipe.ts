/**
 * Pipes, as splice needs them (pipe(7)).
 *
 * @module
 */
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../inet/constants.ts";
import { EAGAIN, EBADF, EPIPE } from "../inet/errno.ts";
import { O_RDONLY, O_WRONLY } from "./constants.ts";
import { File, NOTHING, type ReadResult } from "./file.ts";

/** Octets that a pipe holds: 16 pages. */
export const PIPE_CAPACITY = 65536;
/** Writes up to this size are not split. */
export const PIPE_BUF = 4096;

/** The octets between the two ends. */
export class Pipe {
  private readonly chunks: Uint8Array[] = [];
  /** Octets inside. */
  length = 0;
  readonly reader: PipeEnd;
  readonly writer: PipeEnd;
  readerOpen = true;
  writerOpen = true;

  /** An empty pipe; `flags` are `O_NONBLOCK` and its like. */
  constructor(flags = 0) {
    this.reader = new PipeEnd(this, O_RDONLY | flags);
    this.writer = new PipeEnd(this, O_WRONLY | flags);
  }

  /** Octets that it has room for. */
  get space(): number {
    return PIPE_CAPACITY - this.length;
  }

  /** Puts as much in as fits. */
  push(data: Uint8Array): number {
    const count = Math.min(data.length, this.space);
    if (count === 0) return 0;
    this.chunks.push(data.slice(0, count));
    this.length += count;
    this.reader.wait.wake(POLLIN | POLLRDNORM);
    return count;
  }

  /** Looks at the first octets without taking them. */
  peek(length: number): Uint8Array {
    const data = new Uint8Array(Math.min(length, this.length));
    let at = 0;
    for (const chunk of this.chunks) {
      if (at === data.length) break;
      const part = chunk.subarray(0, data.length - at);
      data.set(part, at);
      at += part.length;
    }
    return data;
  }

  /** Drops the first octets. */
  consume(count: number): void {
    let left = count;
    while (left > 0) {
      const first = this.chunks[0];
      if (first === undefined) break;
      if (first.length <= left) this.chunks.shift();
      else this.chunks[0] = first.subarray(left);
      left -= Math.min(first.length, left);
    }
    this.length -= count - left;
    this.writer.wait.wake(POLLOUT | POLLWRNORM);
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
    if (this.isReader) return (pipe.length > 0 ? POLLIN | POLLRDNORM : 0) | (pipe.writerOpen ? 0 : POLLHUP);
    return (pipe.space >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (pipe.readerOpen ? 0 : POLLERR);
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
    if (data.length <= PIPE_BUF && pipe.space < data.length) return -EAGAIN;
    const count = pipe.push(data);
    return count === 0 ? -EAGAIN : count;
  }

  protected override release(): void {
    if (this.isReader) this.pipe.readerOpen = false;
    else this.pipe.writerOpen = false;
    this.pipe.reader.wait.wake();
    this.pipe.writer.wait.wake();
  }
}
