/**
 * `deno task house`: the rules of the house, checked over the tree. Exit status 1 when one does not hold where no
 * exception says so, or when an exception is no longer needed.
 *
 * @module
 */
import { allBreaches } from "./rules.ts";
import { compare, parseExceptions, shrink } from "./exceptions.ts";
import { readTree } from "./source_tree.ts";

const HERE = new URL("./exceptions.json", import.meta.url);

function main(args: readonly string[]): number {
  const breaches = allBreaches(readTree("."));
  const exceptions = parseExceptions(JSON.parse(Deno.readTextFileSync(HERE)));
  if (args.includes("--list")) {
    for (const { rule, path, line, message } of breaches) console.log(`${rule}: ${path}:${line}: ${message}`);
    return 0;
  }
  if (args.includes("--shrink")) {
    Deno.writeTextFileSync(HERE, JSON.stringify(shrink(breaches, exceptions), null, 2) + "\n");
    return 0;
  }
  const complaints = compare(breaches, exceptions);
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main(Deno.args));
