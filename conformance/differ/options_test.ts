import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../cli/usage_error.ts";
import { parseDifferOptions } from "./options.ts";

Deno.test("differ's options: what is given, and what stands for the rest", () => {
  const given = parseDifferOptions(["--seed", "5", "--count", "20", "--kind", "send", "--only", "3,4"], 0)!;
  assertEquals([given.seed, given.count, given.kind, given.only, given.target], [5, 20, ["send"], [3, 4], "sim"]);
  assertEquals(parseDifferOptions([], 1_234_567)!.seed, 234_567);
  assertEquals(parseDifferOptions([], 0)!.kind, ["receive", "send", "ip"]);
});

Deno.test("differ's options: what can't be is refused with a reason", () => {
  for (
    const [args, what] of [
      [["--kind", "eat"], "--kind.0"],
      [["--count", "0"], "--count"],
      [["--seed", "x"], "not a whole number"],
      [["--target", "nobody"], "--target"],
      [["--frobnicate"], "unknown option"],
    ] as const
  ) {
    assertThrows(() => parseDifferOptions([...args], 0), UsageError, what);
  }
});
