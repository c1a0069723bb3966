import { assertEquals, assertMatch } from "@std/assert";
import { type DeviationName, DEVIATIONS, deviationsOf } from "./deviations.ts";

Deno.test("linux has every deviation, rfc none", () => {
  for (const name of Object.keys(DEVIATIONS) as DeviationName[]) {
    assertEquals(deviationsOf("linux")[name], true);
    assertEquals(deviationsOf("rfc")[name], false);
  }
});

Deno.test("each row names a clause of an RFC or draft", () => {
  for (const { clause } of Object.values(DEVIATIONS)) {
    assertMatch(clause, /^(RFC\d+-\S+|RFC \d+ section \S.*|draft-\S+ section \S+)$/);
  }
});
