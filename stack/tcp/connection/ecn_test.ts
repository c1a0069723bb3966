import { assertEquals } from "@std/assert";
import { CWR, ECE } from "../../wire/tcp.ts";
import { Ecn } from "./ecn.ts";

function agreed(): Ecn {
  const ecn = new Ecn();
  ecn.on = true;
  return ecn;
}

Deno.test("ECN: nothing of it before the SYNs agreed", () => {
  const ecn = new Ecn();
  assertEquals(ecn.received(3, 0, true), false);
  ecn.reduced();
  assertEquals([ecn.outgoingFlags(true), ecn.codepoint(100, true)], [0, 0]);
});

Deno.test("ECN: a mark is echoed until CWR comes (RFC 3168 section 6.1.3)", () => {
  const ecn = agreed();
  assertEquals(ecn.received(3, 0, true), true);
  assertEquals(ecn.received(3, 0, true), false);
  assertEquals([ecn.outgoingFlags(false), ecn.outgoingFlags(false)], [ECE, ECE]);
  ecn.received(2, CWR, true);
  assertEquals([ecn.outgoingFlags(false), ecn.seen], [0, true]);
});

Deno.test("ECN: a mark on the packet with CWR begins another echo", () => {
  const ecn = agreed();
  ecn.received(3, 0, true);
  ecn.received(3, CWR, true);
  assertEquals(ecn.outgoingFlags(false), ECE);
});

Deno.test("ECN: CWR goes once, with new text (section 6.1.2)", () => {
  const ecn = agreed();
  ecn.reduced();
  assertEquals([ecn.outgoingFlags(false), ecn.outgoingFlags(true), ecn.outgoingFlags(true)], [0, CWR, 0]);
});

Deno.test("ECN: only new text is ECN-capable (sections 6.1.4, 6.1.5), with DCTCP everything", () => {
  const ecn = agreed();
  assertEquals([ecn.codepoint(100, true), ecn.codepoint(100, false), ecn.codepoint(0, false)], [2, 0, 0]);
  ecn.precise = true;
  assertEquals([ecn.codepoint(100, false), ecn.codepoint(0, false)], [2, 2]);
});
