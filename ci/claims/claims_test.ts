import { assert, assertEquals, assertThrows } from "@std/assert";
import { SourceFile } from "../house/source_tree.ts";
import { ClauseIndex } from "../mutate/fault.ts";
import { mutantsOf } from "../mutate/mutants.ts";
import { Candidates } from "./candidates.ts";
import { allClaims, compareCounts, countByFolder, standingsOf, strayEntries } from "./claims.ts";
import { parseProofs, type Proof, ProofFileError, renderProofs } from "./proofs.ts";

const CODE = "// RFC1-a\nif (a < b) send(1);\nif (c < d) send(1);\n";
const FILES = [new SourceFile("stack/x.ts", CODE)];
const INDEX = new ClauseIndex(FILES);
const SCRIPTS = [{ path: "fixtures/f/s.pkt", text: "0 x", clauses: ["RFC1-a", "RFC1-b"] }];

Deno.test("claims: a proof holds as long as script and code are what they were", () => {
  const claims = allClaims(SCRIPTS, INDEX);
  const [a] = claims;
  const proof = (hash: string) => ({ "fixtures/f/s.pkt": { "RFC1-a": { fault: "x", hash } } });
  const count = (hash: string) => {
    const { proven, stale, uncarried } = standingsOf(claims, INDEX, proof(hash), {});
    return [proven.length, stale.length, uncarried.length];
  };
  assertEquals(count(a!.hash), [1, 0, 1]);
  assertEquals(count("else"), [0, 1, 1]);
  const other = allClaims([{ ...SCRIPTS[0]!, text: "0 y" }], INDEX);
  assert(other[0]!.hash !== a!.hash, "another script is another proof");
  const moved = new ClauseIndex([new SourceFile("stack/y.ts", `f();\n\n${CODE}`)]);
  assertEquals(allClaims(SCRIPTS, moved)[0]!.hash, a!.hash, "code that only moved is the same");
});

Deno.test("claims: without a proof there is a reason, or it is counted", () => {
  const claims = allClaims(SCRIPTS, INDEX);
  const { unproven, uncarried, reasoned } = standingsOf(claims, INDEX, {}, {
    "fixtures/f/s.pkt": { "RFC1-b": "there is nothing that could do it" },
  });
  assertEquals([unproven.length, uncarried.length, reasoned.length], [1, 0, 1]);
  assertEquals(countByFolder(unproven), { "fixtures/f": 1 });
  assertEquals(compareCounts({ f: 2 }, { f: 1 }).tooMany, ["f: 2 claims have no proof, 1 are allowed"]);
  assertEquals(compareCounts({}, { f: 1 }).spare.length, 1);
  assertEquals(compareCounts({ f: 1 }, { f: 1 }), { tooMany: [], spare: [] });
  assertEquals(strayEntries(claims, { "fixtures/f/s.pkt": { "RFC1-c": 1 } }, "p").length, 1);
});

Deno.test("claims: a proof names a change by what it changes, and finds it again", () => {
  const candidates = new Candidates(mutantsOf(FILES), []);
  const mutants = candidates.mechanical("RFC1-a");
  assert(mutants.length > 8);
  for (const mutant of mutants) {
    assertEquals(candidates.find("RFC1-a", candidates.name("RFC1-a", mutant)), mutant);
  }
  const second = mutants.filter(({ text }) => text === "send(1);")[1]!;
  assertEquals(candidates.name("RFC1-a", second), { operator: "drop", text: "send(1);", to: "", nth: 1 });
  assertEquals(candidates.find("RFC1-a", { operator: "drop", text: "gone();", to: "" }), undefined);
});

Deno.test("claims: the file of proofs comes back as it was written, anything else is refused", () => {
  const proofs: Record<string, Record<string, Proof>> = {
    b: { "RFC1-b": { fault: "x", hash: "1" }, "RFC1-a": { operator: "drop", text: "f();", to: "", nth: 1, hash: "2" } },
    a: {},
  };
  const text = renderProofs(proofs);
  assertEquals(parseProofs("p.json", text), { b: proofs["b"]! });
  assertThrows(() => parseProofs("p.json", "{"), ProofFileError, "p.json: not JSON");
  assertThrows(() => parseProofs("p.json", '{"schema":1,"proofs":{"a":{"b":{}}}}'), ProofFileError, "p.json");
});
