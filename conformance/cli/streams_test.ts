import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { needed } from "../../host/test_support.ts";
import { parseResults } from "../report/results_schema.ts";
import { GOOD, withOutcome } from "./_testing.ts";

const FILES = { "good.pkt": GOOD, "loud.pkt": `${GOOD}+0 \`printf '\\033]0;title\\007'; exit 1\`\n` };
const SIM = ["--target", "sim"];

Deno.test("standard output that is full: told in words, status 2", () =>
  withOutcome(FILES, ["good.pkt", ...SIM], ({ code, out, err }) => {
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "standard output: could not be written: No space left on device");
  }, { shell: '"$@" >/dev/full' }));

Deno.test("standard output that nobody reads, and one that is closed, change nothing", async () => {
  for (const shell of ['"$@" | head -1; exit 0', '"$@" | true; exit 0', '"$@" >&-']) {
    await withOutcome(FILES, ["good.pkt", ...SIM], ({ code, err }) => assertEquals([code, err], [0, ""]), { shell });
  }
});

Deno.test("help: the same", () =>
  withOutcome(FILES, ["--help"], ({ code, err }) => {
    assertEquals(code, 2);
    assertStringIncludes(err, "standard output: could not be written");
  }, { shell: '"$@" >/dev/full' }));

Deno.test("--json - is standard output, which has nothing else", () =>
  withOutcome(FILES, ["good.pkt", ...SIM, "--json", "-"], ({ code, out, err, folder }) => {
    assertEquals(code, 0);
    assertEquals(parseResults(JSON.parse(out)).runs.map((run) => run.verdict), ["pass"]);
    assertStringIncludes(err, "1 passed");
    assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name).sort(), Object.keys(FILES).sort());
  }));

Deno.test("--json - that can't be written is told, status 2", () =>
  withOutcome(FILES, ["good.pkt", ...SIM, "--json", "-"], ({ code, err }) => {
    assertEquals(code, 2);
    assertStringIncludes(err, "standard output: could not be written: No space left on device");
  }, { shell: '"$@" >/dev/full' }));

Deno.test("two reports on standard output are refused", () =>
  withOutcome(FILES, ["good.pkt", "--json", "-", "--tap", "-"], ({ code, err }) => {
    assertEquals(code, 2);
    assertStringIncludes(err, "only one report can go to standard output");
  }));

Deno.test("what a command printed does not drive the terminal", () =>
  withOutcome(FILES, ["loud.pkt", ...SIM], ({ code, out }) => {
    assertEquals(code, 1);
    assertStringIncludes(out, "\\x1b]0;title\\x07");
    assert(!out.includes("\u001b"));
  }));

const TERMINAL = 'script -qec "stty cols 80 rows 24; $* 2>&1" /dev/null';
// deno-lint-ignore no-control-regex -- they are what is looked for
const SEQUENCES = /\u001b\[[0-9;?]*[A-Za-z]/g;

for (
  const [what, env, cursor, colour] of [
    ["a terminal that can do all", { TERM: "xterm", NO_COLOR: "" }, true, true],
    ["TERM=dumb", { TERM: "dumb", NO_COLOR: "" }, false, false],
    ["NO_COLOR", { TERM: "xterm", NO_COLOR: "1" }, true, false],
  ] as const
) {
  Deno.test({
    ...needed({ programs: ["script"] }, `${what}: cursor codes ${cursor}, colours ${colour}`),
    fn: () =>
      withOutcome(FILES, ["good.pkt", ...SIM], ({ out }) => {
        const codes = out.match(SEQUENCES) ?? [];
        assertEquals(codes.some((code) => !code.endsWith("m")), cursor, out);
        assertEquals(codes.some((code) => code.endsWith("m")), colour, out);
      }, { shell: TERMINAL, env }),
  });
}

Deno.test("GitHub Actions: lines of scripts are no commands to its runner", () =>
  withOutcome(
    { "good.pkt": GOOD, "bad.pkt": `${GOOD}+0 \`echo; echo ::add-mask::x; exit 1\`\n` },
    [".", ...SIM],
    ({ out }) => {
      const token = /^::stop-commands::(.*)$/m.exec(out)?.[1];
      assert(token !== undefined && token.length > 20, out);
      const stopped = out.slice(out.indexOf(token), out.indexOf(`::${token}::`));
      assertStringIncludes(stopped, "::add-mask::x");
      const open = out.slice(out.indexOf(`::${token}::`));
      assertStringIncludes(open, "::error file=bad.pkt");
      assert(!open.includes("\n::add-mask"), open);
    },
    { env: { GITHUB_ACTIONS: "true" } },
  ));

Deno.test("GitHub Actions: errors are no commands to its runner either", () =>
  withOutcome(
    {
      "b.json": '{"schema":1,"measured":"x","entries":[],"\\n::add-mask::x\\n ::error::y##[error]z":1}',
      "good.pkt": GOOD,
    },
    ["good.pkt", ...SIM, "--baseline", "b.json"],
    ({ code, err }) => {
      assertEquals(code, 2);
      assertStringIncludes(err, "add-mask");
      assert(!/^\s*::/m.test(err) && !err.includes("##["), err);
    },
    { env: { GITHUB_ACTIONS: "true" } },
  ));
