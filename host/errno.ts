/**
 * System calls that fail, as errors.
 *
 * @module
 */
import { errnoName, strerror } from "../abi/errno_text.ts";

/** A system call that failed. `errno` is positive; `code` is its name. */
export class SystemError extends Error {
  /** Always `SystemError`. */
  override readonly name = "SystemError";
  /** Positive Linux error number. */
  readonly errno: number;
  /** Its name, `EPERM`. */
  readonly code: string;
  /** What failed: the system call, with what it was for if that helps. */
  readonly syscall: string;

  /** `detail` is what the kernel or we know beyond the number. */
  constructor(errno: number, syscall: string, detail?: string) {
    super(`${syscall}: ${errnoName(errno)} (${strerror(errno)})${detail ? `: ${detail}` : ""}`);
    this.errno = errno;
    this.code = errnoName(errno);
    this.syscall = syscall;
  }
}

/** Returns `result` if it is not negative; else throws it as the {@link SystemError} of `syscall`. */
export function check(result: number, syscall: string, detail?: string): number {
  if (result < 0) throw new SystemError(-result, syscall, detail);
  return result;
}
