import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../report/results.ts";
import { planText } from "../runner/plan.ts";
import { Baseline, type KnownDeviation } from "./baseline.ts";
import { outdatedEntries, type RunScope } from "./outdated.ts";

const SCRIPT = `// targets: sim, kernel
// variants: ipv4, ipv6

0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
`;
const entry: KnownDeviation = {
  file: "b.json",
  path: "/s/icmp/x.pkt",
  script: "icmp/x.pkt",
  target: "kernel",
  line: 5,
  clause: "RFC 792",
  reason: "because",
};
const planned = planText({ path: "/s/icmp/x.pkt", text: SCRIPT }, undefined);
const run = (more: Partial<RunResult>): RunResult => ({
  script: "/s/icmp/x.pkt",
  variant: "ipv4",
  target: "kernel",
  verdict: "fail",
  duration_us: 1,
  message: "",
  line: 5,
  ...more,
});

function why(one: Partial<KnownDeviation>, scope: Partial<RunScope> = {}): string[] {
  const baseline = new Baseline([{ ...entry, ...one }]);
  const runs = (scope.runs ?? []).map((each) => baseline.apply(each));
  return outdatedEntries(baseline, {
    planned,
    variantsNamed: false,
    targets: ["sim", "kernel", "tun"],
    exists: () => true,
    ...scope,
    runs,
  }).map((each) => each.why);
}

Deno.test("outdated: an entry that holds, or of which the run can't tell, is not", () => {
  assertEquals(planned.map((each) => each.kind), ["ready", "ready"]);
  assertEquals(why({}), []);
  assertEquals(why({}, { runs: [run({})] }), []);
  assertEquals(why({}, { planned: [] }), []);
  assertEquals(why({}, { runs: [run({ verdict: "skip", line: undefined })] }), []);
  assertEquals(why({}, { runs: [run({ target: "sim", line: 4 })] }), []);
  // In another variant it may still hold.
  assertEquals(why({}, { runs: [run({}), run({ variant: "ipv6", line: 4 })] }), []);
});

Deno.test("outdated: a script that is gone can always be said, a target that is not known, too", () => {
  assertEquals(why({}, { planned: [], exists: () => false }), ["the script does not exist"]);
  assertEquals(why({ path: undefined }, { planned: [], exists: () => false }), []);
  assertStringIncludes(why({ target: "kernle" }, { planned: [] })[0]!, "no target kernle");
  assertEquals(why({ target: "mine" }, { targets: ["mine"] }), ["the script's header leaves mine out"]);
});

Deno.test("outdated: what the script itself tells", () => {
  assertEquals(why({ line: 3 }), ["line 3 of the script has no event"]);
  assertEquals(why({ variant: "ipv4-mapped-ipv6" }), ["the script does not run in ipv4-mapped-ipv6"]);
  assertEquals(why({ variant: "ipv4-mapped-ipv6" }, { variantsNamed: true }), []);
  assertEquals(why({ target: "tun" }), ["the script's header leaves tun out"]);
});

Deno.test("outdated: an entry that was not met while its script ran on its target", () => {
  assertEquals(why({}, { runs: [run({ line: 4 })] }), ["the script fails at line 4 instead"]);
  // A pass is told by the run itself.
  const passed = run({ verdict: "pass", line: undefined });
  assertEquals(new Baseline([entry]).apply(passed).verdict, "unexpected-pass");
  assertEquals(why({}, { runs: [passed] }), []);
});

Deno.test("outdated: an entry behind another that takes all its runs", () => {
  const baseline = new Baseline([{ ...entry, reason: "first" }, { ...entry, reason: "second" }]);
  const runs = [baseline.apply(run({}))];
  const found = outdatedEntries(baseline, {
    planned,
    variantsNamed: false,
    targets: ["kernel"],
    exists: () => true,
    runs,
  });
  assertEquals(found.length, 1);
});
