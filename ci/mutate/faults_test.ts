import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readTree } from "../house/source_tree.ts";
import { FAULTS, inOrder, plant } from "./faults.ts";
import { COPIED } from "./main.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

Deno.test("mutate: every fault can be planted in the sources as they are", async () => {
  const sources = new Map<string, string>();
  for (const fault of FAULTS) {
    let source = sources.get(fault.file);
    if (source === undefined) sources.set(fault.file, source = await Deno.readTextFile(`${ROOT}/${fault.file}`));
    assert(plant(source, fault) !== source, `${fault.name} changes nothing`);
  }
});

Deno.test("mutate: faults have names of their own and say what they do", () => {
  const names = FAULTS.map((fault) => fault.name);
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
  for (const { name, about, file } of FAULTS) {
    assert(/^[a-z0-9-]+$/.test(name), name);
    assert(about.length >= 20, `${name}: ${about}`);
    assert(file.startsWith("stack/"), `${name}: ${file}`);
  }
});

Deno.test("mutate: a stale fault is named with its file", () => {
  const fault = { name: "x", about: "", file: "stack/x.ts", find: "ab", replace: "c" };
  assertEquals(plant("1 ab 2", fault), "1 c 2");
  assertThrows(() => plant("nothing", fault), Error, 'fault x: "ab" stands 0 times in stack/x.ts');
  assertThrows(() => plant("ab ab", fault), Error, "stands 2 times");
});

Deno.test("mutate: every folder is run, the likely ones first", () => {
  const folders = ["checksum", "close", "icmp", "ip", "new"];
  for (const fault of FAULTS) assertEquals(inOrder(fault, folders).toSorted(), folders);
  const icmp = FAULTS.find((fault) => fault.name === "icmp-not-limited")!;
  assertEquals(inOrder(icmp, folders), ["icmp", "checksum", "close", "ip", "new"]);
});

Deno.test("mutate: the copy has everything that a run of the fixtures imports", () => {
  const files = new Map(readTree(ROOT).map((file) => [file.path, file]));
  const reached = new Set(["conformance/cli.ts"]);
  for (const path of reached) for (const { path: imported } of files.get(path)?.imports ?? []) reached.add(imported);
  assert(reached.size > 100, `${reached.size} files reached`);
  assertEquals([...reached].filter((path) => !COPIED.includes(path.split("/")[0]!)), []);
});
