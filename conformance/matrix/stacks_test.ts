import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../cli/options.ts";
import { reach, STACK_NAMES } from "./stacks.ts";

Deno.test("matrix: each stack is reached by options that the command takes, or it is said how to get it", () => {
  for (const name of STACK_NAMES) {
    const reached = reach(name, []);
    if ("reason" in reached) {
      assert(reached.reason !== "" && reached.remedy.includes(".sh"), name);
      continue;
    }
    const options = parseCommandLine(reached.options, () => {})!;
    assertEquals(options.linux.length + (options.target?.length ?? 0), 1, name);
  }
});

Deno.test("matrix: kernels that are named take the place of the one that was built here", () => {
  assertEquals(reach("linux", ["old=a/linux", "b/linux"]), {
    name: "linux",
    options: ["--linux", "old=a/linux", "--linux", "b/linux"],
  });
});
