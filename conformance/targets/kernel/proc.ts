/**
 * Small files under `/proc` and `/sys`, read whole and without the runtime's permission for each.
 *
 * @module
 */

import { ENOENT } from "../../../abi/errno.ts";
import { O_RDONLY } from "../../../abi/file_constants.ts";
import { SystemError } from "../../../host/errno.ts";
import { close, open, read } from "../../../host/syscall.ts";

/** The text of a file, "" where there is none. Throws a `SystemError` for anything else. */
export function readFileText(path: string): string {
  const fd = open(path, O_RDONLY);
  if (fd === -ENOENT) return "";
  if (fd < 0) throw new SystemError(-fd, `open ${path}`);
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(1 << 14);
    let text = "";
    for (;;) {
      const length = read(fd, buffer);
      if (length < 0) throw new SystemError(-length, `read ${path}`);
      if (length === 0) return text + decoder.decode();
      text += decoder.decode(buffer.subarray(0, length), { stream: true });
    }
  } finally {
    close(fd);
  }
}
