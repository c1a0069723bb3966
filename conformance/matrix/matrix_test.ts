import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Results, RunResult } from "../report/results.ts";
import { Catalogue } from "../requirements/mod.ts";
import { renderMatrix } from "./markdown.ts";
import { buildMatrix, type ClauseState } from "./matrix.ts";

const NINE = "RFC9293-MUST-9";
const TEN = "RFC9293-MUST-10";

function clause(id: string) {
  const rest = { section: "3.1", level: "MUST", subject: "x", text: `what ${id} asks`, how: "look" };
  return { id, ...rest, needs: ["wire"], roles: ["host"], basis: "keyword", verified: true };
}

const CATALOGUE = new Catalogue([
  { document: "RFC 9293", title: "TCP", requirements: [NINE, TEN, "RFC9293-MUST-11"].map(clause) },
]);
const CLAUSES: Readonly<Record<string, readonly string[]>> = { one: [TEN, NINE], two: [NINE] };

const run = (target: string, script: string, more: Partial<RunResult>): RunResult => ({
  script: `fixtures/a/${script}.pkt`,
  variant: "ipv4",
  target,
  verdict: "pass",
  duration_us: 1,
  message: "",
  requirements: CLAUSES[script] ?? [],
  ...more,
});

function results(runs: readonly RunResult[], left: readonly string[] = []): Results {
  return {
    schema: 1,
    environment: {
      netproof: "0",
      deno: "2",
      os: "linux",
      kernel: "k",
      started: "2026-01-01T00:00:00.000Z",
      targets: Object.fromEntries(runs.map(({ target }) => [target, `what ${target} is`])),
      left_out: left.map((target) => ({ target, reason: "there is | none", remedy: "get it" })),
      command: [],
    },
    runs,
  };
}

const matrixOf = (...each: readonly Results[]) => buildMatrix(each, [], CATALOGUE);

/** The states of the stack `x`, by clause. */
function states(...runs: readonly RunResult[]): Record<string, ClauseState | undefined> {
  return Object.fromEntries(matrixOf(results(runs)).clauses.map(({ id, states }) => [id, states["x"]]));
}

const failed = { verdict: "fail", message: "fixtures/a/one.pkt:7: why", line: 7 } as const;
const known = (clause: string) =>
  ({ ...failed, verdict: "expected-fail", clause, reason: `${clause}: known` }) as const;

Deno.test("matrix: a clause passes where all that shows it does, and fails where any of it does", () => {
  assertEquals(states(run("x", "one", {}), run("x", "two", {})), { [NINE]: "pass", [TEN]: "pass" });
  assertEquals(states(run("x", "one", {}), run("x", "two", failed)), { [NINE]: "fail", [TEN]: "pass" });
  assertEquals(states(run("x", "one", { variant: "ipv6" }), run("x", "one", failed))[TEN], "fail");
  assertEquals(states(run("x", "one", { verdict: "flaky" }), run("x", "two", {}))[NINE], "undecided");
});

Deno.test("matrix: of a known deviation only its clause deviates", () => {
  assertEquals(states(run("x", "one", known(NINE))), { [NINE]: "deviates", [TEN]: "undecided" });
  // Another script shows it.
  assertEquals(states(run("x", "one", known(TEN)), run("x", "two", {})), { [NINE]: "pass", [TEN]: "deviates" });
});

Deno.test("matrix: what was skipped is told from what nothing was run of", () => {
  assertEquals(states(run("x", "one", { verdict: "skip" })), { [NINE]: "skip", [TEN]: "skip" });
  assertEquals(states(run("x", "one", { verdict: "skip" }), run("x", "two", {}))[NINE], "pass");
  assertEquals(states(run("y", "one", {}), run("x", "two", {})), { [NINE]: "pass", [TEN]: undefined });
});

Deno.test("matrix: columns of several documents, each with what it is; who was run elsewhere is not left out", () => {
  const matrix = matrixOf(
    results([run("x", "one", failed)], ["y", "z"]),
    results([run("y", "one", failed), run("y", "two", {})]),
    // The same once more: the later counts.
    results([run("x", "one", {})]),
  );
  assertEquals(matrix.stacks.map(({ name, what, clauses, verdicts }) => [name, what, clauses, verdicts.pass]), [
    ["x", "what x is", { pass: 2, deviates: 0, fail: 0, undecided: 0, skip: 0 }, 1],
    ["y", "what y is", { pass: 0, deviates: 0, fail: 2, undecided: 0, skip: 0 }, 1],
  ]);
  assertEquals(matrix.left_out.map(({ target }) => target), ["z"]);
  assertEquals(matrix.clauses.map(({ id, document, level, scripts }) => [id, document, level, scripts]), [
    [NINE, "RFC 9293", "MUST", [0, 1]],
    [TEN, "RFC 9293", "MUST", [0]],
  ]);
});

Deno.test("matrix: as Markdown, from the clause to the script to the message", () => {
  const message = "fixtures/a/one.pkt:7: got <mss 1> | not 2";
  const text = renderMatrix(matrixOf(
    results([run("x", "one", {}), run("x", "two", {})], ["z"]),
    results([
      run("y", "one", { ...failed, message }),
      run("y", "one", { ...failed, message, variant: "ipv6" }),
      run("y", "two", { verdict: "skip", message: "fixtures/a/two.pkt: no splice" }),
    ]),
  ));
  assertStringIncludes(text, `| ${TEN} (3.1): what ${TEN} asks | MUST | pass | **fail** | [a/one](#a-one) |`);
  assertStringIncludes(text, "| MUST | pass | **fail** | [a/one](#a-one), [a/two](#a-two) |");
  assertStringIncludes(text, '### <a id="a-one"></a>a/one');
  assertStringIncludes(text, "- **y** (ipv4, ipv6): fail: a/one:7: got \\<mss 1\\> \\| not 2");
  assertStringIncludes(text, "- **y** (ipv4): skip: a/two: no splice");
  assertStringIncludes(text, "**z** was left out: there is \\| none (get it)");
});
