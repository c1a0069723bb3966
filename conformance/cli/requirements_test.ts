import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readResults, withOutcome } from "./_testing.ts";

const HEADER = "// requires: RFC9293-MUST-2, RFC9293-MUST-3\n";
const PASSES = `${HEADER}0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`;
const FAILS = `${HEADER}0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 1 // RFC9293-MUST-3\n`;

Deno.test("cli: a failure says which clause broke, in words; results and Markdown have all of them", () =>
  withOutcome(
    { "a.pkt": PASSES, "b.pkt": FAILS },
    [".", "--target", "sim", "--json", "r.json", "--requirements", "r.md"],
    async ({ code, out, folder }) => {
      assertEquals(code, 1);
      const clause = /clause: RFC9293-MUST-3 \(RFC 9293 section [0-9.]+, MUST\): \w+/;
      assert(clause.test(out), out);
      assert(!out.includes("RFC9293-MUST-2 ("), out);
      assert(/^clauses +pass +fail/m.test(out), out);
      const { runs, requirements = [] } = await readResults(folder);
      assertEquals(runs.map((run) => run.requirements?.length), [2, 2]);
      const standing = (id: string) => requirements.find((each) => each.id === id)?.standings["sim"];
      assertEquals([standing("RFC9293-MUST-2"), standing("RFC9293-MUST-3")], ["pass", "fail"]);
      assertEquals(standing("RFC9293-MUST-13"), "not covered");
      assertStringIncludes(await Deno.readTextFile(`${folder}/r.md`), "| RFC9293-MUST-3 (section");
    },
  ));

Deno.test("cli: scripts that name no clause give no table", () =>
  withOutcome(
    { "a.pkt": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" },
    ["a.pkt", "--target", "sim", "--json", "r.json"],
    async ({ code, out, folder }) => {
      assertEquals(code, 0);
      assert(!out.includes("clauses"), out);
      assertEquals((await readResults(folder)).requirements, undefined);
    },
  ));
