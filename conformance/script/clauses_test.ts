import { assertEquals } from "@std/assert";
import { clausesAt } from "./clauses.ts";
import { parseScript } from "./parser.ts";

const TEXT = `// title: two clauses
// requires: RFC9293-MUST-5, RFC9293-MUST-56,
//   RFC791-3.1-x
  0 \`a\`
// RFC9293-MUST-5: the first
 +0 \`b\`
 +0 \`c\`
 +0 \`d\` // RFC9293-MUST-56 and RFC9293-MUST-99
// nothing named here
 +0 \`e\`
`;

Deno.test("clauses: a line stands for what is named behind it, else above it, else for all", () => {
  const script = parseScript(TEXT, { path: "t.pkt" });
  const all = ["RFC9293-MUST-5", "RFC9293-MUST-56", "RFC791-3.1-x"];
  assertEquals(clausesAt(script, 4), all);
  assertEquals(clausesAt(script, 6), ["RFC9293-MUST-5"]);
  assertEquals(clausesAt(script, 7), ["RFC9293-MUST-5"]);
  assertEquals(clausesAt(script, 8), ["RFC9293-MUST-56"]);
  assertEquals(clausesAt(script, 10), ["RFC9293-MUST-5"]);
  assertEquals(clausesAt(script, undefined), all);
});
