/**
 * Writes a minimal ELF shared object around a piece of machine code, so that the dynamic linker can load it and
 * Deno can bind its functions with the fast calls it gives to symbols of a library (about five times cheaper than
 * `Deno.UnsafeFnPointer` on a page of our own). The code's segment is readable and executable, never writable.
 *
 * Layout: file headers, hash, symbols and strings (R), code (RX), dynamic section (RW: the linker relocates it in
 * place), each on a page of its own. ELF-64 object file format, System V ABI chapters 4 and 5.
 *
 * @module
 */

import type { MachineCode } from "./machine_code.ts";

/** The largest page size in use on the supported machines (aarch64 with 64 KiB pages). */
const PAGE = 0x10000;
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const SYM_SIZE = 24;
const PHDRS = 5;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;

const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_SYMENT = 11;
const DT_FLAGS_1 = 0x6ffffffb;
const DF_1_NODELETE = 8;

/** ELF machine numbers of the architectures that Deno runs on under Linux. */
export const ELF_MACHINE: Readonly<Record<string, number>> = { x86_64: 62, aarch64: 183 };

/** Returns the bytes of a shared object that exports each symbol of `machineCode` as a function. */
export function buildSharedObject(machineCode: MachineCode, machine: number): Uint8Array<ArrayBuffer> {
  const { code, symbols } = machineCode;
  if (code.length > PAGE) throw new RangeError(`${code.length} bytes of machine code do not fit in ${PAGE}`);
  const names = [...symbols.keys()];
  const hashAt = EHDR_SIZE + PHDRS * PHDR_SIZE;
  const symbolCount = names.length + 1;
  const symtabAt = (hashAt + 4 * (2 + 1 + symbolCount) + 7) & ~7;
  const strtabAt = symtabAt + SYM_SIZE * symbolCount;
  const strtab = new TextEncoder().encode("\0" + names.map((name) => name + "\0").join(""));
  const headersEnd = strtabAt + strtab.length;
  const dynamic: [number, number][] = [
    [DT_HASH, hashAt],
    [DT_STRTAB, strtabAt],
    [DT_SYMTAB, symtabAt],
    [DT_STRSZ, strtab.length],
    [DT_SYMENT, SYM_SIZE],
    // A worker that ends closes its libraries, while threads may still run here and a signal handler points here.
    [DT_FLAGS_1, DF_1_NODELETE],
    [0, 0],
  ];
  const dynamicAt = 2 * PAGE;
  const dynamicSize = dynamic.length * 16;
  const file = new Uint8Array(dynamicAt + dynamicSize);
  const view = new DataView(file.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // ELF, 64 bits, little-endian, version 1, System V
  u16(16, 3); // ET_DYN
  u16(18, machine);
  u32(20, 1);
  u64(32, EHDR_SIZE); // e_phoff
  u16(52, EHDR_SIZE);
  u16(54, PHDR_SIZE);
  u16(56, PHDRS);

  const segment = (index: number, type: number, flags: number, at: number, size: number, align: number) => {
    const p = EHDR_SIZE + index * PHDR_SIZE;
    u32(p, type);
    u32(p + 4, flags);
    u64(p + 8, at);
    u64(p + 16, at);
    u64(p + 24, at);
    u64(p + 32, size);
    u64(p + 40, size);
    u64(p + 48, align);
  };
  segment(0, PT_LOAD, PF_R, 0, headersEnd, PAGE);
  segment(1, PT_LOAD, PF_R | PF_X, PAGE, code.length, PAGE);
  segment(2, PT_LOAD, PF_R | PF_W, dynamicAt, dynamicSize, PAGE);
  segment(3, PT_DYNAMIC, PF_R | PF_W, dynamicAt, dynamicSize, 8);
  // Without this entry the linker would make every thread's stack executable.
  segment(4, PT_GNU_STACK, PF_R | PF_W, 0, 0, 16);

  // One bucket that chains through all symbols.
  u32(hashAt, 1);
  u32(hashAt + 4, symbolCount);
  u32(hashAt + 8, 1);
  for (let i = 1; i < symbolCount; i++) u32(hashAt + 12 + 4 * i, i + 1 < symbolCount ? i + 1 : 0);

  let nameAt = 1;
  names.forEach((name, i) => {
    const s = symtabAt + SYM_SIZE * (i + 1);
    u32(s, nameAt);
    view.setUint8(s + 4, 0x12); // STB_GLOBAL, STT_FUNC
    u16(s + 6, 1); // any defined section
    u64(s + 8, PAGE + symbols.get(name)!);
    nameAt += name.length + 1;
  });
  file.set(strtab, strtabAt);
  file.set(code, PAGE);
  dynamic.forEach(([tag, value], i) => {
    u64(dynamicAt + 16 * i, tag);
    u64(dynamicAt + 16 * i + 8, value);
  });
  return file;
}
