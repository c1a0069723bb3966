/** What a user sees of baselines. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename, dirname } from "node:path";
import builtIn from "../../ci/baseline/default.json" with { type: "json" };
import { BAD, makeFolder, readResults, ROOT, Running, withOutcome } from "./_testing.ts";

/** A built-in script that our own stack is known not to pass, relative to their folder. */
const [KNOWN] = builtIn.entries.filter((entry) => entry.target === "sim").map((entry) => entry.script);
const SIM = ["--target", "sim", "--json", "r.json"];

Deno.test("a built-in script has its baseline by whatever path it is named, from wherever", async () => {
  const there = `${ROOT}fixtures/${KNOWN}`;
  const name = basename(there);
  const folder = await makeFolder({});
  try {
    await Deno.symlink(there, `${folder}/link.pkt`);
    await Deno.symlink(dirname(there), `${folder}/scripts`);
    for (const path of [there, "link.pkt", "scripts", `scripts/${name}`]) {
      const outcome = await new Running(folder, [path, "--filter", `link|${name}`, ...SIM], {}).done;
      assertEquals(outcome.code, 0, `${path}: ${outcome.out}${outcome.err}`);
      const { runs } = await readResults(folder);
      assert(runs.length > 0 && runs.every((run) => run.verdict === "expected-fail"), path);
    }
    // A copy is not that script.
    await Deno.copyFile(there, `${folder}/${name}`);
    assertEquals((await new Running(folder, [name, ...SIM], {}).done).code, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const entry = (more: Record<string, unknown>) => ({
  script: "s/bad.pkt",
  target: "sim",
  clause: "x",
  reason: "known",
  ...more,
});
const baseline = (...entries: unknown[]) => JSON.stringify({ schema: 1, measured: "x", scripts: ".", entries });

Deno.test("a baseline of one's own: what holds is expected, what does not apply any more is reported", async () => {
  const files = {
    "s/bad.pkt": BAD,
    "b.json": baseline(
      entry({ line: 6 }),
      entry({ script: "s/gone.pkt" }),
      entry({ target: "smi" }),
      entry({ variant: "ipv6" }),
    ),
  };
  await withOutcome(files, ["s", "--baseline", "b.json", ...SIM], async ({ code, out, folder }) => {
    assertEquals(code, 0, out);
    assertStringIncludes(out, "b.json: the entry s/gone.pkt, sim no longer applies: the script does not exist");
    assertStringIncludes(out, "b.json: the entry s/bad.pkt, smi no longer applies: there is no target smi");
    assertStringIncludes(
      out,
      "b.json: the entry s/bad.pkt, sim, ipv6 no longer applies: the script does not run in ipv6",
    );
    const { runs, outdated } = await readResults(folder);
    assertEquals(runs.map((run) => [run.verdict, run.reason]), [["expected-fail", "x: known"]]);
    assertEquals(outdated?.length, 3);
  });
});

Deno.test("a new difference fails, and the entry that it took the place of is reported", async () => {
  const files = { "s/bad.pkt": BAD, "b.json": baseline(entry({ line: 5 })) };
  await withOutcome(files, ["s", "--baseline", "b.json", ...SIM], ({ code, out }) => {
    assertEquals(code, 1);
    assertStringIncludes(out, "the baseline expects it to fail at line 5");
    assertStringIncludes(out, "the entry s/bad.pkt, sim, line 5 no longer applies: the script fails at line 6 instead");
  });
});
