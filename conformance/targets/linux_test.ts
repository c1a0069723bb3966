import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openDescriptors } from "../../host/test_support.ts";
import { readKernelFolder, readKernelText } from "../../host/kernel_file.ts";
import type { RunResult } from "../report/results.ts";
import { planText } from "../runner/plan.ts";
import { runOnTarget } from "../runner/schedule.ts";
import { PythonRunner } from "../timeline/mod.ts";
import { fakeKernel, withProgram } from "./linux/_testing.ts";
import { LinuxTarget } from "./linux.ts";

const SCRIPT = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

interface Settings {
  readonly boot_us?: number;
  readonly abortAfter_ms?: number;
}

/** Runs as many scripts on a program that stands for a kernel; gives `verdict: message` of each, by its name. */
async function outcome(boot: string, scripts: readonly string[], settings: Settings = {}): Promise<string[]> {
  const results: RunResult[] = [];
  const lines: string[] = [];
  await withProgram(fakeKernel(boot), async (file) => {
    const abort = new AbortController();
    if (settings.abortAfter_ms !== undefined) setTimeout(() => abort.abort(), settings.abortAfter_ms);
    const { boot_us = 20_000_000 } = settings;
    const target = new LinuxTarget({ name: "fake", file, image: { release: "9.8.7" }, boot_us, grace_us: 2_000_000 });
    await runOnTarget(target, scripts.flatMap((path) => planText({ path, text: SCRIPT }, "ipv4")), {
      planning: { variants: ["ipv4"], definitions: [] },
      jobs: 1,
      retries: 0,
      signal: abort.signal,
      python: new PythonRunner(),
      cwd: undefined,
      strict: false,
      limit_us: 1,
      onProgress: () => {},
      onResult: (result) => results.push(result),
    });
    lines.push(...results.map((each) => `${each.script} ${each.verdict}: ${each.message.replaceAll(file, "FILE")}`));
  });
  return lines;
}

const LEFT = "netproof-linux-";

/** Folders that boots have left behind. */
function leftFolders(): string[] {
  const parent = Deno.env.get("TMPDIR") ?? "/tmp";
  return [...Deno.readDirSync(parent)].map(({ name }) => name).filter((name) => name.startsWith(LEFT));
}

Deno.test("linux: what it tells becomes results; a second boot runs what the first one left", async () => {
  assertEquals(
    await outcome('ready; begin 0; pass 0 a.pkt; begin 1; pass 1 b.pkt; tell \'{"type":"end"}\'', ["a.pkt", "b.pkt"]),
    ["a.pkt pass: ", "b.pkt pass: "],
  );
  const before = openDescriptors();
  const dies = 'ready; begin 0; [ -e $0.again ] && { pass 0 b.pkt; tell \'{"type":"end"}\'; exit; }; touch $0.again; ' +
    "echo oops; exit 3";
  assertEquals(await outcome(dies, ["a.pkt", "b.pkt"]), [
    "a.pkt error: a.pkt: the target failed: the kernel died while this script ran: it ended with status 3\n  oops",
    "b.pkt pass: ",
  ]);
  // What was killed is known to have ended a little later.
  for (let i = 0; i < 100 && openDescriptors() > before; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  // Fewer are no fault: the first boot may have ended only after they were counted.
  const left = openDescriptors();
  assert(left <= before, `${left} descriptors, ${before} before`);
});

Deno.test("linux: a kernel that can't be booted is told once for all, with its last words", async () => {
  const panics = "echo 'Kernel panic - not syncing: no root'; echo trace; kill -ABRT $$";
  assertEquals(
    await outcome(panics, ["a.pkt", "b.pkt"]),
    ["a.pkt", "b.pkt"].map((script) =>
      `${script} error: ${script}: FILE could not be booted: it was ended by signal 6\n` +
      "  Kernel panic - not syncing: no root: docs/linux.md says what it needs"
    ),
  );
  assertEquals(
    (await outcome("sleep 60", ["a.pkt"], { boot_us: 300_000 }))[0]!.split(": ")[3],
    "it has not come to an end of its boot in time",
  );
  const unusable = `tell '{"type":"unusable","reason":"there is no /dev/net/tun","remedy":"CONFIG_TUN"}'; sleep 60`;
  assertStringIncludes(
    (await outcome(unusable, ["a.pkt"]))[0]!,
    "it can't be used: there is no /dev/net/tun: CONFIG_TUN",
  );
});

Deno.test("linux: a script in which the kernel hangs is ended, and the others go on", async () => {
  const hangs =
    'ready; begin 0; [ -e $0.again ] && { pass 0 b.pkt; tell \'{"type":"end"}\'; exit; }; touch $0.again; sleep 60';
  assertEquals(await outcome(hangs, ["a.pkt", "b.pkt"]), [
    "a.pkt error: a.pkt: the target failed: the kernel died while this script ran: " +
    "it has not come to an end of its script in time",
    "b.pkt pass: ",
  ]);
});

Deno.test("linux: nonsense is no verdict", async () => {
  for (
    const [says, message] of [
      ["echo no >>$folder/events.jsonl; sleep 60", "a line that is not JSON: no"],
      [`tell '{"type":"result","run":0}'; sleep 60`, "a line that is no event"],
      ["begin 0; pass 7 a.pkt; sleep 60", "it tells of run 7, which is not due"],
      [`begin 0; tell '{"type":"result","run":0,"result":{"verdict":"pass"}}'; sleep 60`, "a line that is no event"],
      [`tell '{"type":"end"}'; sleep 60`, "it left this script out"],
      ["exit 0", "it ended with status 0"],
    ] as const
  ) {
    const [only, ...more] = await outcome(`ready; ${says}`, ["a.pkt"]);
    assertEquals(more, []);
    assertStringIncludes(only!, "a.pkt error: a.pkt: the target failed: ");
    assertStringIncludes(only!, message);
  }
});

Deno.test("linux: stopped, it leaves no process and no folder", async () => {
  const folders = leftFolders().length;
  assertEquals(await outcome("ready; begin 0; sleep 59.25 & sleep 59.25", ["a.pkt"], { abortAfter_ms: 500 }), []);
  assertEquals(leftFolders().length, folders);
  assertEquals(sleepers(), []);
});

/** Processes of the test above. */
function sleepers(): string[] {
  return readKernelFolder("/proc").filter((pid) =>
    readKernelText(`/proc/${pid}/cmdline`)?.includes("sleep\0" + "59.25") ?? false
  );
}
