import { relative } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../report/results.ts";
import { UsageError } from "../cli/usage_error.ts";
import { Baseline, type KnownDeviation } from "./baseline.ts";

const failed: RunResult = {
  script: "fixtures/icmp/x.pkt",
  variant: "ipv4",
  target: "kernel",
  verdict: "fail",
  duration_us: 1,
  message: "fixtures/icmp/x.pkt:7: no",
  line: 7,
};
const entry: KnownDeviation = {
  file: "b.json",
  path: undefined,
  script: "icmp/x.pkt",
  target: "kernel",
  line: 7,
  clause: "RFC 792",
  reason: "because",
};

Deno.test("baseline: a known failure at its line is expected", () => {
  const run = new Baseline([entry]).apply(failed);
  assertEquals([run.verdict, run.reason], ["expected-fail", "RFC 792: because"]);
});

Deno.test("baseline: a failure at another line stays one and says so", () => {
  const run = new Baseline([entry]).apply({ ...failed, line: 9 });
  assertEquals(run.verdict, "fail");
  assertStringIncludes(run.reason!, "line 7");
});

Deno.test("baseline: a known failure that passes is unexpected", () => {
  assertEquals(new Baseline([entry]).apply({ ...failed, verdict: "pass" }).verdict, "unexpected-pass");
});

Deno.test("baseline: what came out both ways is neither the known failure nor its end", () => {
  const run = new Baseline([entry]).apply({ ...failed, verdict: "flaky" });
  assertEquals(run.verdict, "flaky");
  assertStringIncludes(run.reason!, "RFC 792: because");
});

Deno.test("baseline: a stack that dies of a script is expected where an entry says so, what else is an error is not", () => {
  const died: RunResult = { ...failed, verdict: "error", failure: { kind: "target" } };
  const dies = new Baseline([{ ...entry, verdict: "error" }]);
  assertEquals(dies.apply(died).verdict, "expected-fail");
  assertEquals(dies.apply(died).clause, "RFC 792");
  assertEquals(dies.apply({ ...died, failure: { kind: "machine" } }).verdict, "error");
  // It failed, but it lived.
  assertEquals(dies.apply(failed).verdict, "fail");
  assertEquals(new Baseline([entry]).apply(died).verdict, "error");
});

Deno.test("baseline: other targets, variants and names that only end alike are not meant", () => {
  const baseline = new Baseline([{ ...entry, variant: "ipv6" }]);
  assertEquals(baseline.apply(failed).verdict, "fail");
  assertEquals(new Baseline([entry]).apply({ ...failed, target: "sim" }).verdict, "fail");
  assertEquals(new Baseline([entry]).apply({ ...failed, script: "fixtures/noicmp/x.pkt" }).verdict, "fail");
});

Deno.test("baseline: of several entries the one that fits best is meant", () => {
  const baseline = new Baseline([
    { ...entry, line: 9, reason: "elsewhere" },
    { ...entry, reason: "here" },
    { ...entry, variant: "ipv4", reason: "in this variant" },
  ]);
  assertEquals(baseline.apply(failed).reason, "RFC 792: in this variant");
  assertEquals(baseline.apply({ ...failed, variant: "ipv6" }).reason, "RFC 792: here");
  assertEquals(baseline.apply({ ...failed, variant: "ipv6", line: 9 }).reason, "RFC 792: elsewhere");
});

Deno.test("baseline: a user's own speaks for the targets that it names, and adds targets", () => {
  const user = new Baseline([{ ...entry, target: "mine", reason: "mine" }]);
  const both = user.and(new Baseline([{ ...entry, target: "mine", line: 9, reason: "theirs" }, entry]));
  assertEquals(both.apply(failed).verdict, "expected-fail");
  assertEquals(both.apply({ ...failed, target: "mine" }).reason, "RFC 792: mine");
  assertEquals(both.entries.length, 2);
});

Deno.test("baseline: with a folder of scripts, a script is known however it is named, and no other", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/scripts/icmp`, { recursive: true });
    await Deno.mkdir(`${folder}/copies/icmp`, { recursive: true });
    for (const place of ["scripts", "copies"]) await Deno.writeTextFile(`${folder}/${place}/icmp/x.pkt`, "");
    await Deno.symlink(`${folder}/scripts/icmp/x.pkt`, `${folder}/link.pkt`);
    await Deno.symlink(`${folder}/scripts`, `${folder}/elsewhere`);
    const { script, target, line, clause, reason } = entry;
    const document = {
      schema: 1,
      measured: "x",
      scripts: "../scripts",
      entries: [{ script, target, line, clause, reason }],
    };
    await Deno.mkdir(`${folder}/ci`);
    await Deno.writeTextFile(`${folder}/ci/b.json`, JSON.stringify(document));
    const baseline = await Baseline.read(`${folder}/ci/b.json`);
    const verdict = (path: string) => baseline.apply({ ...failed, script: path }).verdict;
    assertEquals(verdict(`${folder}/scripts/icmp/x.pkt`), "expected-fail");
    assertEquals(verdict(`${folder}/link.pkt`), "expected-fail");
    assertEquals(verdict(`${folder}/elsewhere/icmp/../icmp/x.pkt`), "expected-fail");
    assertEquals(verdict(relative(Deno.cwd(), `${folder}/scripts/icmp/x.pkt`)), "expected-fail");
    assertEquals(verdict(`${folder}/copies/icmp/x.pkt`), "fail");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("baseline: a file that is none is said, with the place", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, '{"schema":1,"measured":"x","entries":[{"script":"a"}]}');
    const error = await assertRejects(() => Baseline.read(path), UsageError);
    assertStringIncludes(error.message, "entries[0]");
    await Deno.writeTextFile(path, "{");
    assertStringIncludes((await assertRejects(() => Baseline.read(path), UsageError)).message, "not JSON");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("baseline: an entry of a target's family is about it, unless one is about itself", () => {
  const family = { ...entry, target: "linux", reason: "all of them" };
  const own = { ...entry, target: "linux-6.1", reason: "this one" };
  const run = { ...failed, target: "linux-6.1" };
  assertEquals(new Baseline([family]).apply(run, "linux").reason, "RFC 792: all of them");
  assertEquals(new Baseline([family]).apply(run).verdict, "fail");
  assertEquals(new Baseline([family, own]).apply(run, "linux").reason, "RFC 792: this one");
});
