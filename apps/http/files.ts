/**
 * Files below a root folder, by request target. Nothing outside of the root is ever opened: not by `..`, not by encoded
 * ones, not through a symbolic link.
 *
 * @module
 */
import { HttpError, httpError } from "./http_error.ts";

/** What a target leads to. */
export type Found =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string; readonly segments: readonly string[] };

/** Where an upload goes, and whether a file is there. */
export interface Place {
  readonly path: string;
  readonly exists: boolean;
}

/** The path segments of a request target. Throws {@link HttpError} 400 for what is no path, 403 for one that leads up. */
export function targetSegments(target: string): string[] {
  let path = target.replace(/[?#].*$/s, "");
  const absolute = /^https?:\/\/[^/]*/i.exec(path);
  if (absolute !== null) path = path.slice(absolute[0].length) || "/";
  if (!path.startsWith("/")) throw new HttpError(400, "the target is no path");
  return path.split("/").filter((segment) => segment !== "").map((segment) => {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      throw new HttpError(400, "the target's percent-encoding is malformed");
    }
    // deno-lint-ignore no-control-regex -- control characters in names are refused
    if (/[\x00-\x1f\x7f]/.test(decoded)) throw new HttpError(400, "control characters in the target");
    if (decoded.includes("/") || decoded === ".." || decoded === ".") throw new HttpError(403, "the target leads out");
    return decoded;
  });
}

/** A folder that is served. */
export class FileRoot {
  readonly #root: string;

  /** Throws what `Deno.realPathSync` throws where there is no such folder, `Deno.errors.NotADirectory` for a file. */
  constructor(folder: string) {
    this.#root = Deno.realPathSync(folder);
    if (!Deno.statSync(this.#root).isDirectory) throw new Deno.errors.NotADirectory(`${folder} is no folder`);
  }

  #inside(path: string): boolean {
    return path === this.#root || path.startsWith(this.#root === "/" ? "/" : `${this.#root}/`);
  }

  /** What a target leads to. Throws {@link HttpError} 400, 403, 404. */
  find(target: string): Found {
    const segments = targetSegments(target);
    const path = this.#resolve([this.#root, ...segments].join("/"));
    const info = Deno.statSync(path);
    if (info.isDirectory) return { kind: "folder", path, segments };
    // Opening a pipe or a device would wait, or worse.
    if (!info.isFile) throw new HttpError(403, "not a regular file");
    return { kind: "file", path };
  }

  #resolve(path: string): string {
    let real: string;
    try {
      real = Deno.realPathSync(path);
    } catch (error) {
      throw httpError(error);
    }
    if (!this.#inside(real)) throw new HttpError(403, "a link leads out of the root");
    return real;
  }

  /** Where an upload to a target goes; its folder exists. Throws {@link HttpError} 400, 403, 404, 409. */
  place(target: string): Place {
    const segments = targetSegments(target);
    const name = segments.pop();
    if (name === undefined || /\/(?:[?#].*)?$/.test(target)) throw new HttpError(409, "the target is a folder");
    const path = `${this.#resolve([this.#root, ...segments].join("/"))}/${name}`;
    try {
      const info = Deno.lstatSync(path);
      if (info.isDirectory) throw new HttpError(409, "the target is a folder");
      if (!info.isFile) throw new HttpError(403, "not a regular file");
      return { path, exists: true };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { path, exists: false };
      throw httpError(error);
    }
  }
}
