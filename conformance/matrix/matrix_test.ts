import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Results, RunResult } from "../report/results.ts";
import { renderMatrix } from "./markdown.ts";
import { buildMatrix, type ClauseState } from "./matrix.ts";

const run = (target: string, script: string, more: Partial<RunResult>): RunResult => ({
  script: `fixtures/a/${script}.pkt`,
  variant: "ipv4",
  target,
  verdict: "pass",
  duration_us: 1,
  message: "",
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

const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  "fixtures/a/one.pkt": ["RFC9293-MUST-10", "RFC9293-MUST-9"],
  "fixtures/a/two.pkt": ["RFC9293-MUST-9"],
};
const clausesOf = (script: string) => CLAUSES[script] ?? [];
const matrixOf = (...each: readonly Results[]) => buildMatrix({ results: each, leftOut: [], clausesOf });

/** The states of the stack `x`, by clause. */
function states(...runs: readonly RunResult[]): Record<string, ClauseState | undefined> {
  return Object.fromEntries(matrixOf(results(runs)).clauses.map(({ id, states }) => [id, states["x"]]));
}

const NINE = "RFC9293-MUST-9";
const TEN = "RFC9293-MUST-10";
const failed = { verdict: "fail", message: "fixtures/a/one.pkt:7: why", line: 7 } as const;
const known = (clause: string) =>
  ({ ...failed, verdict: "expected-fail", clause, reason: `${clause}: known` }) as const;

Deno.test("matrix: a clause passes where all that shows it does, and fails where any of it does", () => {
  assertEquals(states(run("x", "one", {}), run("x", "two", {})), { [NINE]: "pass", [TEN]: "pass" });
  assertEquals(states(run("x", "one", {}), run("x", "two", failed)), { [NINE]: "fail", [TEN]: "pass" });
  assertEquals(states(run("x", "one", { variant: "ipv6" }), run("x", "one", failed))[TEN], "fail");
  assertEquals(states(run("x", "one", { verdict: "skip" }))[TEN], "skip");
  assertEquals(states(run("x", "one", { verdict: "skip" }), run("x", "two", {}))[NINE], "pass");
  assertEquals(states(run("x", "one", { verdict: "flaky" }), run("x", "two", {}))[NINE], "flaky");
});

Deno.test("matrix: of a known deviation only its clause deviates, the others are not seen", () => {
  assertEquals(states(run("x", "one", known(NINE))), { [NINE]: "deviates", [TEN]: "unseen" });
  // Another script shows it.
  assertEquals(states(run("x", "one", known(TEN)), run("x", "two", {})), { [NINE]: "pass", [TEN]: "deviates" });
  // A clause that no script claims is a row all the same; a word that is no clause is none.
  assertEquals(states(run("x", "two", known("RFC5961-4"))), { "RFC5961-4": "deviates", [NINE]: "unseen" });
  assertEquals(states(run("x", "two", known("configuration"))), { [NINE]: "unseen" });
});

Deno.test("matrix: a fault of a script's that a baseline does not know is no clause's pass", () => {
  assertEquals(states(run("x", "one", { verdict: "error" }))[NINE], "error");
  assertEquals(states(run("x", "one", { verdict: "unexpected-pass", clause: NINE, reason: "r" }))[NINE], "pass");
});

Deno.test("matrix: columns of several documents, each with what it is; who was run elsewhere is not left out", () => {
  const matrix = matrixOf(
    results([run("x", "one", {})], ["y", "z"]),
    results([run("y", "one", failed), run("y", "two", {})]),
  );
  assertEquals(matrix.stacks.map(({ name, what, clauses }) => [name, what, clauses.pass, clauses.fail]), [
    ["x", "what x is", 2, 0],
    ["y", "what y is", 0, 2],
  ]);
  assertEquals(matrix.left_out.map(({ target }) => target), ["z"]);
  // Numbers count as numbers.
  assertEquals(matrix.clauses.map(({ id, document, scripts }) => [id, document, scripts]), [
    [NINE, "RFC 9293", [0, 1]],
    [TEN, "RFC 9293", [0]],
  ]);
});

Deno.test("matrix: as Markdown, from the clause to the script to the message", () => {
  const text = renderMatrix(matrixOf(
    results([run("x", "one", {}), run("x", "two", {})], ["z"]),
    results([
      run("y", "one", { ...failed, message: "fixtures/a/one.pkt:7: got <mss 1> | not 2" }),
      run("y", "one", { ...failed, message: "fixtures/a/one.pkt:7: got <mss 1> | not 2", variant: "ipv6" }),
      run("y", "two", { verdict: "skip", message: "fixtures/a/two.pkt: no splice" }),
    ]),
  ));
  assertStringIncludes(text, `| ${TEN} | pass | **fail** | [a/one](#a-one) |`);
  assertStringIncludes(text, `| ${NINE} | pass | **fail** | [a/one](#a-one), [a/two](#a-two) |`);
  assertStringIncludes(text, '### <a id="a-one"></a>a/one');
  assertStringIncludes(text, "- **y** (ipv4, ipv6): fail: a/one:7: got \\<mss 1\\> \\| not 2");
  assertStringIncludes(text, "- **y** (ipv4): skip: a/two: no splice");
  assertStringIncludes(text, "**z** was left out: there is \\| none (get it)");
});
