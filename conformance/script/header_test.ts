import { assertEquals } from "@std/assert";
import { parseScriptWithWarnings } from "./parser.ts";

const END = "0 `a`\n";

Deno.test("the header's keys are read", () => {
  const { script, warnings } = parseScriptWithWarnings(
    "// SPDX: x\n// title: A title: with a colon\n// requires: RFC9293-MUST-5,\n//   RFC793-x\n" +
      "// deviates: linux — why not\n// strict: yes\n// offload: no\n// targets: sim, kernel\n// programs: ip, tc\n// variants: ipv4, ipv6\n" +
      END,
  );
  const { header } = script;
  assertEquals(header.title, "A title: with a colon");
  assertEquals(header.requires.map(({ value }) => value), ["RFC9293-MUST-5", "RFC793-x"]);
  assertEquals(header.deviates.map(({ target, reason }) => [target, reason]), [["linux", "why not"]]);
  assertEquals([header.strict, header.offload], [true, false]);
  assertEquals([header.targets, header.programs, header.variants], [["sim", "kernel"], ["ip", "tc"], ["ipv4", "ipv6"]]);
  assertEquals(header.entries.map(({ key, span }) => [key, span.line, span.column]), [
    ["title", 2, 4],
    ["requires", 3, 4],
    ["deviates", 5, 4],
    ["strict", 6, 4],
    ["offload", 7, 4],
    ["targets", 8, 4],
    ["programs", 9, 4],
    ["variants", 10, 4],
  ]);
  assertEquals(warnings.length, 0);
});

Deno.test("block comments hold headers too", () => {
  const { header } = parseScriptWithWarnings(`/*\n * title: T\n * strict: no\n */\n${END}`).script;
  assertEquals([header.title, header.strict], ["T", false]);
});

Deno.test("comments behind the first token are no header", () => {
  assertEquals(parseScriptWithWarnings(`0 \`a\`\n// title: T\n`).script.header.title, undefined);
});

Deno.test("a header is only a comment: what is wrong with it warns", () => {
  const { warnings } = parseScriptWithWarnings(
    `// strict: maybe\n// deviates: nothing\n// variants: ipv5\n// require: RFC1\n// Note: fine\n${END}`,
  );
  assertEquals(warnings.map(({ span, severity }) => [span.line, severity]), [
    [1, "warning"],
    [2, "warning"],
    [3, "warning"],
    [4, "warning"],
  ]);
});
