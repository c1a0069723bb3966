/**
 * The descriptor table of the one process that a stack serves.
 *
 * @module
 */
import { EBADF, EINVAL, EMFILE } from "../../abi/errno.ts";
import type { File } from "./file.ts";

/** Descriptors 0, 1 and 2 are taken. */
export const FIRST_FD = 3;

interface Entry {
  readonly file: File;
  cloexec: boolean;
}

/** Descriptors and the files they lead to. */
export class FdTable {
  private readonly entries = new Map<number, Entry>();
  /** No descriptor below it is free. */
  private hint = FIRST_FD;

  /** A table for descriptors below `limit` (`RLIMIT_NOFILE`). */
  constructor(readonly limit = 1024) {}

  /** Number of open descriptors. */
  get size(): number {
    return this.entries.size;
  }

  /** The file behind a descriptor, or `undefined` (EBADF). */
  get(fd: number): File | undefined {
    return this.entries.get(fd)?.file;
  }

  /** Gives the file the lowest free descriptor not below `from`; takes over the caller's reference. -EMFILE when full. */
  install(file: File, cloexec = false, from = FIRST_FD): number {
    if (from >= this.limit) return -EINVAL;
    let fd = Math.max(from, this.hint);
    while (this.entries.has(fd)) fd++;
    if (fd >= this.limit) return -EMFILE;
    if (from <= this.hint) this.hint = fd + 1;
    this.entries.set(fd, { file, cloexec });
    return fd;
  }

  /** Frees a descriptor and returns its file with the reference that the table held. */
  remove(fd: number): File | undefined {
    const entry = this.entries.get(fd);
    if (entry === undefined) return undefined;
    this.entries.delete(fd);
    if (fd < this.hint) this.hint = fd;
    return entry.file;
  }

  /** `FD_CLOEXEC` of a descriptor, or -EBADF. */
  cloexec(fd: number): boolean | number {
    return this.entries.get(fd)?.cloexec ?? -EBADF;
  }

  /** Sets `FD_CLOEXEC`. */
  setCloexec(fd: number, on: boolean): void {
    const entry = this.entries.get(fd);
    if (entry !== undefined) entry.cloexec = on;
  }

  /** All open descriptors, lowest first. */
  fds(): number[] {
    return [...this.entries.keys()].sort((a, b) => a - b);
  }
}
