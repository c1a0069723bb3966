/**
 * `deno task test`: the unit tests, then the fixtures on every target that can run here, then what was skipped and what
 * would bring it, and one closing line that counts all.
 *
 * @module
 */
import { XMLParser } from "fast-xml-parser";
import { parseResults } from "../conformance/report/results_schema.ts";
import { isExpected } from "../conformance/report/summary.ts";
import { readUnitTests, skippedFixtures, skippedTests } from "./skipped.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** What was skipped, and why. */
  readonly notes: string[];
}

async function run(args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null" }).spawn();
  return (await child.status).code;
}

async function unitTests(folder: string, tally: Tally): Promise<number> {
  const junit = `${folder}/unit.xml`;
  const permissions = ["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"];
  const status = await run(["test", "--doc", "--quiet", ...permissions, `--junit-path=${junit}`]);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" });
  const tests = readUnitTests(parser.parse(await Deno.readTextFile(junit).catch(() => "")));
  if (tests === undefined) {
    console.error("the unit tests left no report");
    tally.failed++;
    return Math.max(status, 1);
  }
  tally.passed += tests.passed;
  tally.failed += tests.failed;
  tally.skipped += tests.skipped.length;
  tally.notes.push(...skippedTests(tests.skipped));
  return status;
}

async function fixtures(folder: string, tally: Tally): Promise<number> {
  const json = `${folder}/results.json`;
  const status = await run(["task", "--quiet", "conformance", "--json", json]);
  let results;
  try {
    results = parseResults(JSON.parse(await Deno.readTextFile(json)));
  } catch (error) {
    console.error(`the fixtures left no results: ${error instanceof Error ? error.message : error}`);
    tally.failed++;
    return Math.max(status, 1);
  }
  tally.notes.push(...skippedFixtures(results));
  for (const { verdict } of results.runs) {
    if (verdict === "skip") tally.skipped++;
    else if (isExpected(verdict)) tally.passed++;
    else tally.failed++;
  }
  return status;
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0, notes: [] };
const folder = await Deno.makeTempDir({ prefix: "netproof-test-" });
let status = 1;
try {
  const unit = await unitTests(folder, tally);
  const conformance = await fixtures(folder, tally);
  status = unit === 0 && conformance === 0 && tally.failed === 0 ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
if (tally.notes.length > 0) console.log(["", ...tally.notes].join("\n"));
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
Deno.exit(status);
