/**
 * Paths as POSIX has them, where there may be no files at all, as in a browser. What a relative path counts from is the
 * one thing asked of the runtime.
 *
 * @module
 */

/** The folder that relative paths count from: the process's; the root where there is no process. */
function workingFolder(): string {
  return "Deno" in globalThis ? Deno.cwd() : "/";
}

/** Whether it begins at the root. */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** Without `.`, `..` and doubled slashes, as far as the text alone tells. A slash at the end stays. */
export function normalize(path: string): string {
  const absolute = isAbsolute(path);
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!absolute) names.push(name);
  }
  const joined = names.join("/");
  const folder = path.endsWith("/") && (joined !== "" || !absolute) ? "/" : "";
  if (absolute) return `/${joined}${folder}`;
  return `${joined === "" ? "." : joined}${folder}`;
}

/** All but the last name of a normalized path. */
export function dirname(path: string): string {
  const last = path.replace(/\/+$/, "").lastIndexOf("/");
  if (last > 0) return path.slice(0, last);
  return isAbsolute(path) ? "/" : ".";
}

/** The absolute path that the last one means where the ones before are the folder. Without a slash at its end. */
export function resolve(...paths: readonly string[]): string {
  let full = "";
  for (const path of paths) if (path !== "") full = isAbsolute(path) || full === "" ? path : `${full}/${path}`;
  if (!isAbsolute(full)) full = `${workingFolder()}/${full}`;
  const plain = normalize(full);
  return plain.length > 1 && plain.endsWith("/") ? plain.slice(0, -1) : plain;
}
