import { assertEquals } from "@std/assert";
import { planRuns, planText } from "./plan.ts";

const BROKEN = "// variants: ipv6\n// targets: sim\n0 < [hopopts 01020000] udp (10)\n+0 > udp (10\n";

Deno.test("a header holds whatever is wrong with the rest: the error of its own variant alone", () => {
  const [run, ...more] = planText({ path: "x.pkt", text: BROKEN }, undefined);
  assertEquals([run?.kind, run?.variant, more.length], ["broken", "ipv6", 0]);
  if (run?.kind !== "broken") return;
  assertEquals([/IPv4 has no/.test(run.message), /syntax error at the end/.test(run.message), run.line], [
    false,
    true,
    5,
  ]);
  assertEquals(run.partial?.header.targets, ["sim"]);
});

Deno.test("a script of SCTP's is skipped, and says so", () => {
  const text = "0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3\n+0 > sctp: INIT[flgs=0]\n";
  const [run] = planText({ path: "x.pkt", text }, "ipv4");
  assertEquals(run?.kind === "broken" && [run.skip, run.line, run.message], [
    true,
    2,
    "x.pkt:2: the script tests SCTP, which netproof does not read",
  ]);
});

Deno.test("the grammar may be asked for", () => {
  const source = { path: "x.pkt", text: "0 > . 1:1(0) ack 1\n" };
  for (const dialect of ["packetdrill", "nplab"] as const) {
    const [run] = planRuns([source], { variants: ["ipv4"], definitions: [], dialect });
    assertEquals(run?.kind === "ready" && run.script.dialect, dialect);
  }
});
