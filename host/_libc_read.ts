/**
 * `read` through libc's `syscall()`, whose `errno` is out of reach: what benchmarks compare our own system calls with.
 *
 * @module
 */

/** Loads libc and returns its way to read into a whole buffer. */
export function openLibcRead(): (fd: number, buffer: Uint8Array<ArrayBuffer>) => number {
  const libc = Deno.dlopen("libc.so.6", {
    syscall: { parameters: ["i64", "i32", "buffer", "u32"], result: "i32" },
  });
  const number = Deno.build.arch === "aarch64" ? 63n : 0n;
  return (fd, buffer) => libc.symbols.syscall(number, fd, buffer, buffer.length);
}
