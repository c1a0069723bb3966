import { assert, assertEquals } from "@std/assert";
import { checkScript, parseScript } from "../script/mod.ts";
import type { RunResult } from "../report/results.ts";
import { differences } from "./difference.ts";
import { lives, type Sample } from "./generate.ts";
import { packetLines } from "./packet_lines.ts";
import { scriptText } from "./trial.ts";

function linesOf(life: Sample) {
  assert("packets" in life);
  return packetLines(life);
}

Deno.test("differ ip: every script is one, and the same seed gives the same", () => {
  const texts = () =>
    lives("ip", 7, 200).map(({ value }, i) => scriptText(value, `ip-${i}`, linesOf(value), () => undefined));
  const all = texts();
  assertEquals(all, texts());
  for (const [i, text] of all.entries()) {
    const script = parseScript(text, {
      path: `ip-${i}.pkt`,
      ipVersion: text.includes("variants: ipv6") ? "ipv6" : "ipv4",
    });
    assertEquals(checkScript(script).filter(({ severity }) => severity !== "warning"), [], text);
  }
  assert(all.some((text) => text.includes("frag ")) && all.some((text) => text.includes("hopopts")));
});

Deno.test("differ ip: a counter that differs is a difference", () => {
  const run = (growth: string): RunResult => ({
    script: "x.pkt",
    variant: "ipv4",
    target: "sim",
    verdict: "pass",
    duration_us: 1,
    message: "",
    evidence: [{ kind: "code", time_us: 1, line: 9, text: "", seen: { "Ip.InReceives": growth } }],
  });
  assertEquals(differences(run("+3"), run("+3")), []);
  assertEquals(differences(run("+3"), run("+2")).map(({ kind }) => kind), ["counter Ip.InReceives"]);
});
