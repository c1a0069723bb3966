import { assertEquals } from "@std/assert";
import { judgeOptions, type OptionJudge, type OptionsVerdict } from "./ipv6_options.ts";

const UNLIMITED = { length: Infinity, number: 8 };
const KNOWN: ReadonlyMap<number, OptionJudge> = new Map([[5, () => "accept"]]);

/** Options behind two octets of header. */
function judge(options: readonly number[], limits = UNLIMITED): OptionsVerdict {
  const bytes = Uint8Array.of(0xff, 0xff, ...options);
  return judgeOptions(bytes, 0, bytes.length, KNOWN, limits);
}

Deno.test("ipv6 options: padding is zeros, and no more than aligns", () => {
  assertEquals(judge([1, 5, 0, 0, 0, 0, 0]), "accept");
  assertEquals(judge([0, 0, 0, 0, 0, 0, 0]), "accept");
  assertEquals(judge([1, 1, 7]), "discard");
  assertEquals(judge([1, 6, 0, 0, 0, 0, 0, 0]), "discard");
  assertEquals(judge([1, 4, 0, 0, 0, 0, 0, 0]), "discard");
  // An option in between begins anew.
  assertEquals(judge([1, 4, 0, 0, 0, 0, 5, 0, 1, 4, 0, 0, 0, 0]), "accept");
});

Deno.test("ipv6 options: what is unknown goes by the two highest bits of its type (RFC 8200 section 4.2)", () => {
  assertEquals(judge([0x1e, 0]), "accept");
  assertEquals(judge([0x5e, 0]), "discard");
  assertEquals(judge([0x9e, 0]), { code: 2, at: 2, unicastOnly: false });
  assertEquals(judge([0, 0, 0xde, 0]), { code: 2, at: 4, unicastOnly: true });
});

Deno.test("ipv6 options: one that leads out of the header, or has no room for its length, is no option", () => {
  assertEquals(judge([0x1e, 1]), "discard");
  assertEquals(judge([5, 0, 0x1e]), "discard");
});

Deno.test("ipv6 options: how many there are and how long they are is bounded; below zero only known ones may be there", () => {
  const two = [5, 0, 0x1e, 0];
  assertEquals(judge(two, { length: 6, number: 2 }), "accept");
  assertEquals(judge(two, { length: 5, number: 2 }), "discard");
  assertEquals(judge(two, { length: 6, number: 1 }), "discard");
  assertEquals(judge(two, { length: 6, number: -2 }), "discard");
  assertEquals(judge([5, 0, 5, 0], { length: 6, number: -2 }), "accept");
  assertEquals(judge([5, 0, 5, 0], { length: 6, number: -1 }), "discard");
});
