import { assertEquals } from "@std/assert";
import { machineCauses, skipCauses } from "./machine.ts";
import type { RunResult } from "./results.ts";

function run(script: string, verdict: RunResult["verdict"], message: string, what?: string): RunResult {
  const lack = what === undefined ? {} : { failure: { kind: "machine" as const, lack: { what, remedy: "mend it" } } };
  return { script, variant: "ipv4", target: "kernel", verdict, duration_us: 0, message, ...lack };
}

Deno.test("causes: one that meets many runs is told once, the commonest first", () => {
  const runs = [
    run("a.pkt", "error", "a.pkt: no x", "no x"),
    run("b.pkt", "error", "b.pkt:3: no y", "no y"),
    run("c.pkt", "error", "c.pkt:9: no y", "no y"),
    run("d.pkt", "error", "d.pkt: the harness failed"),
    run("e.pkt", "expected-fail", "", "no y"),
  ];
  const told = machineCauses(runs).map(({ what, remedy, runs }) => [what, remedy, runs.length]);
  assertEquals(told, [["no y", "mend it", 2], ["no x", "mend it", 1]]);
});

Deno.test("causes: skips are grouped by what they say beside the place", () => {
  const runs = [
    run("d/a.pkt", "skip", "d/a.pkt:7: code blocks need python3"),
    run("d/b.pkt", "skip", "d/b.pkt: code blocks need python3"),
    run("d/c.pkt", "pass", ""),
  ];
  assertEquals(skipCauses(runs).map(({ what, runs }) => [what, runs.length]), [[
    "kernel: code blocks need python3",
    2,
  ]]);
});
