import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../targets/target.ts";
import { PythonRunner } from "./python.ts";

const job = (source: string) => ({ source, snapshots: [{ x: 1 }, { x: 2 }], cwd: "/tmp" });

Deno.test("each job has a namespace of its own, and its own folder", async () => {
  const python = new PythonRunner();
  assertEquals((await python.run(job("_netproof_set(0)\nassert x == 1\n_netproof_set(1)\nassert x == 2"))).status, 0);
  assertEquals((await python.run(job("import os; assert os.getcwd() == '/tmp'; leak = 1"))).status, 0);
  const outcome = await python.run(job("_line = 7\nprint('said')\nleak"));
  assertEquals([outcome.status, outcome.line], [1, 7]);
  assertEquals(outcome.error, "NameError: name 'leak' is not defined");
  assert(outcome.output.startsWith("said\nTraceback"), outcome.output);
  await python.close();
});

Deno.test("jobs at once are answered each with its own", async () => {
  const python = new PythonRunner();
  const outcomes = await Promise.all([0, 1, 0, 2].map((status) => python.run(job(`raise SystemExit(${status})`))));
  assertEquals(outcomes.map((one) => one.status), [0, 1, 0, 2]);
  await python.close();
});

Deno.test("a job that does not end is ended, and the next one runs", async () => {
  const python = new PythonRunner({ limit_ms: 1000 });
  const outcome = await python.run(job("while True: pass"));
  assertEquals(outcome.status, 1);
  assertEquals(outcome.error, "code blocks still running after 1 s");
  assertEquals((await python.run(job("pass"))).status, 0);
  await python.close();
});

Deno.test("jobs can't disturb the answers", async () => {
  const python = new PythonRunner();
  const text = "import os, sys\nos.write(1, b'x\\n')\nsys.__stdout__.write('y\\n')\nassert sys.stdin.read() == ''";
  assertEquals((await python.run(job(text))).status, 0);
  assertEquals((await python.run(job("pass"))).status, 0);
  await python.close();
});

Deno.test("without an interpreter, code is not supported", async () => {
  const python = new PythonRunner({ command: "/no/such/python3" });
  await assertRejects(() => python.run(job("pass")), UnsupportedError, "install Python 3");
  await python.close();
});
