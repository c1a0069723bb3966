import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { executeRun } from "../../conformance/runner/execute.ts";
import { planText } from "../../conformance/runner/plan.ts";
import { SimTarget } from "../../conformance/targets/sim.ts";
import { PythonRunner } from "../../conformance/timeline/mod.ts";
import { readExamples } from "../examples.ts";
import { runScript } from "./run_script.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));

Deno.test("every example comes out as on the command line, without files, programs or Python", async () => {
  const examples = await readExamples(FIXTURES);
  assert(examples.length > 300);
  const target = new SimTarget();
  const python = new PythonRunner();
  const differing: string[] = [];
  for (const { path, script } of examples) {
    // Some code blocks are run there by Python itself, where there is one.
    const options = { python, cwd: "/", strict: false, limit_us: 60e6 };
    const expected: string[] = [];
    for (const run of planText({ path, text: script }, undefined)) {
      const { result } = await executeRun(target, run, options);
      if (!/code blocks need/.test(result.message)) {
        expected.push(`${result.variant} ${result.verdict} ${result.message}`);
      }
    }
    const results = await runScript({ script, path, profile: "linux", variant: undefined });
    const actual = results.map(({ variant, verdict, message }) => `${variant} ${verdict} ${message}`);
    if (expected.length === actual.length && expected.join() !== actual.join()) {
      differing.push(`${path}: ${actual} instead of ${expected}`);
    }
  }
  await python.close();
  assertEquals(differing, []);
});

Deno.test("what goes wrong is a verdict", async () => {
  const run = async (script: string) => {
    const [result] = await runScript({ script, path: "x.pkt", profile: "rfc", variant: undefined });
    return [result?.target, result?.verdict, result?.message.split("\n")[0]];
  };
  assertEquals(await run("nonsense"), [
    "rfc",
    "error",
    "x.pkt:1:1: error: syntax error at 'nonsense'",
  ]);
  const [, verdict, message] = await run("`../common/defaults.sh`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n");
  assertEquals([verdict, message], [
    "error",
    "x.pkt: error executing init command: non-zero status 127",
  ]);
});
