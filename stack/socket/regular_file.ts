/**
 * Files that come from outside: `open` asks a provider handed in.
 *
 * @module
 */
import {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_TRUNC,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../abi/file_constants.ts";
import { EBADF, EEXIST, EINVAL, ENOENT, ENOSPC } from "../../abi/errno.ts";
import { File, NOTHING, type ReadResult } from "./file.ts";

/** An open file outside the stack. All calls return at once. */
export interface ProvidedFile {
  /** At most `length` octets from `position`; empty at the end. A number is `-errno`. */
  read(position: number, length: number): Uint8Array | number;
  /** Octets written, or `-errno`. */
  write(position: number, data: Uint8Array): number;
  /** Octets in the file now. */
  size(): number;
  close(): void;
}

/** Where `open` finds files. */
export interface FileProvider {
  /** Opens `path` with `O_*` flags, or `-errno`. */
  open(path: string, flags: number): ProvidedFile | number;
}

/** A regular file behind a descriptor. */
export class RegularFile extends File {
  private position = 0;

  /** The file that the provider opened with `flags`. */
  constructor(private readonly provided: ProvidedFile, flags: number) {
    super(flags);
  }

  /** Regular files are always ready and epoll refuses them. */
  override get pollable(): boolean {
    return false;
  }

  override poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(length: number): ReadResult {
    const result = this.readAt(this.position, length);
    if (result.result > 0) this.position += result.result;
    return result;
  }

  /** Reads at a position of the caller's, leaving the file's own. */
  readAt(position: number, length: number): ReadResult {
    if (!this.readable) return { result: -EBADF, data: NOTHING };
    const data = this.provided.read(position, length);
    return typeof data === "number" ? { result: data, data: NOTHING } : { result: data.length, data };
  }

  override write(data: Uint8Array): number {
    if (!this.writable) return -EBADF;
    if ((this.flags & O_APPEND) !== 0) this.position = this.provided.size();
    const count = this.provided.write(this.position, data);
    if (count > 0) this.position += count;
    return count;
  }

  override seek(position: number): number {
    if (position < 0) return -EINVAL;
    this.position = position;
    return position;
  }

  protected override release(): void {
    this.provided.close();
  }
}

/** Files kept in memory by path, for scripts and tests; what is not there can be created. */
export class MemoryFiles implements FileProvider {
  private readonly files = new Map<string, { bytes: Uint8Array }>();

  /** Files with these contents. */
  constructor(contents: Readonly<Record<string, Uint8Array>> = {}, private readonly capacity = 1 << 26) {
    for (const [path, bytes] of Object.entries(contents)) this.files.set(path, { bytes });
  }

  /** See {@link FileProvider.open}. `/dev/zero` never ends, `/dev/null` is empty. */
  open(path: string, flags: number): ProvidedFile | number {
    const zero = path === "/dev/zero";
    if (zero || path === "/dev/null") {
      return {
        read: (_position, length) => new Uint8Array(zero ? length : 0),
        write: (_position, data) => data.length,
        size: () => 0,
        close: () => {},
      };
    }
    let file = this.files.get(path);
    if (file === undefined) {
      if ((flags & O_CREAT) === 0) return -ENOENT;
      file = { bytes: NOTHING };
      this.files.set(path, file);
    } else if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) {
      return -EEXIST;
    }
    if ((flags & O_TRUNC) !== 0) file.bytes = NOTHING;
    const opened = file;
    return {
      read: (position, length) => opened.bytes.slice(position, position + length),
      write: (position, data) => {
        const end = position + data.length;
        if (end > this.capacity) return -ENOSPC;
        if (end > opened.bytes.length) {
          const grown = new Uint8Array(end);
          grown.set(opened.bytes);
          opened.bytes = grown;
        }
        opened.bytes.set(data, position);
        return data.length;
      },
      size: () => opened.bytes.length,
      close: () => {},
    };
  }
}
