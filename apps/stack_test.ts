import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run, type RunResult } from "../host/process.ts";
import { Reactor } from "../host/reactor.ts";
import { privilegedTest } from "../host/test_support.ts";

const PROGRAM = new URL("./stack.ts", import.meta.url).pathname;
const PERMISSIONS = ["read", "write", "run", "ffi", "sys", "env"].map((name) => `--allow-${name}`);
let worlds = 0;

/** A namespace name that no other test has. */
function name(): string {
  return `np-test-${Deno.pid}-${worlds++}`;
}

async function stack(...args: string[]): Promise<RunResult> {
  using reactor = new Reactor();
  const all = ["run", "--quiet", "--no-check", ...PERMISSIONS, PROGRAM, ...args];
  return await run({ command: Deno.execPath(), args: all }, reactor);
}

function left(namespace: string): boolean {
  try {
    Deno.statSync(`/run/netns/${namespace}`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("stack: wrong usage is told in one line, with status 2", async () => {
  for (
    const [args, expected] of [
      [["--impair", "loss=2x"], `--impair: impairment "loss=2x": expected a percentage`],
      [["--impair", "frob=1"], `no such key; there are loss, reorder`],
      [["--mtu", "5"], "--mtu 5: expected a whole number from 68 to 65535"],
      [["--address", "10.0.0.1"], "--address 10.0.0.1: a prefix length is missing"],
      [["--services", "ftp"], "--services ftp: there are echo, discard, chargen, http, and none"],
      [["--netns", "a/b"], "--netns a/b: a name is"],
      [["--root", "/nonexistent"], "--root /nonexistent: No such file"],
      [["ping", "example.org"], "example.org is no IP address"],
      [["get", "ftp://10.77.0.1/"], "only http: is spoken here"],
      [["connect", "10.77.0.1", "0"], "0 is no port"],
      [["--frobnicate"], "unknown option '--frobnicate'"],
    ] as const
  ) {
    const { code, output } = await stack(...args);
    assertEquals(code, 2, output);
    assertStringIncludes(output, expected);
    assert(output.trim().split("\n").length <= 2, output);
  }
});

Deno.test("stack: --help shows the options, the clients and examples", async () => {
  const { code, output } = await stack("--help");
  assertEquals(code, 0);
  for (const word of ["--impair", "--exec", "connect", "Examples:", "Exit status"]) assertStringIncludes(output, word);
});

privilegedTest("tun", "stack: a command in the namespace, its output and its status; nothing is left", async () => {
  const netns = name();
  const { code, output } = await stack("--netns", netns, "--services", "none", "--exec", "ping -c1 10.77.0.2; exit 7");
  assertEquals(code, 7, output);
  assertStringIncludes(output, "1 received");
  assertEquals(left(netns), false);
});

privilegedTest("tun", "stack: reassembly of 9000 octets in both families, over an impaired link too", async () => {
  const command = "ping -c3 -i0.05 -s9000 10.77.0.2 && ping -6 -c3 -i0.05 -s9000 fd77::2";
  for (const more of [[], ["--impair", "reorder=20% dup=10% delay=1ms seed=3"]]) {
    const { code, output } = await stack("--netns", name(), "--services", "none", ...more, "--exec", command);
    assertEquals(code, 0, output);
    assertEquals(output.match(/ 0% packet loss/g)?.length, 2, output);
  }
});

privilegedTest("tun", "stack: ping from our stack", async () => {
  for (const address of ["10.77.0.1", "fd77::1"]) {
    const { code, output } = await stack("--netns", name(), "ping", address, "-c", "2", "-i", "0.01", "-s", "3000");
    assertEquals(code, 0, output);
    assertStringIncludes(output, "2 received, 0% packet loss");
  }
  const { code, output } = await stack("--netns", name(), "ping", "10.77.0.77", "-c", "1", "-W", "0.2");
  assertEquals(code, 1, output);
  assertStringIncludes(output, "100% packet loss");
});

privilegedTest("tun", "stack: a namespace in use, and one that is not there", async () => {
  const netns = name();
  const inner = `${Deno.execPath()} run -q --no-check -A ${PROGRAM} --netns ${netns} --services none --exec true`;
  const { code, output } = await stack("--netns", netns, "--services", "none", "--exec", inner);
  assertEquals(code, 2, output);
  assertStringIncludes(output, `already a network namespace ${netns} in use`);
  const missing = await stack("--netns", name(), "--join", "--exec", "true");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.output, "to join");
});

privilegedTest("tun", "stack: what a killed run left is removed by the next; signals leave nothing", async () => {
  for (const [signal, stays] of [["SIGKILL", true], ["SIGTERM", false], ["SIGINT", false]] as const) {
    const netns = name();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", ...PERMISSIONS, PROGRAM, "--netns", netns, "--services", "none"],
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.getReader();
    await reader.read();
    assertEquals(left(netns), true);
    child.kill(signal);
    await child.status;
    await reader.cancel();
    assertEquals(left(netns), stays, signal);
    if (!stays) continue;
    assertEquals((await stack("--netns", name(), "--services", "none", "--exec", "true")).code, 0);
    assertEquals(left(netns), false, "removed by the next run");
  }
});
