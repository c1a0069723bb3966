import { assert, assertEquals } from "@std/assert";
import { complete } from "./complete.ts";

const OPEN = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

/** What is offered at the `|` of a text. */
function labels(text: string, before = OPEN): readonly string[] {
  const whole = before + text;
  const at = whole.indexOf("|");
  return complete(whole.replace("|", ""), at)?.items.map(({ label }) => label) ?? [];
}

Deno.test("what may stand where somebody writes is what the parser takes there", () => {
  assertEquals(labels("+0 > S 0:0(0) |"), ["ack", "win", "urg", "exact"]);
  assertEquals(labels("+0 > S 0:0(0) w|"), ["ack", "win", "urg", "exact"]);
  assertEquals(labels("+0 > S. 0:0(0) ack 1 <mss 1460,TS |\n+0 accept(3, ..., ...) = 4\n"), ["val"]);
  assert(labels("+0 < S 0:0(0) win 100 <|").includes("sackOK"));
  assert(labels("+0 > |").includes("S."));
  assert(labels("+0 |").includes("setsockopt"));
  assert(labels("+0 setsockopt(3, SOL_|").includes("SOL_TCP"));
  assert(labels("+0 > icmp |").includes("unreachable"));
  assert(
    labels("--ip_version=ipv6\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < icmp |", "").includes(
      "packet_too_big",
    ),
  );
  assert(labels("+0 mib(|").includes('"Udp.InCsumErrors"'));
});

Deno.test("errors before do not matter", () => {
  assertEquals(labels("+0 frobnicate )(\n+0 > . 1:1(0) ack 1 <TS |"), ["val"]);
});

Deno.test("headers, options, code blocks and commands have words of their own", () => {
  assert(labels("// re|", "").includes("requires:"));
  assert(labels("--to|", "").includes("--tolerance_usecs="));
  assert(labels("+0 %{ assert tcpi_|").includes("tcpi_snd_cwnd"));
  assert(labels("+0 %{ assert tcpi_rtt > 0 }%\n+0 %{ as|").includes("assert"));
  assertEquals(labels("+0 `ip r|"), []);
  assertEquals(labels("+0 > . 1:1(0) ack 1\n|"), []);
  const clauses = new Map([["RFC9293-MUST-5", "x"]]);
  const text = "// requires: RFC9293-MUST-4, RFC92";
  assertEquals(complete(text, text.length, clauses), {
    from: text.length - 5,
    items: [{ label: "RFC9293-MUST-5", kind: "constant", detail: "x" }],
    unasked: true,
  });
});
