/**
 * Which scripts the paths of a command line mean.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { UsageError } from "./usage_error.ts";

/** Folders never looked into. */
const SKIPPED = new Set([".git", "node_modules"]);

async function stat(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`${path}: no such file or folder`, "Name a .pkt script or a folder that holds some.");
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new UsageError(`${path}: may not be read`, "Check its permissions.");
    }
    // A loop of links, a name that is too long, a file where a folder should be …
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry);
  } catch {
    // Not hidden and not the end: reading it as a script will say why it can't be.
    yield folder;
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && !SKIPPED.has(entry.name)) yield* walk(path);
    else if (entry.name.endsWith(".pkt") && (entry.isFile || entry.isSymlink)) yield path;
  }
}

/**
 * The scripts that `paths` mean, as given (folders are searched for `*.pkt`), each once, in order.
 *
 * @throws {UsageError} when a path does not exist or holds no script
 */
export async function discoverScripts(paths: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const info = await stat(path);
    if (!info.isDirectory) {
      found.set(resolve(path), path);
      continue;
    }
    const before = found.size;
    let any = false;
    for await (const script of walk(path)) {
      any = true;
      if (!found.has(resolve(script))) found.set(resolve(script), script);
    }
    if (!any && found.size === before) {
      throw new UsageError(`${path}: no scripts (*.pkt) in this folder`, "Name a folder that holds some.");
    }
  }
  return [...found.values()];
}
