import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "./options.ts";
import { UsageError } from "./usage_error.ts";

Deno.test("options: everything of the contract is taken", () => {
  const options = parseCommandLine([
    "a.pkt",
    "folder",
    "--target",
    "sim,kernel",
    "--variant=ipv4,ipv4-mapped-ipv6",
    "--filter",
    "mss/.*",
    "--jobs",
    "8",
    "--shard",
    "2/3",
    "--retries",
    "2",
    "--define",
    "A=1",
    "--define",
    "B=two",
    "--cwd",
    "/",
    "--json",
    "r.json",
    "--junit",
    "r.xml",
    "--tap",
    "r.tap",
    "--html",
    "r.html",
    "--pcap",
    "caps",
    "--baseline",
    "b.json",
    "--watch",
    "--verbose",
  ])!;
  assertEquals(options.paths, ["a.pkt", "folder"]);
  assertEquals(options.target, ["sim", "kernel"]);
  assertEquals(options.variant, ["ipv4", "ipv4-mapped-ipv6"]);
  assertEquals(options.filter?.source, "mss\\/.*");
  assertEquals([options.jobs, options.retries], [8, 2]);
  assertEquals(options.shard, { index: 2, count: 3 });
  assertEquals(options.define, ["A=1", "B=two"]);
  assertEquals([options.json, options.junit, options.tap], ["r.json", "r.xml", "r.tap"]);
  assertEquals([options.html, options.pcap, options.baseline], ["r.html", "caps", "b.json"]);
  assertEquals([options.cwd, options.watch, options.verbose], ["/", true, true]);
});

Deno.test("options: without any, defaults", () => {
  const options = parseCommandLine([])!;
  assertEquals(options.paths, []);
  assertEquals(options.target, undefined);
  assertEquals(options.variant, undefined);
  assertEquals([options.retries, options.limit, options.watch, options.verbose], [0, 180, false, false]);
});

for (
  const [args, part] of [
    [["--frobnicate"], "unknown option '--frobnicate'"],
    [["--targt", "sim"], "--target"],
    [["--target", "linux"], "'linux' is no target; there are sim, tun, kernel"],
    [["--variant", "ipv5"], "'ipv5' is no variant"],
    [["--jobs", "0"], "whole number of at least 1"],
    [["--jobs", "many"], "whole number"],
    [["--shard", "3/2"], "I/N"],
    [["--filter", "("], "Invalid regular expression"],
    [["--define", "novalue"], "NAME=VALUE"],
    [["--limit", "-1"], "positive"],
    [["--json"], "argument missing"],
  ] as const
) {
  Deno.test(`options: ${args.join(" ")} is refused in words`, () => {
    const error = assertThrows(() => parseCommandLine(args), UsageError);
    assertStringIncludes(error.message, part);
  });
}
