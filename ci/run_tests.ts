/**
 * `deno task test`: the unit tests, then the fixtures on every target that can run here, then what was skipped and what
 * would bring it, and one closing line that counts all. With `--bare-too` all of it once more as on a machine with nothing
 * installed (`bare_path.sh`), counted in the same line.
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

/** Variables to run in, in addition to ours. */
type Variables = Readonly<Record<string, string>>;

async function run(args: readonly string[], env: Variables): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null", env: { ...env } }).spawn();
  return (await child.status).code;
}

async function unitTests(folder: string, tally: Tally, env: Variables): Promise<number> {
  const junit = `${folder}/unit.xml`;
  const permissions = ["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"];
  const status = await run(["test", "--doc", "--quiet", ...permissions, `--junit-path=${junit}`], env);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" });
  const tests = readUnitTests(parser.parse(await Deno.readTextFile(junit).catch(() => "")));
  if (tests === undefined) {
    console.error("the unit tests left no report");
    tally.failed++;
    return Math.max(status, 1);
  }
  tally.passed += tests.passed;
  tally.failed += tests.failed;
  if (status !== 0 && tests.failed === 0) {
    // A file that can't be loaded has no test that the report could name.
    console.error("the unit tests failed outside of any test");
    tally.failed++;
  }
  tally.skipped += tests.skipped.length;
  tally.notes.push(...skippedTests(tests.skipped));
  return status;
}

/** The fixtures on the targets that run by themselves, or on those of `options`. */
async function fixtures(folder: string, tally: Tally, env: Variables, options: readonly string[]): Promise<number> {
  const json = `${folder}/results.json`;
  const status = await run(["task", "--quiet", "conformance", ...options, "--json", json], env);
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

/** Runs everything and says whether all went well. */
async function everything(tally: Tally, env: Variables): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-test-" });
  try {
    const unit = await unitTests(folder, tally, env);
    const conformance = await fixtures(folder, tally, env, []);
    // The profile that follows the RFCs is asked for by name only.
    const profile = await fixtures(folder, tally, env, ["--target", "rfc"]);
    return unit === 0 && conformance === 0 && profile === 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A search path with nothing in it but a runtime and a shell with its utilities. */
async function makeBarePath(folder: string): Promise<Variables> {
  const script = new URL("./bare_path.sh", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command("sh", { args: [script, folder], stderr: "inherit" }).output();
  if (!success) throw new Error("bare_path.sh failed");
  return { PATH: new TextDecoder().decode(stdout).trim() };
}

async function everythingBare(tally: Tally): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-bare-" });
  try {
    console.log("\nThe same as on a machine with nothing installed:");
    const { notes, ...counts } = tally;
    const bare: Tally = { ...counts, notes: [] };
    const good = await everything(bare, await makeBarePath(folder));
    if (bare.notes.length > 0) notes.push("with nothing installed:", ...bare.notes.map((note) => `  ${note}`));
    Object.assign(tally, { passed: bare.passed, failed: bare.failed, skipped: bare.skipped });
    return good;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0, notes: [] };
let good = await everything(tally, {});
if (Deno.args.includes("--bare-too")) good = await everythingBare(tally) && good;
if (tally.notes.length > 0) console.log(["", ...tally.notes].join("\n"));
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
Deno.exit(good && tally.failed === 0 ? 0 : 1);
