import { assert, assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { close, cString, getpid, must, open, read, syscall, syscallLong, write } from "./syscall.ts";
import { monotonic, realtime } from "./clock.ts";

Deno.test("system calls return results and negative error numbers", () => {
  assertEquals(getpid(), Deno.pid);
  assertEquals(syscall("close", -1), -9);
  assertEquals(open("/nonexistent", 0), -2);
  assertThrows(() => must("close", -1), SystemError, "close: EBADF (Bad file descriptor)");
});

Deno.test("memory goes both ways", () => {
  const ends = new Int32Array(2);
  assertEquals(syscall("pipe2", ends, 0o2000000), 0);
  const [readEnd, writeEnd] = [ends[0]!, ends[1]!];
  assertEquals(write(writeEnd, new Uint8Array([1, 2, 3])), 3);
  const buffer = new Uint8Array(8);
  assertEquals(read(readEnd, buffer.subarray(2)), 3);
  assertEquals([...buffer], [0, 0, 1, 2, 3, 0, 0, 0]);
  assertEquals([close(readEnd), close(writeEnd), close(readEnd)], [0, 0, -9]);
});

Deno.test("results of 64 bits arrive whole", () => {
  const fd = must("memfd_create", cString("test"), 1);
  assertEquals(syscallLong("lseek", fd, 0x1234_5678_9abcn, 0), 0x1234_5678_9abcn);
  close(fd);
});

Deno.test("a zero byte inside a string is refused", () => {
  assertThrows(() => cString("a\0b"), TypeError);
});

Deno.test("the clocks are the kernel's, in microseconds", () => {
  assert(Math.abs(realtime() - Date.now() * 1000) < 1e6);
  assert(Number.isInteger(realtime()));
  const before = monotonic();
  assert(monotonic() >= before);
});
