import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "./options.ts";
import { UsageError } from "./usage_error.ts";

function noHelp(text: string): void {
  throw new Error(`help was shown: ${text}`);
}

Deno.test("options: everything of the contract is taken", () => {
  const options = parseCommandLine([
    "a.pkt",
    "folder",
    "--target",
    "sim,kernel,mine",
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
    "--adapter",
    "mine=python3 'my adapter.py' --port 7",
    "--adapter=other=./other",
    "--no-commands",
    "--watch",
    "--verbose",
  ], noHelp)!;
  assertEquals(options.paths, ["a.pkt", "folder"]);
  assertEquals(options.target, ["sim", "kernel", "mine"]);
  assertEquals(options.adapter, [
    { name: "mine", command: "python3", args: ["my adapter.py", "--port", "7"] },
    { name: "other", command: "./other", args: [] },
  ]);
  assertEquals(options.commands, false);
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
  const options = parseCommandLine([], noHelp)!;
  assertEquals(options.paths, []);
  assertEquals(options.target, undefined);
  assertEquals(options.variant, undefined);
  assertEquals([options.adapter, options.commands], [[], true]);
  assertEquals([options.retries, options.limit, options.watch, options.verbose], [6, 180, false, false]);
});

for (
  const [args, part] of [
    [["--frobnicate"], "unknown option '--frobnicate'"],
    [["--targt", "sim"], "--target"],
    [["--target", "linux"], "there is no kernel to boot"],
    [["--target", "mine", "--adapter", "my=a"], "'mine' is no target; there are sim, tun, kernel, rfc, my"],
    [["--adapter", "python3 a.py"], "is not NAME=COMMAND"],
    [["--adapter", "=a"], "is not NAME=COMMAND"],
    [["--adapter", "kernel=a"], "'kernel' is the name of a target of ours"],
    [["--adapter", "RFC=a"], "'RFC' is the name of a target of ours"],
    [["--adapter", "my stack=a"], "'my stack' can't name a target"],
    [["--adapter", `${"x".repeat(41)}=a`], "can't name a target"],
    [["--adapter", "mine="], "the command of mine is empty"],
    [["--adapter", "mine=''"], "the command of mine is empty"],
    [["--adapter", "mine='a b"], "the command of mine has a quote without its end"],
    [["--adapter", "mine=a", "--adapter", "mine=b"], "there are two adapters mine"],
    [["--no-comands"], "--no-commands"],
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
    const error = assertThrows(() => parseCommandLine(args, noHelp), UsageError);
    assertStringIncludes(error.message, part);
  });
}
