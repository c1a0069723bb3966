import { assertEquals } from "@std/assert";
import { readUnitTests, skippedFixtures, skippedTests } from "./skipped.ts";
import type { Results } from "../conformance/report/results.ts";

Deno.test("skipped: tests that were not run are counted apart from those that passed", () => {
  const suite = { testcase: [{ name: "a" }, { name: "b [needs x: install x]", skipped: "" }] };
  const report = {
    testsuites: { tests: "4", failures: "1", errors: "0", testsuite: [suite, { testcase: { name: "c" } }] },
  };
  assertEquals(readUnitTests(report), { passed: 2, failed: 1, skipped: ["b [needs x: install x]"] });
  assertEquals(readUnitTests({ testsuites: { tests: "1", failures: "0", errors: "0" } })?.passed, 1);
  assertEquals(readUnitTests(""), undefined);
});

Deno.test("skipped: one line for each reason, the commonest first, with what would bring the tests", () => {
  const names = [
    "a [needs ping: install iputils-ping]",
    "b [needs root: run as root: really]",
    "c [needs root: run as root: really]",
    "d",
  ];
  assertEquals(skippedTests(names), [
    "2 unit tests skipped: needs root",
    "  run as root: really",
    "1 unit test skipped: needs ping",
    "  install iputils-ping",
    "1 unit test skipped: needs what its name says",
    "  d",
  ]);
});

Deno.test("skipped: targets left out, what the machine limits, and runs", () => {
  const results: Results = {
    schema: 1,
    environment: {
      netproof: "0",
      deno: "2",
      os: "linux",
      kernel: "linux",
      started: "2026-01-01T00:00:00.000Z",
      targets: {},
      left_out: [{ target: "tun", reason: "no device", remedy: "modprobe tun" }],
      limits: [{ target: "kernel", reason: "worlds have reno", remedy: "allow cubic" }],
      command: [],
    },
    runs: [{
      script: "a.pkt",
      variant: "ipv4",
      target: "sim",
      verdict: "skip",
      duration_us: 0,
      message: "a.pkt:3: code blocks need python3, which can't be run here: install Python 3",
    }],
  };
  assertEquals(skippedFixtures(results), [
    "fixtures not run on tun: no device",
    "  modprobe tun",
    "fixtures on kernel: worlds have reno",
    "  allow cubic",
    "1 runs of fixtures skipped: sim: code blocks need python3, which can't be run here: install Python 3",
  ]);
});
