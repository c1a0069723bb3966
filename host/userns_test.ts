import { assert, assertEquals } from "@std/assert";
import { effectiveUserId, probeNetworkNamespaces, probeTun, probeUserNamespace } from "./userns.ts";
import { script } from "./test_support.ts";

Deno.test("what is not allowed here is refused with a reason", () => {
  assertEquals(effectiveUserId(), Deno.uid());
  for (const probe of [probeNetworkNamespaces(), probeTun(), probeUserNamespace()]) {
    assert(probe.granted || probe.reason.length > 10);
  }
});

const allowed = Deno.build.os === "linux" ? probeUserNamespace() : { granted: false, reason: "needs Linux" } as const;

Deno.test({
  name: "a process becomes root of a user namespace and keeps its process id" +
    (allowed.granted ? "" : ` [needs user namespaces: ${allowed.reason}]`),
  ignore: !allowed.granted,
  async fn() {
    const child = script(`
      import { effectiveUserId, enterUserNamespace, probeNetworkNamespaces } from "HOSTuserns.ts";
      import { readKernelText } from "HOSTkernel_file.ts";
      const users = readKernelText("/proc/self/uid_map").trim().split(/ +/)[2];
      console.log(Deno.pid, effectiveUserId(), probeNetworkNamespaces().granted, users);
      if (users !== "1") enterUserNamespace();
    `);
    const { stdout, success } = await child.output();
    assert(success);
    const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1);
    assertEquals(last, `${child.pid} 0 true 1`);
  },
});
