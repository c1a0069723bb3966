import { assertEquals } from "@std/assert";
import { loadMemory, machineCode, native } from "./native.ts";
import { SYS } from "./syscall_numbers.ts";

Deno.test("the code works from a library and from plain memory alike", { ignore: Deno.build.os !== "linux" }, () => {
  for (const code of [native(), loadMemory(machineCode().code)]) {
    assertEquals(code.ints(SYS.getpid, 0, 0, 0, 0), Deno.pid);
    assertEquals(code.callLong(SYS.lseek, 0xffffn, 0n, 0n, 0n, 0n, 0n), -9n);
    const text = new Uint8Array(8);
    assertEquals(code.fdBuffer(SYS.read, 0xffff, text, 8), -9);
  }
});

Deno.test("system calls can be made where no file may be written", { ignore: Deno.build.os !== "linux" }, async () => {
  const source = `
    import { getpid } from "HOSTsyscall.ts";
    import { run } from "HOSTprocess.ts";
    import { Reactor } from "HOSTreactor.ts";
    using reactor = new Reactor();
    const { output } = await run({ command: "echo", args: ["out"] }, reactor);
    console.log(getpid() === Deno.pid, output.trim());
  `.replaceAll("HOST", new URL(".", import.meta.url).href);
  const code = `data:application/typescript,${encodeURIComponent(source)}`;
  // The runtime keeps a cache in a file; it is not to be killed for that.
  const limited = ["-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "sh", Deno.execPath()];
  const args = [...limited, "run", "--quiet", "--no-check", "--allow-ffi", code];
  const { stdout, success } = await new Deno.Command("/bin/sh", { args, stderr: "inherit" }).output();
  assertEquals([new TextDecoder().decode(stdout).trim(), success], ["true out", true]);
});
