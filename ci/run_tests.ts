/**
 * `deno task test`: the unit tests, then the fixtures on every target that can run here, and one closing line that
 * counts both.
 *
 * @module
 */
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { parseResults } from "../conformance/report/results_schema.ts";
import { isExpected } from "../conformance/report/summary.ts";

const count = z.coerce.number().int().nonnegative();
const JUnit = z.object({
  testsuites: z.object({ tests: count, failures: count, errors: count }),
});

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
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
  const parsed = JUnit.safeParse(parser.parse(await Deno.readTextFile(junit).catch(() => "")));
  if (!parsed.success) {
    console.error("the unit tests left no report");
    tally.failed++;
    return Math.max(status, 1);
  }
  const { tests, failures, errors } = parsed.data.testsuites;
  tally.passed += tests - failures - errors;
  tally.failed += failures + errors;
  return status;
}

async function fixtures(folder: string, tally: Tally): Promise<number> {
  const json = `${folder}/results.json`;
  const status = await run(["task", "--quiet", "conformance", "--json", json]);
  let runs;
  try {
    runs = parseResults(JSON.parse(await Deno.readTextFile(json))).runs;
  } catch (error) {
    console.error(`the fixtures left no results: ${error instanceof Error ? error.message : error}`);
    tally.failed++;
    return Math.max(status, 1);
  }
  for (const { verdict } of runs) {
    if (verdict === "skip") tally.skipped++;
    else if (isExpected(verdict)) tally.passed++;
    else tally.failed++;
  }
  return status;
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const folder = await Deno.makeTempDir({ prefix: "netproof-test-" });
let status = 1;
try {
  const unit = await unitTests(folder, tally);
  const conformance = await fixtures(folder, tally);
  status = unit === 0 && conformance === 0 && tally.failed === 0 ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
Deno.exit(status);
