/** Kernels for user mode from the command line. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { needing } from "../../host/test_support.ts";
import { readKernelFolder, readKernelText } from "../../host/kernel_file.ts";
import { fakeKernel, NEEDS_KERNEL } from "../targets/linux/_testing.ts";
import { builtKernel } from "../targets/linux/built.ts";
import { BAD, GOOD, makeFolder, readResults, Running, withOutcome } from "./_testing.ts";

Deno.test("cli: a kernel that can't be used is the error of each of its runs, told once, with what to do", async () => {
  const files = { "a.pkt": GOOD, "b.pkt": GOOD };
  await withOutcome(files, ["a.pkt", "b.pkt", "--linux", "mine=no/such/file", "--json", "r.json"], async (outcome) => {
    assertEquals(outcome.code, 1, outcome.err);
    const { runs } = await readResults(outcome.folder);
    assertEquals(runs.map(({ target, verdict, failure }) => `${target} ${verdict} ${failure?.kind}`), [
      "mine error machine",
      "mine error machine",
    ]);
    assertEquals(outcome.out.match(/no\/such\/file can't be run/g)?.length, 3, outcome.out);
    assertStringIncludes(outcome.out, "ci/linux/build.sh");
  });
});

Deno.test("cli: two kernels of one version want names", async () => {
  const { folder, file } = await fakeFile("exit 1");
  try {
    await withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--linux", file, "--linux", file], ({ code, err }) => {
      assertEquals(code, 2);
      assertStringIncludes(err, "there are two targets linux-9.8\n  Give each another name: --linux NAME=FILE.");
    });
    await withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--linux", file, "--target", "linux-6.1"], ({ code, err }) => {
      assertEquals(code, 2);
      assertStringIncludes(err, "--target linux-6.1: there is no such kernel, only linux-9.8");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function fakeFile(boot: string): Promise<{ folder: string; file: string }> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-fake-" });
  await Deno.writeTextFile(`${folder}/linux`, fakeKernel(boot), { mode: 0o755 });
  return { folder, file: `${folder}/linux` };
}

/** Processes whose command line names a folder. */
function processesOf(folder: string): string[] {
  return readKernelFolder("/proc").filter((pid) =>
    pid !== String(Deno.pid) && (readKernelText(`/proc/${pid}/cmdline`)?.includes(folder) ?? false)
  );
}

/** Boots `file`, kills the command once it has, and looks at what is left. */
async function assertNothingLeft(file: string): Promise<void> {
  const temporary = await Deno.makeTempDir({ prefix: "netproof-killed-" });
  const folder = await makeFolder({ "a.pkt": `${GOOD}+0 \`while :; do :; done\`\n` });
  try {
    const running = new Running(folder, ["a.pkt", "--linux", `mine=${file}`], { env: { TMPDIR: temporary } });
    const left = () => [...Deno.readDirSync(temporary)].map(({ name }) => name);
    await until(() => left().some((name) => hasBegun(`${temporary}/${name}/events.jsonl`)));
    assert(processesOf(temporary).length > 1, "it has not started anything");
    running.kill("SIGKILL");
    await running.done;
    await until(() => left().length === 0 && processesOf(temporary).length === 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(temporary, { recursive: true });
  }
}

function hasBegun(path: string): boolean {
  return readKernelText(path)?.includes('"begin"') ?? false;
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 50_000;
  while (!condition()) {
    assert(performance.now() < end, "it has not come about");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("cli: after SIGKILL no process and no folder of a boot is left", async () => {
  const { folder, file } = await fakeFile("ready; begin 0; sleep 61.5 & sleep 61.5");
  try {
    await assertNothingLeft(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

needing(NEEDS_KERNEL, "cli: after SIGKILL nothing is left of a real kernel either", async () => {
  await assertNothingLeft(builtKernel()!);
});

needing(NEEDS_KERNEL, "cli: a real kernel judges scripts, with evidence, captures and no privilege", async () => {
  const sleeping = `${GOOD}+1000 write(3, ..., 8) = 8\n+0  > udp (8)\n`;
  const files = {
    "bad.pkt": BAD,
    "good.pkt": GOOD,
    "long.pkt": sleeping,
    "own.pkt": `\`touch /tmp/netproof-inside\`\n${GOOD}`,
    "up.pkt": `\`test $(cut -d. -f1 /proc/uptime) -ge 600\`\n${GOOD}`,
  };
  const args = [...Object.keys(files), "--linux", `mine=${builtKernel()}`, "--json", "r.json", "--pcap", "pcap"];
  await withOutcome(files, args, async ({ code, out, folder }) => {
    assertEquals(code, 1, out);
    const { runs, environment } = await readResults(folder);
    assertEquals(runs.map(({ script, verdict }) => `${script} ${verdict}`), [
      "bad.pkt fail",
      "good.pkt pass",
      "long.pkt pass",
      "own.pkt pass",
      "up.pkt pass",
    ]);
    assertMatch(environment.targets["mine"]!, /^Linux \d+\.\d+\.\d+\S* in user mode, virtual time \(/);
    const long = runs[2]!;
    assert(long.duration_us < 20e6, "its time is not virtual");
    assertEquals(long.evidence?.at(-1)?.kind, "outbound");
    assertEquals([...Deno.readDirSync(`${folder}/pcap`)].length, 5);
    // What a script writes goes no further than the kernel's own memory.
    assert(!readKernelFolder("/tmp").includes("netproof-inside"));
  });
});
