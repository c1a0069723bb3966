/** Scripts that somebody else wrote, or that are none. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { probeKernel } from "../targets/kernel/probe.ts";
import { GOOD, readResults, withOutcome } from "./_testing.ts";
import { needed, needing } from "../../host/test_support.ts";

const EVENTS = GOOD.slice(GOOD.indexOf("\n") + 1);
/** Each would remove the file `precious`, by another way. */
const DEEDS = {
  "at.pkt": `${EVENTS}+0  \`rm -f precious\`\n`,
  "before.pkt": `\`rm -f precious\`\n${EVENTS}`,
  "behind.pkt": `\`true\`\n${EVENTS}\n\`rm -f precious\`\n`,
  "code.pkt": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{ import os; os.remove('precious') }%\n",
  "init.pkt": `--init_scripts="rm.sh"\n${EVENTS}`,
  "open.pkt": `${EVENTS}+0  open("precious", O_WRONLY | O_TRUNC) = 4\n`,
  "rm.sh": "rm -f precious\n",
};
const targets = probeKernel().available ? "sim,tun,kernel" : "sim";

Deno.test("cli: with --no-commands nothing that a script has beyond its sockets is run, on any target", () =>
  withOutcome(
    { ...DEEDS, "z.pkt": GOOD, precious: "still here" },
    [".", "--no-commands", "--target", targets, "--json", "r.json"],
    async ({ code, out, folder }) => {
      assertEquals(code, 0, out);
      for (const { script, verdict, message } of (await readResults(folder)).runs) {
        if (script === "z.pkt") assertEquals(verdict, "pass");
        else {
          assertEquals(verdict, "skip", message);
          assertMatch(message, /not run \(--no-commands\): (`.*`|%\{.*\}%|open.*)( and \d+ more)?$/);
        }
      }
      assertEquals(await Deno.readTextFile(`${folder}/precious`), "still here");
    },
  ));

for (const script of probeKernel().available ? ["at.pkt", "before.pkt", "behind.pkt"] : []) {
  Deno.test(`cli: without it, they are run on the kernel, or ${script} would show nothing`, () =>
    withOutcome({ ...DEEDS, precious: "going" }, [script, "--target", "kernel"], async ({ code, out, folder }) => {
      assertEquals(code, 0, out);
      assertEquals(await Deno.stat(`${folder}/precious`).then(() => true, () => false), false);
    }));
}

Deno.test({
  ...needed({ programs: ["python3"] }, "cli: Python code that does not end is ended at --limit, on sim too"),
  fn: async () => {
    const endless = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{\nwhile True: pass\n}%\n";
    const began = performance.now();
    await withOutcome(
      { "a.pkt": endless, "b.pkt": GOOD },
      [".", "--target", "sim", "--limit", "2", "--json", "r.json"],
      async ({ out, folder }) => {
        assert(performance.now() - began < 9000, "it took long");
        assertMatch(out, /a\.pkt: error in Python code: code blocks still running after [12]\.\d s/);
        const [a, b] = (await readResults(folder)).runs;
        assertEquals([a!.verdict, b!.verdict], ["error", "pass"]);
      },
    );
  },
});

for (
  const [what, make, path, words] of [
    ["/dev/zero", ":", "/dev/zero", "/dev/zero: can't be read: it is a device, not a file"],
    ["a link to /dev/zero", "ln -s /dev/zero a.pkt", "a.pkt", "a.pkt: can't be read: it is a device, not a file"],
    ["a FIFO", "mkfifo a.pkt", "a.pkt", "a.pkt: can't be read: it is a FIFO, not a file"],
    ["a FIFO in a folder", "mkfifo a.pkt; ln -s a.pkt b.pkt", ".", "can't be read: it is a FIFO, not a file"],
    ["a loop of links", "ln -s a.pkt a.pkt", "a.pkt", "a.pkt: Too many levels of symbolic links"],
    ["a loop of links in a folder", "ln -s a.pkt a.pkt", ".", "a.pkt: can't be read: Too many levels"],
    ["a path through a file", "echo >a.pkt", "a.pkt/b.pkt", "a.pkt/b.pkt: "],
    ["a name that is too long", ":", `${"x".repeat(5000)}.pkt`, "File name too long"],
  ] as const
) {
  const programs = make.startsWith("mkfifo") ? ["mkfifo"] : [];
  needing(
    { programs },
    `cli: ${what} in a script's place is one clear error, soon and in little memory`,
    () =>
      withOutcome(
        { "z.pkt": GOOD },
        [path, "--target", "sim"],
        ({ code, out, err }) => {
          assert(code === 1 || code === 2, out + err);
          assertStringIncludes(out + err, words);
        },
        { shell: `${make}; exec "$@"` },
      ),
  );
}

for (
  const [limit, target, code, words] of [
    [64, "sim,kernel", 2, /only 64 files may be open at once here.*\n.*ulimit -n 1024.*--target sim/],
    [64, "sim", 0, /^$/],
  ] as const
) {
  Deno.test(`cli: ulimit -n ${limit} is told where ${target} can't do with it`, () =>
    withOutcome({ "z.pkt": GOOD }, ["z.pkt", "--target", target], (outcome) => {
      assertEquals(outcome.code, code, outcome.err);
      assertMatch(outcome.err, words);
    }, { shell: `ulimit -n ${limit}; exec "$@"` }));
}
