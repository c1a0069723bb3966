/**
 * What a simulated world sees of the files around it.
 *
 * @module
 */

/** Octets of a file that a world may read or write. */
export const CAPACITY = 1 << 26;

/** Files, by absolute path, for reading. */
export interface HostFiles {
  /** Contents; undefined where there is nothing to read. */
  read(path: string): Uint8Array | undefined;
  /** What is there; `other` for what can't be read without being waited for, or is larger than {@link CAPACITY}. */
  kind(path: string): "file" | "directory" | "other" | undefined;
  /** Names in a folder. */
  names(path: string): readonly string[];
  /** Whether it can be executed. */
  executable(path: string): boolean;
}

/** A host without files, as a browser is. */
export const NO_FILES: HostFiles = {
  read: () => undefined,
  kind: (path) => path === "/" ? "directory" : undefined,
  names: () => [],
  executable: () => false,
};
