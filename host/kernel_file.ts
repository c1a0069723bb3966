/**
 * Files that the kernel makes up while they are read (`/proc`). They have no size beforehand, and the runtime's own
 * functions refuse some of them.
 *
 * @module
 */

import { close, open, read } from "./syscall.ts";

const O_RDONLY = 0;

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
