/**
 * The files of this machine.
 *
 * @module
 */
import { CAPACITY, type HostFiles } from "./host_files.ts";

/** Files are kept up to this size and number. */
const MAX_CACHED_OCTETS = 1 << 16;
const MAX_CACHED_FILES = 64;

/** What is on this machine's disk, read once: many worlds run the same scripts. */
export class DiskFiles implements HostFiles {
  readonly #cache = new Map<string, Uint8Array | undefined>();

  read(path: string): Uint8Array | undefined {
    if (this.#cache.has(path)) return this.#cache.get(path);
    let bytes: Uint8Array | undefined;
    try {
      // What is no regular file may never end, or never begin.
      bytes = this.kind(path) === "file" ? Deno.readFileSync(path) : undefined;
    } catch {
      bytes = undefined;
    }
    const small = (bytes?.length ?? 0) <= MAX_CACHED_OCTETS;
    if (this.#cache.size < MAX_CACHED_FILES && small) this.#cache.set(path, bytes);
    return bytes;
  }

  kind(path: string): "file" | "directory" | "other" | undefined {
    const info = stat(path);
    if (info === undefined) return undefined;
    if (info.isDirectory) return "directory";
    return info.isFile && info.size <= CAPACITY ? "file" : "other";
  }

  names(path: string): readonly string[] {
    try {
      return [...Deno.readDirSync(path)].map((entry) => entry.name);
    } catch {
      return [];
    }
  }

  executable(path: string): boolean {
    const info = stat(path);
    return info !== undefined && (info.mode === null || (info.mode & 0o111) !== 0);
  }
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
