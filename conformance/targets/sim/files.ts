/**
 * The files of a simulated world: those of the host for reading, what the world writes in memory on top.
 *
 * @module
 */
import { dirname, isAbsolute, normalize, resolve } from "node:path";
import { EACCES, EEXIST, EISDIR, ENOENT, ENOSPC } from "../../../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC } from "../../../abi/file_constants.ts";
import { TargetError } from "../target.ts";
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
    // What is no regular file may never end, or never begin.
    bytes = isReadable(path) ? Deno.readFileSync(path) : undefined;
  } catch {
    bytes = undefined;
  }
  if (hostCache.size < MAX_CACHED_FILES && (bytes?.length ?? 0) <= MAX_CACHED_OCTETS) hostCache.set(path, bytes);
  return bytes;
}

function isReadable(path: string): boolean {
  const { isFile, size } = Deno.statSync(path);
  return isFile && size <= CAPACITY;
}

/** Throws for what is there and can't be read without being waited for. */
function refuseOthers(path: string): void {
  let readable: boolean;
  try {
    readable = isReadable(path) || Deno.statSync(path).isDirectory;
  } catch {
    return; // there is none
  }
  if (!readable) throw new TargetError(`open ${path}: only regular files up to ${CAPACITY >> 20} MiB can be read here`);
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
  /** Folders that the world made. */
  readonly #folders = new Set<string>();
  /** Whether files can be executed, where the world has said so. */
  readonly #executable = new Map<string, boolean>();

  constructor(cwd: string) {
    this.#cwd = resolve(cwd);
  }

  /** Absolute path. */
  path(path: string): string {
    const full = isAbsolute(path) ? normalize(path) : resolve(this.#cwd, path);
    return full.length > 1 && full.endsWith("/") ? full.slice(0, -1) : full;
  }

  /** Contents, undefined if there is no such file. */
  read(path: string): Uint8Array | undefined {
    const full = this.path(path);
    if (full === "/dev/null") return EMPTY;
    if (this.#own.has(full)) return this.#own.get(full);
    return this.#removed(full) || this.#folders.has(full) ? undefined : readHost(full);
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

  /** What is at a path, if anything. */
  kind(path: string): "file" | "directory" | "device" | undefined {
    const full = this.path(path);
    if (DEVICES.has(full)) return "device";
    if (this.#own.has(full)) return this.#own.get(full) === undefined ? undefined : "file";
    if (this.#folders.has(full) || full === "/tmp") return "directory";
    if (this.#removed(full)) return undefined;
    return hostKind(full);
  }

  /** Whether a folder that holds it was removed. */
  #removed(full: string): boolean {
    for (let at = dirname(full); at.length > 1; at = dirname(at)) {
      if (this.#own.has(at) && this.#own.get(at) === undefined) return true;
    }
    return false;
  }

  /** Names in a folder, sorted. */
  list(path: string): string[] {
    const full = this.path(path);
    const names = new Set(hostNames(full));
    for (const [name, contents] of this.#own) {
      if (dirname(name) !== full) continue;
      const own = name.slice(full === "/" ? 1 : full.length + 1);
      if (contents === undefined) names.delete(own);
      else names.add(own);
    }
    for (const name of this.#folders) {
      if (dirname(name) === full) names.add(name.slice(full === "/" ? 1 : full.length + 1));
    }
    return [...names].sort();
  }

  /** Makes a folder, and those that hold it. */
  makeFolder(path: string): void {
    for (let at = this.path(path); at.length > 1 && hostKind(at) !== "directory"; at = dirname(at)) {
      this.#folders.add(at);
      this.#own.delete(at);
    }
  }

  /** Whether a file can be executed. */
  executable(path: string): boolean {
    const full = this.path(path);
    const own = this.#executable.get(full);
    if (own !== undefined) return own;
    return this.#own.has(full) ? false : hostExecutable(full);
  }

  /** Says whether a file can be executed. */
  setExecutable(path: string, executable: boolean): void {
    this.#executable.set(this.path(path), executable);
  }

  /** Removes a file or folder as far as this world goes. False when there is none. */
  remove(path: string): boolean {
    const full = this.path(path);
    const kind = this.kind(full);
    if (kind === undefined) return false;
    for (const name of [...this.#own.keys(), ...this.#folders]) {
      if (!name.startsWith(`${full}/`)) continue;
      this.#own.delete(name);
      this.#folders.delete(name);
    }
    this.#folders.delete(full);
    this.#executable.delete(full);
    this.#own.set(full, undefined);
    return true;
  }

  /** See {@link FileProvider.open}. */
  open(path: string, flags: number): ProvidedFile | number {
    if (path === "") return -ENOENT;
    const full = this.path(path);
    if (full === "/dev/zero" || full === "/dev/null") return device(full === "/dev/zero");
    const there = this.read(full);
    if (there === undefined) {
      if (!this.#own.has(full)) refuseOthers(full);
      if ((flags & O_CREAT) === 0) return this.kind(full) === "directory" ? -EISDIR : -ENOENT;
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

const DEVICES: ReadonlySet<string> = new Set(["/dev/null", "/dev/zero"]);

/** Paths whose answers the world gives itself. */
function isOwn(path: string): boolean {
  return /^\/(proc|sys|dev)(\/|$)/.test(path);
}

function stat(path: string): Deno.FileInfo | undefined {
  if (isOwn(path)) return undefined;
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function hostKind(path: string): "file" | "directory" | undefined {
  const info = stat(path);
  return info === undefined ? undefined : info.isDirectory ? "directory" : "file";
}

function hostNames(path: string): string[] {
  if (hostKind(path) !== "directory") return [];
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function hostExecutable(path: string): boolean {
  const info = stat(path);
  return info !== undefined && (info.mode === null || (info.mode & 0o111) !== 0);
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
