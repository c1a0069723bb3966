import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Results, RunResult, Verdict } from "../report/results.ts";
import { Catalogue, type Level, type Need } from "./catalogue.ts";
import { renderRequirements } from "./markdown.ts";
import { requirementTable, type Standing } from "./table.ts";

function clause(id: string, level: Level = "MUST", needs: readonly Need[] = ["wire"]) {
  const rest = { section: "1", subject: "x", text: `Text of ${id}`, how: "Look.", roles: ["host"] };
  return { id, level, needs, basis: "prose", verified: false, ...rest };
}

const CATALOGUE = new Catalogue([
  {
    document: "RFC 1",
    title: "One",
    requirements: [clause("RFC1-1-a"), clause("RFC1-1-b", "SHOULD"), clause("RFC1-1-c", "MUST", [])],
  },
]);

function run(verdict: Verdict, requirements: string[], more: Partial<RunResult> = {}): RunResult {
  return {
    script: "x.pkt",
    variant: "ipv4",
    target: "sim",
    verdict,
    duration_us: 1,
    message: "",
    requirements,
    ...more,
  };
}

function results(...runs: RunResult[]): Results {
  const environment = {
    netproof: "",
    deno: "",
    os: "",
    kernel: "",
    started: "",
    targets: {},
    left_out: [],
    command: [],
  };
  return { schema: 1, environment, runs };
}

function standings(...runs: RunResult[]): Standing[] {
  return requirementTable(results(...runs), CATALOGUE).documents[0]!.rows.map((row) => row.cells[0]!.standing);
}

const A = "RFC1-1-a", B = "RFC1-1-b";

Deno.test("requirements: what passes, what nobody names, what can't be seen", () => {
  assertEquals(standings(run("pass", [A])), ["pass", "not covered", "not observable"]);
  assertEquals(standings(run("unexpected-pass", [A, B])), ["pass", "pass", "not observable"]);
  assertEquals(standings(run("skip", [A]), run("pass", [])), ["not covered", "not covered", "not observable"]);
});

Deno.test("requirements: one failure is enough, and only of the clause that its line stands for", () => {
  assertEquals(standings(run("pass", [A]), run("fail", [A])), ["fail", "not covered", "not observable"]);
  const narrow = { failure: { kind: "packet" as const, requirements: [B] } };
  assertEquals(standings(run("fail", [A, B], narrow)), ["undecided", "fail", "not observable"]);
  assertEquals(standings(run("fail", [A, B], narrow), run("pass", [A])), ["pass", "fail", "not observable"]);
});

Deno.test("requirements: the baseline's clause deviates, others of the script were not reached", () => {
  const known = { clause: B, reason: `${B}: because` };
  assertEquals(standings(run("expected-fail", [A, B], known)), ["undecided", "deviates", "not observable"]);
  assertEquals(standings(run("expected-fail", [A], { clause: "configuration" })), [
    "deviates",
    "not covered",
    "not observable",
  ]);
  // Another clause, or none: what the script shows was not reached either.
  assertEquals(standings(run("expected-fail", [A], { clause: "RFC2-1-x" }))[0], "undecided");
  assertEquals(standings(run("expected-fail", [A], { clause: "open" }))[0], "undecided");
});

Deno.test("requirements: what is flaky or an error is no pass", () => {
  assertEquals(standings(run("flaky", [A]), run("pass", [A]))[0], "undecided");
  assertEquals(standings(run("error", [A]))[0], "undecided");
});

Deno.test("requirements: counts by target and level, unknown ids, the runs of a cell", () => {
  const table = requirementTable(
    results(run("pass", [A]), run("fail", [A], { target: "kernel" }), run("pass", ["RFC9-x"])),
    CATALOGUE,
  );
  assertEquals(table.targets, ["sim", "kernel"]);
  assertEquals([table.totals["sim"]!.pass, table.totals["kernel"]!.fail], [1, 1]);
  assertEquals(table.unknown, ["RFC9-x"]);
  const [document] = table.documents;
  assertEquals(document!.levels.map(({ level, total }) => [level, total]), [["MUST", 2], ["SHOULD", 1]]);
  assertEquals(document!.levels[0]!.counts["sim"]!["not observable"], 1);
  assertEquals(document!.rows[0]!.cells.map(({ runs, against }) => [runs, against]), [[[0], []], [[1], [1]]]);
});

Deno.test("requirements: Markdown tells totals, and by name what somebody has to look at", () => {
  const known = { clause: B, reason: `${B}: | because` };
  const text = renderRequirements(requirementTable(
    results(run("fail", [A]), run("expected-fail", [B], known), run("pass", ["RFC9-x"])),
    CATALOGUE,
  ));
  assertStringIncludes(text, "| sim | 0 | 1 | 1 | 0 | 0 | 1 |");
  assertStringIncludes(text, "| RFC 1 | MUST | 2 | 0 / 1 / 0 |");
  assertStringIncludes(text, "| RFC1-1-a (section 1) | MUST | Text of RFC1-1-a | **fail** |  |");
  assertStringIncludes(text, "sim: RFC1-1-b: \\| because");
  assertStringIncludes(text, "not in the catalogue: RFC9-x");
  assert(!text.includes("RFC1-1-c"));
});
