import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../report/results.ts";
import { UsageError } from "../cli/usage_error.ts";
import { Baseline } from "./baseline.ts";

const failed: RunResult = {
  script: "fixtures/icmp/x.pkt",
  variant: "ipv4",
  target: "kernel",
  verdict: "fail",
  duration_us: 1,
  message: "fixtures/icmp/x.pkt:7: no",
  line: 7,
};
const entry = { script: "icmp/x.pkt", target: "kernel", line: 7, clause: "RFC 792", reason: "because" };

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

Deno.test("baseline: other targets, variants and names that only end alike are not meant", () => {
  const baseline = new Baseline([{ ...entry, variant: "ipv6" }]);
  assertEquals(baseline.apply(failed).verdict, "fail");
  assertEquals(new Baseline([entry]).apply({ ...failed, target: "sim" }).verdict, "fail");
  assertEquals(new Baseline([entry]).apply({ ...failed, script: "fixtures/noicmp/x.pkt" }).verdict, "fail");
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
