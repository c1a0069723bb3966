/**
 * `--linux [NAME=]FILE`: a Linux built for user mode as a target.
 *
 * @module
 */
import type { LinuxFile } from "../targets/linux.ts";
import { checkTargetName } from "./target_name.ts";

/**
 * Reads the option's value. What stands before the first `=` is the name, unless there is a `/` in it.
 *
 * @throws {Error} in words, where it can't be used
 */
export function parseLinux(text: string): LinuxFile {
  const equals = text.indexOf("=");
  const named = equals >= 0 && !text.slice(0, equals).includes("/");
  const name = named ? text.slice(0, equals) : undefined;
  const file = named ? text.slice(equals + 1) : text;
  if (name !== undefined) checkTargetName(name);
  if (file === "") throw new Error(`'${text}' is not [NAME=]FILE, such as mine=net-next/linux.`);
  return { name, file };
}

/** Whether `name` may be one that a kernel without a name of its own gets by its version. */
export function isVersionName(name: string): boolean {
  return /^linux-\d/.test(name);
}
