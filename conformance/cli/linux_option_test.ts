import { assertEquals, assertThrows } from "@std/assert";
import { type ConformanceOptions, parseCommandLine } from "./options.ts";
import { parseLinux } from "./linux_option.ts";
import { UsageError } from "./usage_error.ts";

function parse(args: readonly string[]): ConformanceOptions | undefined {
  return parseCommandLine(args, () => {});
}

Deno.test("--linux: a file, or a name and a file", () => {
  assertEquals(parseLinux("net-next/linux"), { name: undefined, file: "net-next/linux" });
  assertEquals(parseLinux("old=../linux"), { name: "old", file: "../linux" });
  assertEquals(parseLinux("./a=b"), { name: undefined, file: "./a=b" });
});

Deno.test("--linux: what can't be used is said", () => {
  for (
    const [value, message] of [
      ["", "'' is not [NAME=]FILE"],
      ["old=", "'old=' is not [NAME=]FILE"],
      ["=linux", "'' can't name a target"],
      ["kernel=linux", "'kernel' is the name of a target of ours"],
    ] as const
  ) assertThrows(() => parseLinux(value), Error, message);
});

Deno.test("--linux: may be repeated, under different names", () => {
  const options = parse(["--linux", "a=x", "--linux", "y", "--target", "linux,linux-6.12"])!;
  assertEquals(options.linux, [{ name: "a", file: "x" }, { name: undefined, file: "y" }]);
  assertThrows(() => parse(["--linux", "a=x", "--adapter", "a=y"]), UsageError, "there are two targets a");
  assertThrows(() => parse(["--linux", "a=x", "--target", "b"]), UsageError, "'b' is no target");
  assertThrows(() => parse(["--linux", "a=x", "--target", "linux-6.1"]), UsageError, "is no target");
  assertThrows(() => parse(["--target", "linux"]), UsageError, "there is no kernel to boot");
});
