/**
 * The files of a simulated world: those of the host for reading, what the world writes in memory on top.
 *
 * @module
 */
import { isAbsolute, normalize, resolve } from "node:path";
import { EACCES, EEXIST, EISDIR, ENOENT, ENOSPC } from "../../../stack/inet/errno.ts";
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC } from "../../../stack/socket/constants.ts";
import type { FileProvider, ProvidedFile } from "../../../stack/socket/regular_file.ts";

/** Octets that a world may write. */
const CAPACITY = 1 << 26;
const EMPTY = new Uint8Array(0);

/** Texts of scripts that many worlds run, read once. */
const hostCache = new Map<string, Uint8Array | undefined>();
/** Host files are kept up to this size and number. */
const MAX_CACHED_OCTETS = 1 << 16;
const MAX_CACHED_FILES = 64;

function readHost(path: string): Uint8Array | undefined {
  if (hostCache.has(path)) return hostCache.get(path);
  let bytes: Uint8Array | undefined;
  try {
    bytes = Deno.readFileSync(path);
  } catch {
    bytes = undefined;
  }
  if (hostCache.size < MAX_CACHED_FILES && (bytes?.length ?? 0) <= MAX_CACHED_OCTETS) hostCache.set(path, bytes);
  return bytes;
}

/** Forgets what was read from the host, for when files may have changed. */
export function forgetHostFiles(): void {
  hostCache.clear();
}

/** Files by absolute path. */
export class WorldFiles implements FileProvider {
  readonly #cwd: string;
  /** What the world wrote; undefined for what it removed. */
  readonly #own = new Map<string, Uint8Array | undefined>();

  constructor(cwd: string) {
    this.#cwd = resolve(cwd);
  }

  /** Absolute path. */
  path(path: string): string {
    return isAbsolute(path) ? normalize(path) : resolve(this.#cwd, path);
  }

  /** Contents, undefined if there is no such file. */
  read(path: string): Uint8Array | undefined {
    const full = this.path(path);
    if (full === "/dev/null") return EMPTY;
    return this.#own.has(full) ? this.#own.get(full) : readHost(full);
  }

  /** Replaces contents: 0 or `-ENOSPC`. */
  write(path: string, bytes: Uint8Array): number {
    if (path === "/dev/null") return 0;
    if (bytes.length > CAPACITY) return -ENOSPC;
    this.#own.set(this.path(path), bytes);
    return 0;
  }

  /** Appends. */
  append(path: string, bytes: Uint8Array): number {
    const before = this.read(path) ?? EMPTY;
    const joined = new Uint8Array(before.length + bytes.length);
    joined.set(before);
    joined.set(bytes, before.length);
    return this.write(path, joined);
  }

  /** Removes a file as far as this world goes. False when there is none. */
  remove(path: string): boolean {
    if (this.read(path) === undefined) return false;
    this.#own.set(this.path(path), undefined);
    return true;
  }

  /** See {@link FileProvider.open}. */
  open(path: string, flags: number): ProvidedFile | number {
    const full = this.path(path);
    if (full === "/dev/zero" || full === "/dev/null") return device(full === "/dev/zero");
    const there = this.read(full);
    if (there === undefined) {
      if ((flags & O_CREAT) === 0) return isFolder(full) ? -EISDIR : -ENOENT;
      this.write(full, EMPTY);
    } else if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) {
      return -EEXIST;
    }
    if ((flags & O_ACCMODE) === O_RDONLY && (flags & O_TRUNC) !== 0) return -EACCES;
    if ((flags & O_TRUNC) !== 0) this.write(full, EMPTY);
    const contents = () => this.read(full) ?? EMPTY;
    return {
      read: (position, length) => contents().slice(position, position + length),
      write: (position, data) => {
        const old = contents();
        const grown = new Uint8Array(Math.max(old.length, position + data.length));
        if (grown.length > CAPACITY) return -ENOSPC;
        grown.set(old);
        grown.set(data, position);
        this.write(full, grown);
        return data.length;
      },
      size: () => contents().length,
      close: () => {},
    };
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** `/dev/zero` never ends, `/dev/null` is empty. */
function device(zero: boolean): ProvidedFile {
  return {
    read: (_position, length) => zero ? new Uint8Array(length) : EMPTY,
    write: (_position, data) => data.length,
    size: () => 0,
    close: () => {},
  };
}
