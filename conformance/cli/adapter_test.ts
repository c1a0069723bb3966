/** Stacks from the command line, as their authors meet them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readKernelText } from "../../host/kernel_file.ts";
import { answering, shellAdapter } from "../targets/adapter/_testing.ts";
import { probeKernel } from "../targets/kernel/probe.ts";
import { GOOD, readResults, ROOT, withOutcome } from "./_testing.ts";
import { needed } from "../../host/test_support.ts";

const needsWorlds = { ignore: !probeKernel().available };
/** A script that the shell adapters pass: they have no packets. */
const CALLS = GOOD.slice(0, GOOD.indexOf("+0  > udp"));
const MORE = CALLS.replace("= 8", "= 9");
const adapter = (type: string, misbehave: string) => ({ "adapter.sh": shellAdapter(type, misbehave) });
const MINE = ["--adapter", "mine=sh adapter.sh"];

Deno.test({
  ...needsWorlds,
  name: "cli: an adapter is a target by its name, beside sim, in every report (needs namespaces)",
  fn: () =>
    withOutcome(
      { "a.pkt": CALLS, "b.pkt": MORE, ...adapter("nothing", ":") },
      ["a.pkt", "b.pkt", ...MINE, "--json", "r.json", "--junit", "r.xml", "--tap", "r.tap", "--html", "r.html"],
      async ({ code, out, folder }) => {
        assertEquals(code, 1, out);
        const { runs, environment } = await readResults(folder);
        assertEquals(runs.map(({ target, verdict }) => `${target} ${verdict}`), [
          "sim pass",
          "sim fail",
          "mine pass",
          "mine fail",
        ]);
        assertEquals(environment.targets["mine"], "shell");
        assertMatch(out, /mine: 1 pass, 1 fail of 2/);
        assertStringIncludes(out, "b.pkt:5: runtime error in write call: Expected result 9 but got 8");
        for (const report of ["r.xml", "r.tap", "r.html"]) {
          assertStringIncludes(await Deno.readTextFile(`${folder}/${report}`), "mine", report);
        }
      },
    ),
});

Deno.test({
  ...needsWorlds,
  name: "cli: --target picks adapters, and a baseline has entries for them (needs namespaces)",
  fn: async () => {
    const baseline = {
      schema: 1,
      measured: "my stack 1.0",
      entries: [{ script: "b.pkt", target: "mine", clause: "none", reason: "it writes too little" }],
    };
    const args = [".", ...MINE, "--adapter", "other=no-such-program", "--baseline", "known.json", "--json", "r.json"];
    await withOutcome(
      { "a.pkt": CALLS, "b.pkt": MORE, "known.json": JSON.stringify(baseline), ...adapter("nothing", ":") },
      [...args, "--target", "mine"],
      async ({ code, out, folder }) => {
        assertEquals(code, 0, out);
        assertStringIncludes(out, "other was left out: --target does not name it");
        const { runs } = await readResults(folder);
        assertEquals(runs.map(({ target, verdict }) => `${target} ${verdict}`), ["mine pass", "mine expected-fail"]);
      },
    );
  },
});

for (
  const [kind, command, words] of [
    ["can't be started", "mine=no-such-program --now", "can't be started: run no-such-program: ENOENT"],
    ["is silent until --limit", "mine=sh adapter.sh", "a.pkt:2: the adapter of mine has not answered socket"],
    ["breaks over close", "mine=sh closing.sh", "the adapter of mine ended with status 7"],
  ] as const
) {
  Deno.test({
    ...needsWorlds,
    name: `cli: an adapter that ${kind} is an error, and what others found stands (needs namespaces)`,
    fn: () =>
      withOutcome(
        { "a.pkt": CALLS, ...adapter("call", ":"), "closing.sh": shellAdapter("close", "exit 7") },
        ["a.pkt", "--adapter", command, "--limit", "2", "--json", "r.json"],
        async ({ code, out, folder }) => {
          assertEquals(code, 1, out);
          assertStringIncludes(out, words);
          const { runs } = await readResults(folder);
          assertEquals(runs.map(({ target, verdict }) => `${target} ${verdict}`), ["sim pass", "mine error"]);
        },
      ),
  });
}

Deno.test({
  ...needsWorlds,
  name: "cli: what a stack lacks is a skip that names it (needs namespaces)",
  fn: () => {
    const refused = answering({ type: "error", message: "not yet", unsupported: true });
    return withOutcome(
      { "a.pkt": CALLS, ...adapter("call", refused) },
      ["a.pkt", ...MINE],
      ({ code, out }) => {
        assertEquals(code, 0, out);
        assertMatch(out, /skip +a\.pkt .*a\.pkt:2: socket: not yet/);
      },
    );
  },
});

Deno.test({
  ...needed({ privilege: "tun", programs: ["setsid"] }, "cli: a daemon that an adapter left behind ends with the run"),
  fn: () =>
    withOutcome(
      {
        "a.pkt": CALLS,
        "adapter.sh": `(setsid sh -c 'echo $$ >pid; exec sleep 60' &)\n${shellAdapter("nothing", ":")}`,
      },
      ["a.pkt", ...MINE],
      async ({ code, out, folder }) => {
        assertEquals(code, 0, out);
        const pid = Number(await Deno.readTextFile(`${folder}/pid`));
        assert(!/^State:\s+[RSD]/m.test(readKernelText(`/proc/${pid}/status`) ?? ""), `${pid} goes on`);
      },
    ),
});

Deno.test({
  ...needsWorlds,
  name: "cli: our own stack's adapter given by --adapter does what the target tun does (needs namespaces)",
  fn: () => {
    const program = `${Deno.execPath()} run --allow-ffi --allow-read ${ROOT}/conformance/targets/adapter/netproof.ts`;
    return withOutcome(
      { "a.pkt": GOOD },
      ["a.pkt", "--target", "tun,own", "--adapter", `own=${program}`, "--json", "r.json"],
      async ({ code, out, folder }) => {
        assertEquals(code, 0, out);
        const { runs, environment } = await readResults(folder);
        assertEquals(runs.map(({ target, verdict }) => `${target} ${verdict}`), ["tun pass", "own pass"]);
        assertEquals(environment.targets["own"], environment.targets["tun"]);
      },
    );
  },
});

Deno.test({
  ...needed(
    { privilege: "tun", programs: ["python3"] },
    "cli: the example of docs/adapters.md runs as it stands there",
  ),
  fn: async () => {
    const docs = await Deno.readTextFile(`${ROOT}/docs/adapters.md`);
    const [, line] = /^deno task conformance (fixtures\/handshake --adapter .*example\.py.*)$/m.exec(docs)!;
    const [, paths, value] = /^(\S+) --adapter "(.*)"$/.exec(line!)!;
    await withOutcome(
      {},
      [`${ROOT}/${paths}`, "--adapter", value!.replace("conformance/", `${ROOT}/conformance/`), "--json", "r.json"],
      async ({ folder, out }) => {
        const runs = (await readResults(folder)).runs.filter(({ target }) => target === "example");
        const without = runs.filter(({ verdict }) => verdict === "skip");
        assert(without.length > 80, out);
        for (const { message } of without) {
          assertMatch(message, /: socket: this stack has no sockets$|: command is not supported$|: counter /);
        }
        // A stack without TCP owes no reset to anybody, and so these scripts fail.
        assertEquals(
          new Set(
            runs.filter(({ verdict }) => verdict !== "skip").map(({ script, verdict }) =>
              `${script.slice(script.lastIndexOf("/") + 1)} ${verdict}`
            ),
          ),
          new Set(["closed_ack.pkt fail", "closed_syn.pkt fail"]),
        );
      },
    );
  },
});
