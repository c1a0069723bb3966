/** The command as its users meet it: a process with arguments, an exit status, and words. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BAD, GOOD, readResults, withOutcome } from "./_testing.ts";

Deno.test("cli: a script that passes exits with 0 and ends with the count", () =>
  withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--target", "sim"], ({ code, out }) => {
    assertEquals(code, 0, out);
    assertMatch(out, /1 passed, 0 failed\n$/);
  }));

Deno.test("cli: a script that fails exits with 1 and shows line, expected and actual", () =>
  withOutcome({ "a.pkt": BAD }, ["a.pkt", "--target", "sim"], ({ code, out }) => {
    assertEquals(code, 1, out);
    assertStringIncludes(out, ">    6 | +0  > udp (9)");
    assertStringIncludes(out, "a.pkt:6: error handling packet:");
  }));

Deno.test("cli: help exits with 0", () =>
  withOutcome({}, ["--help"], ({ code, out }) => {
    assertEquals(code, 0);
    assertStringIncludes(out, "--target");
  }));

for (
  const [what, args, part] of [
    ["an unknown option", ["--nonsense"], "unknown option '--nonsense'"],
    ["a path that does not exist", ["nowhere.pkt"], "nowhere.pkt: no such file or folder"],
    ["a folder without scripts", ["."], "no scripts (*.pkt)"],
  ] as const
) {
  Deno.test(`cli: ${what} is one message and exits with 2`, () =>
    withOutcome({}, args, ({ code, out, err }) => {
      assertEquals(code, 2);
      assertEquals(out, "");
      assertStringIncludes(err, part);
      assert(err.trimEnd().split("\n").length <= 2, err);
    }));
}

Deno.test("cli: a script that can't be parsed is an error, the others are run", () =>
  withOutcome(
    { "a.pkt": "0 > > nonsense\n", "b.pkt": GOOD },
    [".", "--target", "sim", "--json", "r.json"],
    async ({ code, out, folder }) => {
      assertEquals(code, 1);
      assertMatch(out, /a\.pkt:1:\d+: error: syntax error/);
      assertEquals((await readResults(folder)).runs.map((run) => run.verdict), ["error", "pass"]);
    },
  ));

Deno.test("cli: a script that can't be read is an error, the others are run", () =>
  withOutcome(
    { "b.pkt": GOOD },
    [".", "--target", "sim", "--json", "r.json"],
    async ({ code, out, folder }) => {
      assertEquals(code, 1, out);
      assertEquals((await readResults(folder)).runs.map((run) => run.verdict), ["error", "pass"]);
    },
    { shell: 'ln -s missing a.pkt; exec "$@"' },
  ));

Deno.test("cli: a script that never ends fails at its limit", () =>
  withOutcome(
    { "a.pkt": GOOD.replace("+0  > udp (8)", "*   > udp (9999)") },
    ["a.pkt", "--target", "sim", "--limit", "3"],
    ({ code, out }) => {
      assertEquals(code, 1, out);
      assertStringIncludes(out, "0 passed, 1 failed");
    },
  ));

Deno.test("cli: without python3 a script with code is skipped and says so", () =>
  withOutcome(
    { "a.pkt": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{ assert 1 == 1 }%\n", "b.pkt": GOOD },
    [".", "--target", "sim", "--json", "r.json"],
    async ({ code, folder, out }) => {
      assertEquals(code, 0, out);
      const [a, b] = (await readResults(folder)).runs;
      assertEquals([a!.verdict, b!.verdict], ["skip", "pass"]);
      assertStringIncludes(a!.message, "python3");
    },
    { shell: 'PATH=/nonexistent; exec "$@"' },
  ));

Deno.test("cli: a report that does not fit is said, and the results stand", () =>
  withOutcome(
    { "a.pkt": GOOD },
    ["a.pkt", "--target", "sim", "--json", "r.json", "--tap", "r.tap"],
    async ({ code, out, err, folder }) => {
      assertEquals(code, 2);
      assertStringIncludes(out, "1 passed, 0 failed");
      assertMatch(err, /^r\.json: could not be written: File too large/);
      assertStringIncludes(await Deno.readTextFile(`${folder}/r.tap`), "ok 1 - a.pkt");
    },
    { shell: 'trap "" XFSZ; ulimit -f 1; exec "$@"' },
  ));

Deno.test("cli: a report in a folder that does not exist is said before anything runs", () =>
  withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--target", "sim", "--json", "no/r.json"], ({ code, out, err }) => {
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "no/r.json: can't be written");
  }));

Deno.test("cli: a closed pipe ends the output, not the run", () =>
  withOutcome(
    { "a.pkt": GOOD, "b.pkt": BAD },
    [".", "--target", "sim", "--json", "r.json", "--verbose"],
    async ({ err, folder }) => {
      assertEquals(err.trim(), "");
      assertEquals((await readResults(folder)).runs.length, 2);
    },
    { shell: '"$@" | true; while [ ! -s r.json ] && [ $((i=i+1)) -lt 100 ]; do sleep 0.1; done' },
  ));

Deno.test("cli: the same run gives the same results, times of the computer aside", async () => {
  const texts: string[] = [];
  for (let i = 0; i < 2; i++) {
    await withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--target", "sim", "--json", "r.json"], async ({ folder }) => {
      const { runs } = await readResults(folder);
      texts.push(JSON.stringify(runs.map((run) => ({ ...run, duration_us: 0 }))));
    });
  }
  assertEquals(texts[0], texts[1]);
});

Deno.test("cli: shards are disjoint and together everything", async () => {
  const seen: string[] = [];
  for (const shard of ["1/2", "2/2"]) {
    const files = { "a.pkt": GOOD, "b.pkt": GOOD, "c.pkt": GOOD };
    await withOutcome(files, [".", "--target", "sim", "--shard", shard, "--json", "r.json"], async ({ folder }) => {
      seen.push(...(await readResults(folder)).runs.map((run) => run.script));
    });
  }
  assertEquals(seen.sort(), ["a.pkt", "b.pkt", "c.pkt"]);
});
