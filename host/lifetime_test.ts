import { assert, assertEquals, assertThrows } from "@std/assert";
import { NamedNetworkNamespace, removeAbandonedNamespaces } from "./named_netns.ts";
import { Reactor } from "./reactor.ts";
import { run } from "./process.ts";
import { printed, privilegedTest, script } from "./test_support.ts";
import { syscall } from "./syscall.ts";
import { readKernelText } from "./kernel_file.ts";

privilegedTest("namespace", "a named namespace can be entered by name and is gone when disposed", async () => {
  using reactor = new Reactor();
  const name = `np-test-${Deno.pid}`;
  const named = NamedNetworkNamespace.create(name);
  try {
    assertThrows(() => NamedNetworkNamespace.create(name), Deno.errors.AlreadyExists);
    const inode = await run({ command: "stat", args: ["-c", "%i", named.path] }, reactor);
    assertEquals(Number(inode.output), named.namespace.inode);
  } finally {
    named[Symbol.dispose]();
    named[Symbol.dispose]();
  }
  assertThrows(() => Deno.statSync(named.path), Deno.errors.NotFound);
  assertThrows(() => NamedNetworkNamespace.create("../x"), TypeError, "Not a namespace name");
});

privilegedTest(
  "namespace",
  "what a killed process left is removed by the next one, and its children die with it",
  async () => {
    const child = script(`
    import { NamedNetworkNamespace } from "HOSTnamed_netns.ts";
    import { spawn } from "HOSTprocess.ts";
    import { reactor } from "HOSTreactor.ts";
    const named = NamedNetworkNamespace.create("np-test-" + Deno.pid);
    const sleeper = spawn({ command: "sleep", args: ["60"], namespaceFd: named.namespace.fd }, reactor());
    console.log("made", sleeper.pid, ".");
  `);
    const name = `np-test-${child.pid}`;
    const sleeper = Number(/made (\d+)/.exec(await printed(child, "."))![1]);
    assert(Deno.statSync(`/run/netns/${name}`).isFile);
    assertEquals(removeAbandonedNamespaces().includes(name), false);
    child.kill("SIGKILL");
    await child.status;
    assertEquals(removeAbandonedNamespaces().includes(name), true);
    assertThrows(() => Deno.statSync(`/run/netns/${name}`), Deno.errors.NotFound);
    for (let i = 0; i < 100 && (readKernelText(`/proc/${sleeper}/stat`)?.includes(") Z") === false); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert(
      syscall("kill", sleeper, 0) < 0 || readKernelText(`/proc/${sleeper}/stat`)!.includes(") Z"),
      "still running",
    );
  },
);

Deno.test("cleanups run last first when the process is told to end, also while the reactor waits", async () => {
  const child = script(`
    import { onTermination } from "HOSTtermination.ts";
    import { reactor } from "HOSTreactor.ts";
    import { realtime } from "HOSTclock.ts";
    onTermination(() => console.log("first"));
    onTermination(async () => {
      await Promise.resolve();
      console.log("second");
    });
    onTermination(() => console.log("taken back"))();
    console.log("ready.");
    await reactor().sleepUntil(realtime() + 60e6);
  `);
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (output === "ready.\n") child.kill("SIGTERM");
  }
  assertEquals(output, "ready.\nsecond\nfirst\n");
  assertEquals((await child.status).code, 143);
});
