import { assert, assertEquals } from "@std/assert";
import { killDescendants } from "./descendants.ts";
import { readKernelText } from "./kernel_file.ts";
import { spawn } from "./process.ts";
import { Reactor } from "./reactor.ts";
import { read } from "./syscall.ts";
import { needed } from "./test_support.ts";

/** Starts shell code that prints numbers of processes, and gives them once it has. */
async function started(code: string, count: number, reactor: Reactor) {
  const child = spawn({ command: "sh", args: ["-c", code], stdin: "pipe", stdout: "pipe", adopts: true }, reactor);
  let text = "";
  const buffer = new Uint8Array(4096);
  while (text.split("\n").length <= count) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const length = read(child.stdout!, buffer);
    if (length > 0) text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return { child, pids: text.trim().split("\n").map(Number) };
}

const goesOn = (pid: number) => /^State:\s+[RSD]/m.test(readKernelText(`/proc/${pid}/status`) ?? "");

Deno.test({
  ...needed(
    { programs: ["setsid"] },
    "what left the session of the process that started it, and was left by it, is found and ended",
  ),
  fn: async () => {
    using reactor = new Reactor();
    const daemon = "(setsid sh -c 'echo $$; setsid sleep 60 & echo $!; exec sleep 60' &); read -r _";
    const { child, pids } = await started(daemon, 2, reactor);
    using _ = child;
    assertEquals(pids.map(goesOn), [true, true]);
    // The group's end does not reach them.
    assert(pids.every((pid) => pid !== child.pid));
    killDescendants(child.pid);
    assertEquals(pids.map(goesOn), [false, false]);
    assert(goesOn(child.pid));
  },
});

Deno.test({
  ...needed({ programs: ["setsid"] }, "the one that is spared goes on, and ends with its group"),
  fn: async () => {
    using reactor = new Reactor();
    const code = "sleep 60 & echo $!; (setsid sh -c 'echo $$; exec sleep 60' &); sleep 60 & echo $!; read -r _";
    const { child, pids } = await started(code, 3, reactor);
    {
      using _ = child;
      const guard = pids[0]!;
      killDescendants(child.pid, guard);
      assertEquals(pids.map(goesOn), pids.map((pid) => pid === guard));
    }
    for (let i = 0; i < 40 && goesOn(pids[0]!); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    assertEquals(goesOn(pids[0]!), false);
  },
});

Deno.test({
  ...needed({ programs: ["setsid"] }, "a long line of descendants is ended to the last, however long that takes"),
  fn: async () => {
    using reactor = new Reactor();
    const link = `echo $$; [ $1 -gt 1 ] && { setsid sh -c "$link" sh $(($1-1)) & }; exec sleep 60`;
    const code = `link='${link}'; export link; sh -c "$link" sh 250 & read -r _`;
    const { child, pids } = await started(code, 250, reactor);
    using _ = child;
    killDescendants(child.pid);
    assertEquals(pids.filter(goesOn), []);
  },
});
