import { assertEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import { fromHex, toHex } from "../wire/bytes.ts";
import { givenOptions, readHeaderOptions } from "./header_options.ts";

/** Options as given, and whether Linux 6.18 takes them by setsockopt(IP_OPTIONS), as watched. */
const WATCHED: readonly [string, boolean][] = [
  ["830b08c0000305c000030600", false],
  ["830a04c0000305c000030600", false],
  ["83030400", false],
  ["83040400", false],
  ["8306040000000000", false],
  ["830704c000030500", true],
  ["830705c000030500", false],
  ["070704c000030500", true],
  ["070708c000030500", true],
  ["070704c000030507070400000000", false],
  ["44080500000003054408050000000305", false],
  ["4408050000000305", true],
  ["4408050100000305", false],
  ["4408050200000305", true],
  ["440c05020000030500000000", true],
  ["4408090000000305", true],
  ["440605000000", false],
  ["44040500", true],
  ["44030500", false],
  ["94040000", true],
  ["94030000", false],
  ["94040001", true],
  ["99040001", true],
  ["820b00010000000000000000", true],
  ["890704c0000305830704c0000305", false],
  ["890704c0000305070704c0000305", true],
  ["070504c000000000", false],
  ["070404c000000000", false],
  ["070304c000000000", false],
  ["070705c000000000", false],
  ["440c05010000030500000000", true],
  ["440c05030000030500000000", true],
  ["440c05040000030500000000", true],
  ["440c06000000030500000000", true],
  ["440c0b000000030500000000", false],
  ["440a09000000030500000000", false],
];

Deno.test("options that a program gives are taken or refused as Linux does", () => {
  for (const [hex, taken] of WATCHED) assertEquals(readHeaderOptions(fromHex(hex)) !== undefined, taken, hex);
});

Deno.test("a source route gives its head away and has room for the destination at its end", () => {
  const given = fromHex("01830b04cb007109cb00710800");
  const options = readHeaderOptions(given)!;
  assertEquals(toHex(options.octets), "01830b04cb0071080000000000000000");
  assertEquals(options.firstHop, IpAddress.parse("203.0.113.9"));
  assertEquals(toHex(givenOptions(options)), "01830b04cb007109cb00710800000000");
});

Deno.test("options longer than a header has room for are refused, none are taken", () => {
  assertEquals(readHeaderOptions(new Uint8Array(41)), undefined);
  assertEquals(readHeaderOptions(new Uint8Array(0)), { octets: new Uint8Array(0), firstHop: undefined });
});
