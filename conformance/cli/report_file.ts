/**
 * A file that a report goes to. It is tried before anything runs, so that a path that can't be written costs no results;
 * until the whole report is there, what was there before stays.
 *
 * @module
 */
import { chmodSync, closeSync, constants, openSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StandardStream, type WritableStreamOfProcess } from "../standard_stream.ts";
import { UsageError } from "./usage_error.ts";

/** Where a report goes. */
export interface ReportFile {
  /** Writes the report, or says why it could not. */
  write(bytes: Uint8Array): string | undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/**
 * Opens the place of a report.
 *
 * @throws {UsageError} where none can be written there
 */
export function openReport(path: string): ReportFile {
  const unusable = (why: string) => new UsageError(`${path}: can't be written: ${why}`, "Name a file that can be.");
  try {
    const info = statIfThere(path);
    if (info?.isDirectory === true) throw unusable("it is a folder");
    if (info !== undefined && !info.isFile) return new SpecialFile(path);
    Deno.openSync(path, { write: true, create: true }).close();
    // An empty file would look like a report if we were killed.
    if (info === undefined) Deno.removeSync(path);
    return new RegularFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (codeOf(error) === "ENXIO") throw unusable("nobody reads it");
    throw unusable(describe(error));
  }
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A FIFO or a device: open from the start, or its reader would see the end of what was never written. */
class SpecialFile implements ReportFile {
  readonly #descriptor: number;

  constructor(path: string) {
    // Without O_NONBLOCK it waits, for ever if need be, for a reader.
    this.#descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  }

  write(bytes: Uint8Array): string | undefined {
    const stream = new StandardStream(asStream(this.#descriptor));
    stream.writeBytes(bytes);
    closeSync(this.#descriptor);
    return stream.problem;
  }
}

/** A descriptor with the errors that streams of the process have. */
function asStream(descriptor: number): WritableStreamOfProcess {
  return {
    writeSync(bytes) {
      try {
        return writeSync(descriptor, bytes);
      } catch (error) {
        if (codeOf(error) === "EAGAIN") throw new Deno.errors.WouldBlock("it is not read", { cause: error });
        if (codeOf(error) === "EPIPE") throw new Deno.errors.BrokenPipe("nobody reads it", { cause: error });
        throw error;
      }
    },
  };
}

class RegularFile implements ReportFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  write(bytes: Uint8Array): string | undefined {
    try {
      if (this.#mayBeReplaced()) this.#replace(bytes);
      else Deno.writeFileSync(this.#path, bytes);
      return undefined;
    } catch (error) {
      return describe(error);
    }
  }

  /** Nobody misses the old file: it has this name only, and no other owner. */
  #mayBeReplaced(): boolean {
    try {
      const { isFile, nlink, uid } = Deno.lstatSync(this.#path);
      return isFile && nlink === 1 && uid === Deno.uid();
    } catch (error) {
      return error instanceof Deno.errors.NotFound;
    }
  }

  #replace(bytes: Uint8Array): void {
    const mode = statIfThere(this.#path)?.mode;
    const part = join(dirname(this.#path), `.${basename(this.#path)}.${Deno.pid}.part`);
    try {
      Deno.writeFileSync(part, bytes);
    } catch (error) {
      removeIfThere(part);
      // In a folder where no file can be made the one that is there can be written.
      if (!(error instanceof Deno.errors.PermissionDenied) || mode === undefined) throw error;
      Deno.writeFileSync(this.#path, bytes);
      return;
    }
    if (mode !== undefined && mode !== null) chmodSync(part, mode & 0o7777);
    Deno.renameSync(part, this.#path);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made.
  }
}
