import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Baseline } from "../baseline/baseline.ts";
import { loadCatalogue } from "../requirements/mod.ts";
import { ADAPTERS } from "./stacks.ts";

/** What stands in place of a clause where none is departed from. */
const NO_CLAUSE = ["open", "configuration"];

for (const name of Object.keys(ADAPTERS)) {
  Deno.test(`matrix: the baseline of ${name} speaks of it alone, of scripts that are there, and by the catalogue's clauses`, async () => {
    const { entries } = await Baseline.read(fileURLToPath(new URL(`../../ci/baseline/${name}.json`, import.meta.url)));
    const catalogue = await loadCatalogue();
    assert(entries.length > 0);
    for (const { script, target, clause, path } of entries) {
      assertEquals(target, name, script);
      assert((await Deno.stat(path!)).isFile, script);
      assert(
        NO_CLAUSE.includes(clause) || catalogue.find(clause) !== undefined,
        `${script}: there is no clause ${clause}`,
      );
    }
  });
}
