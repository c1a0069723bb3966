import { assert, assertEquals, assertRejects } from "@std/assert";
import { needing } from "../../host/test_support.ts";
import { UnsupportedError } from "../targets/target.ts";
import { PythonRunner } from "./python.ts";

const PYTHON = { programs: ["python3"] };

const programOf = (texts: readonly string[], limit_ms = 10_000) => ({
  blocks: texts.map((text, i) => ({ line: i + 1, text, variables: { x: i + 1 } })),
  path: "/tmp/x.pkt",
  cwd: "/tmp",
  limit_ms,
});
const job = (text: string, limit_ms?: number) => programOf([text], limit_ms);

needing(PYTHON, "each job has a namespace of its own, and its own folder", async () => {
  const python = new PythonRunner();
  assertEquals((await python.run(programOf(["assert x == 1", "assert x == 2"]))).status, 0);
  assertEquals((await python.run(job("import os; assert os.getcwd() == '/tmp'; leak = 1"))).status, 0);
  const outcome = await python.run(job("_line = 7\nprint('said')\nleak"));
  assertEquals([outcome.status, outcome.line], [1, 7]);
  assertEquals(outcome.error, "NameError: name 'leak' is not defined");
  assert(outcome.output.startsWith("said\nTraceback"), outcome.output);
  await python.close();
});

needing(PYTHON, "jobs at once are answered each with its own", async () => {
  const python = new PythonRunner();
  const outcomes = await Promise.all([0, 1, 0, 2].map((status) => python.run(job(`raise SystemExit(${status})`))));
  assertEquals(outcomes.map((one) => one.status), [0, 1, 0, 2]);
  await python.close();
});

needing(PYTHON, "a job that does not end is ended when its time is up, and the next one runs", async () => {
  const python = new PythonRunner();
  const began = performance.now();
  const outcome = await python.run(job("while True: pass", 500));
  assert(performance.now() - began < 5000);
  assertEquals([outcome.status, outcome.endless], [1, true]);
  assertEquals(outcome.error, "code blocks still running after 0.5 s, when the time was up");
  assertEquals((await python.run(job("pass"))).status, 0);
  await python.close();
});

needing(PYTHON, "a job that does not end neither keeps the others waiting nor takes them down with it", async () => {
  const python = new PythonRunner();
  let ended = false;
  const endless = python.run(job("while True: pass", 6000)).finally(() => ended = true);
  const others = await Promise.all([0, 3, 0].map((status) => python.run(job(`raise SystemExit(${status})`, 6000))));
  assert(!ended);
  assertEquals(others.map((one) => one.status), [0, 3, 0]);
  assertEquals((await endless).endless, true);
  await python.close();
});

needing(PYTHON, "a job that ends the interpreter says so, those behind it run", async () => {
  const python = new PythonRunner();
  const [ended, next] = await Promise.all([python.run(job("import os; os._exit(3)")), python.run(job("pass"))]);
  assertEquals(ended.error, "the interpreter ended with status 3 inside the code blocks");
  assertEquals(next.status, 0);
  await python.close();
});

needing(PYTHON, "what a job prints without end is cut, and takes no memory", async () => {
  const python = new PythonRunner();
  const pages = "int(open('/proc/self/statm').read().split()[1])";
  const text = `before = ${pages}\nfor i in range(20000): print('x' * 100000)\n` +
    `assert ${pages} - before < 20000\nraise SystemExit(1)`;
  const outcome = await python.run(job(text));
  assertEquals([outcome.error, outcome.output.length], ["SystemExit: 1", 16384]);
  await python.close();
});

needing(PYTHON, "jobs can't disturb the answers", async () => {
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
