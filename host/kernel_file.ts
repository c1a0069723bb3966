/**
 * Files that the kernel makes up while they are read (`/proc`). They have no size beforehand, and the runtime's own
 * functions refuse some of them.
 *
 * @module
 */

import { O_RDONLY } from "../abi/file_constants.ts";
import { close, open, read, syscall } from "./syscall.ts";

const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;

/** The bytes of a file up to `limit`, or `-errno`. */
export function readKernelFile(path: string, limit = 1 << 20): Uint8Array<ArrayBuffer> | number {
  const fd = open(path, O_RDONLY);
  if (fd < 0) return fd;
  try {
    let bytes = new Uint8Array(4096);
    let length = 0;
    for (;;) {
      const result = read(fd, bytes.subarray(length));
      if (result < 0) return result;
      length += result;
      if (result === 0 || length >= limit) return bytes.subarray(0, Math.min(length, limit));
      if (length === bytes.length) {
        const larger = new Uint8Array(2 * length);
        larger.set(bytes);
        bytes = larger;
      }
    }
  } finally {
    close(fd);
  }
}

/** As {@link readKernelFile} as text; undefined where it cannot be read. */
export function readKernelText(path: string, limit?: number): string | undefined {
  const bytes = readKernelFile(path, limit);
  return typeof bytes === "number" ? undefined : new TextDecoder().decode(bytes);
}

/** Names in a folder, those of the folder itself and the one above among them; none where it cannot be read. */
export function readKernelFolder(path: string): string[] {
  const fd = open(path, O_DIRECTORY);
  if (fd < 0) return [];
  const names: string[] = [];
  const buffer = new Uint8Array(1 << 15);
  const view = new DataView(buffer.buffer);
  for (let length; (length = syscall("getdents64", fd, buffer, buffer.length)) > 0;) {
    for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
      names.push(new TextDecoder().decode(buffer.subarray(at + 19, buffer.indexOf(0, at + 19))));
    }
  }
  close(fd);
  return names;
}
