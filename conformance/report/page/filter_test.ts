import { assertEquals } from "@std/assert";
import { HOSTILE, RESULTS, source } from "./_page.ts";
import { splitResults } from "./document.ts";
import { documentOf, RunFinder } from "./filter.ts";
import { documentTotals, findClauses, isCovered, levelTotals } from "./requirements.ts";
import { type Filter, NO_FILTER } from "./state.ts";

const { index } = splitResults(RESULTS, source);
const finder = new RunFinder(index);
const found = (filter: Partial<Filter>) => [...finder.find({ ...NO_FILTER, ...filter }).runs];

Deno.test("filter: each facet, and all of them together", () => {
  assertEquals(found({}), [0, 1, 2, 3, 4, 5, 6]);
  assertEquals(found({ verdicts: ["fail", "error"] }), [1, 5]);
  assertEquals(found({ targets: ["kernel"] }), [1, 4]);
  assertEquals(found({ variants: ["ipv6"] }), [2]);
  assertEquals(found({ documents: ["RFC 9293"] }), [0, 1, 2, 6]);
  assertEquals(found({ documents: ["RFC 791"], targets: ["kernel"], verdicts: ["pass"] }), [4]);
  assertEquals(found({ clause: "RFC9293-MUST-1" }), [0, 1, 2, 6]);
  assertEquals(found({ clause: "RFC9293-MUST" }), []);
});

Deno.test("filter: words occur in path, title, message, reason or clause, in any case and order", () => {
  assertEquals(found({ text: "  Fixtures/B.PKT title " }), [3, 4]);
  assertEquals(found({ text: "tcp_seq a.pkt" }), [1]);
  assertEquals(found({ text: "as linux" }), [6]);
  assertEquals(found({ text: HOSTILE }), [5]);
  assertEquals(found({ text: "nowhere" }), []);
});

Deno.test("filter: a value's count is what choosing it would leave, whatever is chosen of its own facet", () => {
  const { counts } = finder.find({ ...NO_FILTER, targets: ["kernel"], verdicts: ["pass"] });
  assertEquals(Object.fromEntries(counts.verdicts), { fail: 1, pass: 1 });
  assertEquals(Object.fromEntries(counts.targets), { sim: 2, kernel: 1 });
  assertEquals(Object.fromEntries(counts.documents), { "RFC 791": 1 });
  // Choosing it does leave so many.
  assertEquals(found({ targets: ["sim"], verdicts: ["pass"] }).length, 2);
});

Deno.test("filter: groups are listed by the worst of their runs that were found, or as asked for", () => {
  const list = (filter: Partial<Filter>, order: "attention" | "script" | "slowest") =>
    finder.list(finder.find({ ...NO_FILTER, ...filter }).runs, order).map(({ script, variant }) =>
      `${index.scripts[script]!.path.slice(0, 10)} ${variant}`
    );
  const a = "fixtures/a";
  assertEquals(list({}, "attention"), [
    `${a} ipv4`,
    "<img src=x ipv4",
    "fixtures/c ipv4",
    "fixtures/b ipv4",
    `${a} ipv6`,
  ]);
  assertEquals(list({ targets: ["sim"] }, "attention")[0], "<img src=x ipv4");
  assertEquals(list({}, "script"), ["<img src=x ipv4", `${a} ipv4`, `${a} ipv6`, "fixtures/b ipv4", "fixtures/c ipv4"]);
  assertEquals(list({}, "slowest")[0], `${a} ipv6`);
});

Deno.test("filter: a clause that no catalogue has belongs to the document that its id names", () => {
  assertEquals(["RFC9293-MUST-13", "RFC791-3.2-x", HOSTILE].map(documentOf), ["RFC 9293", "RFC 791", "other"]);
});

const clauses = RESULTS.requirements!;

Deno.test("requirements: totals by document and level add up", () => {
  const totals = documentTotals(clauses, ["sim", "kernel"]);
  assertEquals(totals.map(({ name, of, levels }) => [name, of.length, levels.map(({ name }) => name)]), [
    ["RFC 791", 1, ["SHOULD"]],
    ["RFC 9293", 2, ["MUST", "MAY"]],
  ]);
  const sim = totals[1]!.counts.get("sim")!;
  assertEquals([sim.deviates, sim["not covered"], sim.pass], [1, 1, 0]);
  assertEquals(levelTotals(clauses, ["sim"]).map(({ name, of }) => [name, of.length]), [["MUST", 1], ["SHOULD", 1], [
    "MAY",
    1,
  ]]);
  assertEquals(clauses.map(isCovered), [true, true, false]);
});

Deno.test("requirements: filters by standing on the chosen targets, level, document and words", () => {
  const ids = (filter: Partial<Filter>) =>
    findClauses(clauses, { ...NO_FILTER, ...filter }).clauses.map(({ id }) => id);
  assertEquals(ids({ standings: ["fail"] }), ["RFC9293-MUST-1"]);
  assertEquals(ids({ standings: ["fail"], targets: ["sim"] }), []);
  assertEquals(ids({ levels: ["SHOULD", "MAY"] }), ["RFC791-x", "RFC9293-y"]);
  assertEquals(ids({ documents: ["RFC 9293"], text: "ports" }), ["RFC9293-MUST-1"]);
  const { counts } = findClauses(clauses, { ...NO_FILTER, documents: ["RFC 791"] });
  assertEquals(Object.fromEntries(counts.documents), { "RFC 791": 1, "RFC 9293": 2 });
  assertEquals(Object.fromEntries(counts.levels), { SHOULD: 1 });
});
