/**
 * The files of a simulated world: those of the host for reading, what the world writes in memory on top.
 *
 * @module
 */
import { EACCES, EEXIST, EISDIR, ENOENT, ENOSPC } from "../../../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC } from "../../../abi/file_constants.ts";
import { dirname, isAbsolute, normalize, resolve } from "../../paths.ts";
import { TargetError } from "../target.ts";
import type { FileProvider, ProvidedFile } from "../../../stack/socket/regular_file.ts";
import { CAPACITY, type HostFiles } from "./host_files.ts";

const EMPTY = new Uint8Array(0);

/** Files by absolute path. */
export class WorldFiles implements FileProvider {
  readonly #cwd: string;
  readonly #host: HostFiles;
  /** What the world wrote; undefined for what it removed. */
  readonly #own = new Map<string, Uint8Array | undefined>();
  /** Folders that the world made. */
  readonly #folders = new Set<string>();
  /** Whether files can be executed, where the world has said so. */
  readonly #executable = new Map<string, boolean>();

  /** Files of a world whose commands run in `cwd`, on top of those of a host. */
  constructor(cwd: string, host: HostFiles) {
    this.#cwd = resolve(cwd);
    this.#host = host;
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
    return this.#removed(full) || this.#folders.has(full) ? undefined : this.#host.read(full);
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
    return this.#hostKind(full);
  }

  /** What the host has there. What is neither file nor folder is taken for a file, until somebody opens it. */
  #hostKind(full: string): "file" | "directory" | undefined {
    const kind = isOwn(full) ? undefined : this.#host.kind(full);
    return kind === "other" ? "file" : kind;
  }

  /** Throws for what is there and can't be read without being waited for. */
  #refuseOthers(full: string): void {
    if (this.#host.kind(full) !== "other") return;
    throw new TargetError(`open ${full}: only regular files up to ${CAPACITY >> 20} MiB can be read here`);
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
    const names = new Set(this.#hostKind(full) === "directory" ? this.#host.names(full) : []);
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
    for (let at = this.path(path); at.length > 1 && this.#hostKind(at) !== "directory"; at = dirname(at)) {
      this.#folders.add(at);
      this.#own.delete(at);
    }
  }

  /** Whether a file can be executed. */
  executable(path: string): boolean {
    const full = this.path(path);
    const own = this.#executable.get(full);
    if (own !== undefined) return own;
    return this.#own.has(full) ? false : !isOwn(full) && this.#host.executable(full);
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
      if (!this.#own.has(full)) this.#refuseOthers(full);
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

/** `/dev/zero` never ends, `/dev/null` is empty. */
function device(zero: boolean): ProvidedFile {
  return {
    read: (_position, length) => zero ? new Uint8Array(length) : EMPTY,
    write: (_position, data) => data.length,
    size: () => 0,
    close: () => {},
  };
}
