/**
 * Kernel parameters (`sysctl(8)`) through `/proc/sys`. Those below `net.` are of the network namespace in which the
 * calling thread is: call these inside `NetworkNamespace.run`. Needs `--allow-ffi`; writing needs root of that namespace.
 *
 * @module
 */

import { O_WRONLY } from "../abi/file_constants.ts";
import { check, SystemError } from "./errno.ts";
import { readKernelFile } from "./kernel_file.ts";
import { close, open, write } from "./syscall.ts";

/** The file of a parameter. Dots and slashes swap roles if the first separator is a slash, as in `sysctl(8)`. */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  const path = separator === "/" ? name : name.replace(/[./]/g, (character) => character === "." ? "/" : ".");
  if (!/^[\w@:+-][\w@:+.\/-]*$/.test(path) || path.split("/").some((part) => part === "" || /^\.+$/.test(part))) {
    throw new TypeError(`Not the name of a kernel parameter: ${JSON.stringify(name)}`);
  }
  return "/proc/sys/" + path;
}

/** Value of a parameter, without the newline at its end. Throws a `SystemError` (ENOENT where there is none). */
export function readSysctl(name: string): string {
  const path = sysctlPath(name);
  const bytes = readKernelFile(path);
  if (typeof bytes === "number") throw new SystemError(-bytes, `read ${path}`);
  return new TextDecoder().decode(bytes).replace(/\n$/, "");
}

/** Sets a parameter. Throws a `SystemError` where the kernel refuses the value. */
export function writeSysctl(name: string, value: string | number): void {
  const path = sysctlPath(name);
  const fd = check(open(path, O_WRONLY), `write ${path}`);
  try {
    check(write(fd, new TextEncoder().encode(`${value}\n`)), `write ${path}`, `value ${JSON.stringify(String(value))}`);
  } finally {
    close(fd);
  }
}
