import { assertEquals } from "@std/assert";
import { IpAddress } from "../../wire/address.ts";
import { allows, EVERYBODY, isMembership, mergeFilters, NOBODY, type SourceFilter, sourceFilter } from "./filter.ts";

const [A, B, C, D] = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map((text) => IpAddress.parse(text)) as [
  IpAddress,
  IpAddress,
  IpAddress,
  IpAddress,
];

function words({ mode, sources }: SourceFilter): string {
  return `${mode} {${[...sources.keys()].map((key) => key.slice(-1)).sort().join()}}`;
}

Deno.test("filters add up as RFC 9776 section 3.2 has it in its examples", () => {
  const exclude = (...sources: IpAddress[]) => sourceFilter("exclude", sources);
  const include = (...sources: IpAddress[]) => sourceFilter("include", sources);
  assertEquals(words(mergeFilters([exclude(A, B, C, D), exclude(B, C, D, A), include(D)])), "exclude {1,2,3}");
  assertEquals(words(mergeFilters([exclude(A, B), exclude(B, C), include(D)])), "exclude {2}");
  assertEquals(words(mergeFilters([include(A, B), include(B, C)])), "include {1,2,3}");
  assertEquals(words(mergeFilters([include(A), EVERYBODY])), "exclude {}");
  assertEquals(mergeFilters([]), NOBODY);
});

Deno.test("what a filter lets in", () => {
  assertEquals([NOBODY, EVERYBODY].map((one) => [isMembership(one), allows(one, A)]), [[false, false], [true, true]]);
  assertEquals(allows(sourceFilter("include", [A]), B), false);
  assertEquals(allows(sourceFilter("exclude", [A]), B), true);
});
