/**
 * Files that have no name until they are whole: what ends this process, SIGKILL included, leaves nothing of them.
 *
 * @module
 */
import { EEXIST } from "../../abi/errno.ts";
import { O_TMPFILE, O_WRONLY } from "../../abi/file_constants.ts";
import { check } from "../../host/errno.ts";
import { close, cString, open, syscall, write } from "../../host/syscall.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

/** A file under construction, on the file system of a folder (`open(2)`, O_TMPFILE). Dispose it to let go of it. */
export class UnnamedFile implements Disposable {
  readonly #fd: number;

  /** @throws {import("../../host/errno.ts").SystemError} EOPNOTSUPP where the file system has no such files */
  constructor(folder: string) {
    this.#fd = check(open(folder, O_WRONLY | O_TMPFILE, 0o666), `make a file in ${folder}`);
  }

  /** Appends all of `data`. Throws `SystemError`: ENOSPC … */
  write(data: Uint8Array): void {
    for (let at = 0; at < data.length;) {
      at += check(write(this.#fd, data.subarray(at) as Uint8Array<ArrayBuffer>), "write");
    }
  }

  /** Gives it a name, in place of a file that has it. Throws `SystemError`. */
  nameIt(path: string): void {
    const result = this.#link(path);
    if (result !== -EEXIST) {
      check(result, `link ${path}`);
      return;
    }
    // Only rename() replaces a file at once, and it needs a name to begin with.
    const interim = `${path}.${crypto.randomUUID()}.part`;
    check(this.#link(interim), `link ${interim}`);
    Deno.renameSync(interim, path);
  }

  #link(path: string): number {
    const self = cString(`/proc/self/fd/${this.#fd}`);
    return syscall("linkat", AT_FDCWD, self, AT_FDCWD, cString(path), AT_SYMLINK_FOLLOW);
  }

  /** Lets go of it: without a name it is gone. */
  [Symbol.dispose](): void {
    close(this.#fd);
  }
}
