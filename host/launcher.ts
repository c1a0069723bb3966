/**
 * A program that makes a list of system calls, the last of which executes another program: what has to be done by a
 * process that has only one thread, as entering a user namespace. It is written to a file in memory; no program of the
 * machine's is needed.
 *
 * @module
 */

import { EFBIG, EINVAL } from "../abi/errno.ts";
import { type CallList, START_SIZE, stringVector } from "./call_list.ts";
import { check, SystemError } from "./errno.ts";
import { LAUNCH_START, machineCode } from "./native.ts";
import { close, cString, must, syscall, write } from "./syscall.ts";

const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const PHDRS = 3;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
/** The largest page size in use. */
const PAGE = 0x10000;
/** Where the file's first page is, with the code in it. What the code works on is on the pages after it. */
const TEXT_AT = 0x800_0000;

/** Memory of the program to be, as its calls see it. */
export class Image {
  #bytes = new Uint8Array(1 << 12);
  #length = START_SIZE;

  /** Puts bytes there; returns their address. */
  place(bytes: ArrayBufferView<ArrayBuffer>): bigint {
    const at = (this.#length + 7) & ~7;
    this.#length = at + bytes.byteLength;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), at);
    return BigInt(LAUNCH_START + at);
  }

  /** An array of strings as `execve` wants it. */
  placeStrings(strings: readonly string[]): bigint {
    return this.place(new BigInt64Array([...strings.map((text) => this.place(cString(text))), 0n]));
  }

  /** Everything, with the `child_start` for `list` in front. */
  finish(list: CallList): Uint8Array<ArrayBuffer> {
    const records = this.place(list.encode());
    const view = new DataView(this.#bytes.buffer);
    view.setBigUint64(0, BigInt(list.length), true);
    view.setBigUint64(8, records, true);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** An executable file that makes the calls of `list`, whose memory is in `image`. */
export function buildLauncher(list: CallList, image: Image): Uint8Array<ArrayBuffer> {
  const { code: { code, symbols }, machine } = machineCode();
  const data = image.finish(list);
  const codeAt = EHDR_SIZE + PHDRS * PHDR_SIZE;
  const file = new Uint8Array(PAGE + data.length);
  const view = new DataView(file.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // ELF, 64 bits, little-endian, version 1, System V
  u16(16, 2); // ET_EXEC
  u16(18, machine);
  u32(20, 1);
  u64(24, TEXT_AT + codeAt + symbols.get("launch")!); // e_entry
  u64(32, EHDR_SIZE); // e_phoff
  u16(52, EHDR_SIZE);
  u16(54, PHDR_SIZE);
  u16(56, PHDRS);
  const segment = (index: number, type: number, flags: number, offset: number, address: number, size: number) => {
    const p = EHDR_SIZE + index * PHDR_SIZE;
    u32(p, type);
    u32(p + 4, flags);
    u64(p + 8, offset);
    u64(p + 16, address);
    u64(p + 24, address);
    u64(p + 32, size);
    u64(p + 40, size);
    u64(p + 48, type === PT_LOAD ? PAGE : 16);
  };
  segment(0, PT_LOAD, PF_R | PF_X, 0, TEXT_AT, codeAt + code.length);
  segment(1, PT_LOAD, PF_R | PF_W, PAGE, LAUNCH_START, data.length);
  segment(2, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0);
  file.set(code, codeAt);
  file.set(data, PAGE);
  return file;
}

const MFD_CLOEXEC = 1;
/** Since Linux 6.3; before, every such file may be executed. */
const MFD_EXEC = 0x10;

/**
 * Replaces this process by one that makes the calls of `list`: same process id, same standard streams. If one of them
 * fails, the process ends with status 127.
 *
 * @throws {SystemError} where it can't be started
 */
export function launch(list: CallList, image: Image): never {
  const name = cString("netproof-launcher");
  const made = syscall("memfd_create", name, MFD_CLOEXEC | MFD_EXEC);
  const fd = made === -EINVAL ? must("memfd_create", name, MFD_CLOEXEC) : check(made, "memfd_create");
  const file = buildLauncher(list, image);
  const written = write(fd, file);
  if (written !== file.length) {
    close(fd);
    throw new SystemError(written < 0 ? -written : EFBIG, "write a program to memory", "is there a limit (ulimit -f)?");
  }
  const argv = stringVector(["netproof"]);
  const envp = stringVector([]);
  const error = -syscall("execve", cString(`/proc/self/fd/${fd}`), argv.vector, envp.vector);
  close(fd);
  throw new SystemError(error, "execute a program in memory");
}
