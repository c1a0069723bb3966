import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { needed } from "../../host/test_support.ts";
import { ExternalTarget } from "./external.ts";
import { TargetError, UnsupportedError } from "./target.ts";
import { ping, worldOf } from "./test_peer.ts";

const PYTHON = { privilege: "tun", programs: ["python3"] } as const;
const EXAMPLE = new URL("./adapter/example.py", import.meta.url).pathname;

function python(...args: string[]): ExternalTarget {
  return new ExternalTarget({ name: "example", command: { command: "python3", args } });
}

async function using<T extends { close(): Promise<void> }>(thing: T, body: (thing: T) => Promise<void>): Promise<void> {
  try {
    await body(thing);
  } finally {
    await thing.close();
  }
}

Deno.test({
  ...needed(PYTHON, "external: two worlds in one adapter, packets both ways, calls, counters, what it can't do"),
  fn: () =>
    using(python(EXAMPLE), async (target) => {
      assertEquals(await target.describe(), "echo only 1.0");
      const sessions = [await target.open(worldOf("ipv4")), await target.open(worldOf("ipv4"))];
      for (const session of sessions) await session.start();
      for (const session of sessions) assertEquals(await ping(session), 0);
      const call = sessions[0]!.call({ name: "socket", domain: 2, type: 1, protocol: 6 });
      await assertRejects(() => call.settled, UnsupportedError, "socket: this stack has no sockets");
      assertEquals((await sessions[1]!.counters()).get("Icmp.InEchos"), 1);
      await assertRejects(() => sessions[0]!.command("true"), UnsupportedError);
      for (const session of sessions) await session.close();
    }),
});

Deno.test({
  ...needed(
    PYTHON,
    "external: an adapter that dies fails its calls with its status and last words; the next world gets another",
  ),
  fn: () => {
    const dying = `
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("example", ${JSON.stringify(EXAMPLE)})
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)
def call(self, request):
    print("out of cheese", file=sys.stderr, flush=True)
    os._exit(3)
example.World.call = call
example.main()`;
    return using(python("-c", dying), async (target) => {
      const session = await target.open(worldOf("ipv4"));
      await session.start();
      const call = session.call({ name: "socket", domain: 2, type: 1, protocol: 6 });
      const error = await assertRejects(() => call.settled, TargetError);
      assertStringIncludes(error.message, "ended with status 3");
      assertStringIncludes(error.message, "out of cheese");
      await session.close();
      const next = await target.open(worldOf("ipv4"));
      assertEquals(await ping(next), 0);
      await next.close();
    });
  },
});

Deno.test({
  ...needed(PYTHON, "external: a program that speaks something else is told apart from one that ends"),
  fn: async () => {
    await using(python("-c", "import sys, time; print('no JSON', flush=True); time.sleep(60)"), async (broken) => {
      const error = await assertRejects(() => broken.open(worldOf("ipv4")), TargetError);
      assertStringIncludes(error.message, "JSON");
    });
    await using(python("-c", "import sys; sys.stdin.readline(); sys.exit('oh no')"), async (broken) => {
      const error = await assertRejects(() => broken.open(worldOf("ipv4")), TargetError);
      assertStringIncludes(error.message, "ended with status 1; it said:\noh no");
      await assertRejects(() => broken.open(worldOf("ipv4")), TargetError);
    });
  },
});

Deno.test({
  ...needed({ privilege: "tun" }, "external: a program that is not there is said to be missing"),
  fn: () =>
    using(
      new ExternalTarget({ name: "absent", command: { command: "no-such-adapter", args: [] } }),
      async (target) => {
        const error = await assertRejects(() => target.open(worldOf("ipv4")), TargetError);
        assertStringIncludes(error.message, "no-such-adapter");
      },
    ),
});
