import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run, type RunResult } from "../host/process.ts";
import { Reactor } from "../host/reactor.ts";
import { needing, privilegedTest } from "../host/test_support.ts";
import { pattern } from "../runtime/_testing.ts";

const PROGRAM = new URL("./stack.ts", import.meta.url).pathname;
const PERMISSIONS = ["read", "write", "run", "ffi", "sys", "env"].map((name) => `--allow-${name}`);
let worlds = 0;

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A test that needs a TUN device and programs. */
function programTest(programs: readonly string[], name: string, body: () => Promise<void>): void {
  needing({ privilege: "tun", programs }, name, body);
}

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
  return exists(`/run/netns/${namespace}`);
}

programTest(["ping"], "stack: a router between two namespaces, the link to one narrower", async () => {
  const [near, far] = [name(), name()];
  const command = [
    "ping -n -q -c 2 -i 0.2 10.78.0.1",
    "ping -n -q -6 -c 2 -i 0.2 fd78::1",
    "ping -n -q -c 2 -i 0.2 -M dont -s 3000 10.78.0.1",
    "! ping -n -c 1 -W 1 -M do -s 1400 10.78.0.1",
  ].join(" && ");
  const { code, output } = await stack(
    "--netns",
    near,
    "--far",
    far,
    "--far-mtu",
    "1400",
    "--quiet",
    "--exec",
    command,
  );
  assertEquals(code, 0, output);
  assertEquals(output.match(/ 2 received, 0% packet loss/g)?.length, 3, output);
  assertStringIncludes(output, "10.77.0.2");
  assertStringIncludes(output, "mtu = 1400");
  assert(!left(near) && !left(far), "a namespace stayed");
});

Deno.test("stack: wrong usage is told in one line, with status 2", async () => {
  for (
    const [args, expected] of [
      [["--impair", "loss=2x"], `--impair: impairment "loss=2x": expected a percentage`],
      [["--impair", "frob=1"], `no such key; there are loss, reorder`],
      [["--mtu", "5"], "--mtu 5: expected a whole number from 68 to 65535"],
      [["--address", "10.0.0.1"], "--address 10.0.0.1: a prefix length is missing"],
      [["--services", "ftp"], "--services ftp: there are echo, discard, chargen, http, and none"],
      [["--netns", "a/b"], "--netns a/b: a name is"],
      [["--far", "a/b"], "--far a/b: a name is"],
      [["--far", "netproof"], "--far netproof: that is the namespace of the near side"],
      [["--far", "b", "--far-mtu", "5"], "--far-mtu 5: expected a whole number from 68 to 65535"],
      [["--far", "b", "--far-address", "10.0.0.1"], "--far-address 10.0.0.1: a prefix length is missing"],
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

programTest(["ping"], "stack: a command in the namespace, its output and its status; nothing is left", async () => {
  const netns = name();
  const { code, output } = await stack(
    "--netns",
    netns,
    "--services",
    "none",
    "--exec",
    "ping -c1 -w20 10.77.0.2; exit 7",
  );
  assertEquals(code, 7, output);
  assertStringIncludes(output, "1 received");
  assertEquals(left(netns), false);
});

programTest(["ping"], "stack: reassembly of 9000 octets in both families, over an impaired link too", async () => {
  const command = "ping -c3 -w20 -i0.05 -s9000 10.77.0.2 && ping -6 -c3 -w20 -i0.05 -s9000 fd77::2";
  for (const more of [[], ["--impair", "reorder=20% dup=10% delay=1ms seed=3"]]) {
    const { code, output } = await stack("--netns", name(), "--services", "none", ...more, "--exec", command);
    assertEquals(code, 0, output);
    assertEquals(output.match(/ 3 received/g)?.length, 2, output);
  }
});

privilegedTest("tun", "stack: ping from our stack", async () => {
  for (const address of ["10.77.0.1", "fd77::1"]) {
    const { code, output } = await stack(
      "--netns",
      name(),
      "ping",
      address,
      "-c",
      "2",
      "-i",
      "0.01",
      "-s",
      "3000",
      "-W",
      "20",
    );
    assertEquals(code, 0, output);
    assertStringIncludes(output, "2 received, 0% packet loss");
  }
  const { code, output } = await stack("--netns", name(), "ping", "10.77.0.77", "-c", "1", "-W", "0.2");
  assertEquals(code, 1, output);
  assertStringIncludes(output, "100% packet loss");
});

/** A folder with a file of `length` octets, `file`. */
function folderWithFile(length: number): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync();
  Deno.writeFileSync(`${path}/file`, pattern(length));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

programTest(
  ["curl", "sha256sum"],
  "stack: curl both ways, clean and over an impaired link, hashes compared",
  async () => {
    using folder = folderWithFile(2_000_000);
    const root = ["--root", folder.path];
    const hash = "sha256sum file down up | cut -d' ' -f1 | uniq | wc -l";
    for (
      const [host, more] of [
        ["10.77.0.2", []],
        ["[fd77::2]", ["--no-offload"]],
        ["10.77.0.2", ["--impair", "loss=1% reorder=5% dup=1% corrupt=0.5% delay=2ms seed=7"]],
      ] as const
    ) {
      const url = `-g http://${host}`;
      const command =
        `cd ${folder.path} && curl -sS -m 60 -o down ${url}/file && curl -sS -m 60 -T file ${url}/up && ${hash}`;
      const { code, output } = await stack("--netns", name(), ...root, ...more, "--exec", command);
      assertEquals([code, output.trim()], [0, "1"]);
    }
  },
);

programTest(["nc", "socat", "curl"], "stack: the kernel's programs and the small services", async () => {
  const command =
    "echo tcp4 | nc -N 10.77.0.2 7; echo udp6 | socat -t 1 - UDP6:[fd77::2]:7; echo x | nc -N 10.77.0.2 9; " +
    "nc -d -w 1 fd77::2 19 | head -c 74; curl -s -o /dev/null -w '%{http_code}' http://10.77.0.2/nothing";
  const { output } = await stack("--netns", name(), "--exec", command);
  const line = Array.from({ length: 72 }, (_, i) => String.fromCharCode(32 + i)).join("");
  assertEquals(output, `tcp4\nudp6\n${line}\r\n404`);
});

programTest(["python3"], "stack: our stack as the client of programs of the kernel", async () => {
  using folder = folderWithFile(300_000);
  const server = `cd ${folder.path} && exec python3 -m http.server 8000 2>/dev/null >&2`;
  const url = "http://10.77.0.1:8000/file";
  const got = await stack("--netns", name(), "get", url, "-o", `${folder.path}/got`, "--exec", server);
  assertEquals(got.code, 0, got.output);
  assertEquals(Deno.readFileSync(`${folder.path}/got`), pattern(300_000));
  const missing = await stack("--netns", name(), "get", `${url}s`, "-o", `${folder.path}/no`, "--exec", server);
  assertEquals(missing.code, 1, missing.output);
  assertStringIncludes(missing.output, `GET ${url}s: 404`);
  const refused = await stack("--netns", name(), "connect", "fd77::1", "9");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.output, "connect [fd77::1]:9: Connection refused (ECONNREFUSED)");
});

programTest(["socat", "cmp"], "stack: standard input and output over a connection", async () => {
  using folder = folderWithFile(500_000);
  const { path } = folder;
  const inner = `${Deno.execPath()} run -q --no-check ${PERMISSIONS.join(" ")} ${PROGRAM} --netns ${name()} ` +
    `connect fd77::1 2000 --exec 'socat TCP6-LISTEN:2000 EXEC:cat'`;
  using reactor = new Reactor();
  const script = `${inner} < ${path}/file > ${path}/back && cmp ${path}/file ${path}/back`;
  const { code, output } = await run({ command: "/bin/sh", args: ["-c", script] }, reactor);
  assertEquals(code, 0, output);
});

privilegedTest("tun", "stack: a service whose port is taken", async () => {
  const { code, output } = await stack("--netns", name(), "--http-port", "7", "--exec", "true");
  assertEquals(code, 2);
  assertStringIncludes(output, "http can't start: bind [::]:7: Address already in use (EADDRINUSE)");
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

programTest(["umount"], "stack: signals leave no namespace, SIGKILL neither", async () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
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
    // After SIGKILL another process clears up, once it has noticed.
    for (let i = 0; i < 500 && left(netns); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    assertEquals(left(netns), false, signal);
  }
});
