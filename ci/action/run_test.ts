/** The action's last step, with programs of ours in place of deno and sudo that say how they were called. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { needing } from "../../host/test_support.ts";
import config from "../../deno.json" with { type: "json" };

const RUN = fileURLToPath(new URL("./run.sh", import.meta.url));
const KERNEL = fileURLToPath(new URL("./kernel.sh", import.meta.url));
const CLI = fileURLToPath(new URL("../../conformance/cli.ts", import.meta.url));

interface Called {
  readonly code: number;
  /** What was called, a line of words each. */
  readonly calls: readonly string[];
  readonly said: string;
}

/** Calls the step with `inputs` as an ordinary user, whose `deno` ends with `status`. */
async function step(inputs: Readonly<Record<string, string>>, status = 0): Promise<Called> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-action-" });
  try {
    const program = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    await program("deno", `printf '<%s>' deno "$@" >>calls; echo >>calls; exit ${status}`);
    await program("id", "echo 1000");
    // Does nothing as root: it only hands on what is to be run with another environment.
    await program(
      "sudo",
      `echo "sudo $1" >>calls; case $1 in --*) shift; shift; while case $1 in *=*) :;; *) false;; esac; do shift; done; "$@";; esac`,
    );
    const variables = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value]));
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [RUN],
      cwd: folder,
      env: { ...variables, PATH: `${folder}:${Deno.env.get("PATH")}` },
    }).output();
    const calls = await Deno.readTextFile(`${folder}/calls`).catch(() => "");
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return { code, calls: calls.split("\n").filter((line) => line !== ""), said };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const words = (call: string) => call.slice(1, -1).split("><");
const [, ...FLAGS] = config.tasks.conformance.command.split(" ").slice(0, -1);

needing(
  { programs: ["bash"] },
  "action: the inputs' lines become arguments, with the task's own permissions",
  async () => {
    const { code, calls } = await step({
      SCRIPTS: "a b.pkt\n  more/  \n\n",
      ADAPTER: "x=./x --fast\ny=./y",
      BASELINE: "known.json",
      ARGUMENTS: "--strict",
      RESULTS: "out",
      SUDO: "false",
    });
    assertEquals(code, 0);
    const reports = ["--json", "out/results.json", "--junit", "out/junit.xml"];
    const more = ["--html", "out/index.html", "--pcap", "out/pcap"];
    const options = ["--adapter", "x=./x --fast", "--adapter", "y=./y", "--baseline", "known.json", "--strict"];
    assertEquals(calls.map(words), [
      ["deno", ...FLAGS, CLI, "a b.pkt", "more/", ...options, ...reports, ...more],
    ]);
  },
);

needing(
  { programs: ["bash"] },
  "action: a kernel for user mode is run without sudo, what needs devices with it",
  async () => {
    const sudo = async (inputs: Readonly<Record<string, string>>) =>
      (await step(inputs)).calls.some((call) => call.startsWith("sudo --preserve-env"));
    assertEquals(await sudo({ KERNEL: "/k/linux" }), false);
    assertEquals(await sudo({ LINUX: "mine=linux" }), false);
    assertEquals(await sudo({ TARGET: "sim,rfc" }), false);
    assertEquals(await sudo({}), true);
    assertEquals(await sudo({ TARGET: "sim,kernel" }), true);
    assertEquals(await sudo({ ADAPTER: "x=./x" }), true);
    assertEquals(await sudo({ LINUX: "linux", ADAPTER: "x=./x" }), true);
    assertEquals(await sudo({ LINUX: "linux", SUDO: "true" }), true);
  },
);

needing(
  { programs: ["bash"] },
  "action: the status is the command's, with sudo too; results are the user's again",
  async () => {
    assertEquals((await step({ SUDO: "false" }, 1)).code, 1);
    const root = await step({ SUDO: "true" }, 1);
    assertEquals(root.code, 1);
    assertEquals(root.calls.at(-1), "sudo chown");
  },
);

needing({ programs: ["bash"] }, "action: an input that can't be is refused in words", async () => {
  const { code, calls, said } = await step({ SUDO: "maybe" });
  assertEquals([code, calls.length], [2, 0]);
  assertStringIncludes(said, "sudo: is true, false or auto, not 'maybe'");
});

needing({ programs: ["bash", "git"] }, "action: a kernel is known by its commit and by how it is built", async () => {
  const folder = await Deno.makeTempDir({ prefix: "netproof-tree-" });
  const run = async (command: string, args: string[]) => {
    const env = { SOURCE: folder, HOME: "/home/me" };
    const { code, stdout } = await new Deno.Command(command, { args, env, stderr: "null" }).output();
    return { code, out: new TextDecoder().decode(stdout) };
  };
  try {
    assertEquals((await run("bash", [KERNEL, "name"])).code, 1);
    const git = ["-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.org"];
    await run("git", [...git, "init", "-q"]);
    await run("git", [...git, "commit", "-q", "--allow-empty", "-m", "one"]);
    const one = (await run("bash", [KERNEL, "name"])).out;
    const [, commit, key] = /^file=\/home\/me\/\.cache\/netproof\/kernels\/linux-([0-9a-f]{12})\nkey=(.*)\n$/.exec(
      one,
    )!;
    assertStringIncludes(key!, `netproof-linux-${commit}`);
    assertEquals((await run("bash", [KERNEL, "name"])).out, one);
    await run("git", [...git, "commit", "-q", "--allow-empty", "-m", "two"]);
    assertEquals((await run("bash", [KERNEL, "name"])).out === one, false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
