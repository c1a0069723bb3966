import { assert, assertEquals } from "@std/assert";
import { readTree } from "../house/source_tree.ts";
import { ClauseIndex, locate, planted } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { stackSources } from "./main.ts";
import { COPIED, ROOT } from "./tree.ts";

Deno.test("mutate: every fault can be planted in the sources as they are", () => {
  const index = new ClauseIndex(stackSources());
  for (const fault of FAULTS) {
    const patch = locate(fault, index);
    const text = index.text(patch.path)!;
    assert(planted(text, patch) !== text, `${fault.name} changes nothing`);
  }
});

Deno.test("mutate: faults have names of their own and say what they do", () => {
  const names = FAULTS.map((fault) => fault.name);
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
  for (const { name, about, at } of FAULTS) {
    assert(/^[a-z0-9-]+$/.test(name), name);
    assert(about.length >= 20, `${name}: ${about}`);
    assert(at.startsWith("stack/") || /^RFC[0-9]+-/.test(at), `${name}: ${at}`);
  }
});

Deno.test("mutate: the copy has everything that a run of the fixtures imports", () => {
  const files = new Map(readTree(ROOT).map((file) => [file.path, file]));
  const reached = new Set(["conformance/cli.ts", "ci/mutate/judge.ts"]);
  for (const path of reached) for (const { path: imported } of files.get(path)?.imports ?? []) reached.add(imported);
  assert(reached.size > 100, `${reached.size} files reached`);
  assertEquals([...reached].filter((path) => !COPIED.includes(path.split("/")[0]!)), []);
});
