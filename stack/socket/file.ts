/**
 * What a descriptor leads to (`struct file`).
 *
 * @module
 */
import { EINVAL, ENOTTY } from "../../abi/errno.ts";
import { WaitQueue } from "../inet/wait_queue.ts";
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY } from "../../abi/file_constants.ts";

/** Octets read, or `-errno` (-EAGAIN when it would block). */
export interface ReadResult {
  readonly result: number;
  readonly data: Uint8Array;
}

/** No octets. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** An open file. Descriptors and calls under way hold references; the last one releases it. */
export abstract class File {
  private references = 1;
  private readonly onRelease: (() => void)[] = [];
  /** Woken when {@link File.poll} may have changed. */
  readonly wait: WaitQueue = new WaitQueue();

  /** A file with `O_*` flags. */
  constructor(public flags: number) {}

  /** `POLL*` bits that hold now. */
  abstract poll(): number;
  /** Reads without waiting. */
  abstract read(length: number): ReadResult;
  /** Writes without waiting: octets taken, or `-errno`. */
  abstract write(data: Uint8Array): number;
  /** Nobody refers to it any more. */
  protected abstract release(): void;

  /** Whether poll and epoll can wait for it. */
  get pollable(): boolean {
    return true;
  }

  /** Calls on it do not wait. */
  get nonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  /** Whether it may be read. */
  get readable(): boolean {
    return (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  /** Whether it may be written. */
  get writable(): boolean {
    return (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  /** The int that an output ioctl writes, or `-errno`. */
  ioctl(_command: number): { readonly value: number } | number {
    return -ENOTTY;
  }

  /** Moves or reads the position of a seekable file: the new position or `-errno`. */
  seek(_position: number): number {
    return -EINVAL;
  }

  /** Takes a reference. */
  get(): this {
    if (this.references === 0) throw new RangeError("a file was used after its release");
    this.references++;
    return this;
  }

  /** Drops a reference. */
  put(): void {
    if (--this.references > 0) return;
    for (const callback of this.onRelease.splice(0)) callback();
    this.release();
  }

  /** Calls `callback` just before the file is released; the returned function takes that back. */
  beforeRelease(callback: () => void): () => void {
    this.onRelease.push(callback);
    return () => {
      const at = this.onRelease.indexOf(callback);
      if (at >= 0) this.onRelease.splice(at, 1);
    };
  }
}
