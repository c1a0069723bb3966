import { assert, assertEquals } from "@std/assert";
import { IPPROTO_DSTOPTS, IPPROTO_FRAGMENT, IPPROTO_HOPOPTS, IPPROTO_ICMPV6 } from "../../abi/socket_constants.ts";
import { fragment61, fragment62, fragment63, mld2Report } from "./_kernel_frames.ts";
import { fromHex } from "./bytes.ts";
import * as extension from "./ipv6_extension.ts";

Deno.test("a kernel's hop-by-hop options and fragments", () => {
  assertEquals(extension.check(mld2Report, 54, mld2Report.length, IPPROTO_HOPOPTS), undefined);
  assertEquals([extension.nextHeader(mld2Report, 54), extension.headerLength(mld2Report, 54)], [IPPROTO_ICMPV6, 8]);
  const types: number[] = [];
  for (let at = 56; at < 62; at = extension.nextOption(mld2Report, at, 62)) types.push(mld2Report[at]!);
  assertEquals(types, [extension.IPV6_TLV_ROUTERALERT, extension.IPV6_TLV_PADN]);
  const offsets = [fragment61, fragment62, fragment63].map((frame) => {
    assertEquals(extension.check(frame, 54, frame.length, IPPROTO_FRAGMENT), undefined);
    assertEquals([extension.nextHeader(frame, 54), extension.identification(frame, 54)], [IPPROTO_ICMPV6, 0xb22747ca]);
    assertEquals(extension.lengthOf(IPPROTO_FRAGMENT, frame, 54), extension.FRAGMENT_LENGTH);
    return [extension.fragmentOffset(frame, 54), extension.moreFragments(frame, 54)];
  });
  assertEquals(offsets, [[0, true], [1448, true], [2896, false]]);
});

Deno.test("each problem is found", () => {
  const bytes = fromHex("0601000000000000 0000000000000000");
  assertEquals(extension.check(bytes, 0, 16, IPPROTO_DSTOPTS), undefined);
  assertEquals(extension.check(bytes, 0, 15, IPPROTO_DSTOPTS), "truncated");
  assertEquals(extension.check(bytes, 0, 7, IPPROTO_FRAGMENT), "truncated");
  assertEquals(extension.check(bytes, 0, 8, IPPROTO_FRAGMENT), undefined);
  assertEquals(extension.check(bytes, 0, 16, IPPROTO_ICMPV6), "type");
  assertEquals([0x1e, 0x5e, 0x9e, 0xde].map(extension.unknownOptionAction), [
    "skip",
    "discard",
    "report",
    "report-unicast",
  ]);
  assertEquals(extension.nextOption(fromHex("00"), 0, 1), 1);
  assertEquals(extension.nextOption(fromHex("0102"), 0, 2), -1);
  assertEquals(extension.nextOption(fromHex("05"), 0, 1), -1);
});

Deno.test("headers are padded to a multiple of 8", () => {
  assertEquals(extension.build(fromHex("05020000"), true), fromHex("0000050200000100"));
  assertEquals(extension.build(fromHex("0502000000"), true), fromHex("0000050200000000"));
  assertEquals(extension.build(fromHex("00000000"), false), fromHex("0000000000000000"));
  assertEquals(extension.build(new Uint8Array(7), true), fromHex("000100000000000000 01050000000000"));
});

Deno.test("fragment header accessors", () => {
  const bytes = new Uint8Array(8);
  extension.setNextHeader(bytes, 0, 17);
  extension.setOffsetAndMore(bytes, 0, 1448 | extension.IP6_MF);
  extension.setIdentification(bytes, 0, 0xfedcba98);
  assertEquals(extension.nextHeader(bytes, 0), 17);
  assertEquals(extension.fragmentOffset(bytes, 0), 1448);
  assertEquals(extension.offsetAndMore(bytes, 0), 1449);
  assert(extension.moreFragments(bytes, 0));
  assertEquals(extension.identification(bytes, 0), 0xfedcba98);
});
