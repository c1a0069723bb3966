import { assertEquals, assertMatch } from "@std/assert";
import { loadCatalogue } from "../requirements/catalogue.ts";
import { clausesOf } from "./clauses.ts";
import { hoverAt } from "./hover.ts";

const CLAUSES = clausesOf(await loadCatalogue());

/** What is said at the `|` of a text. */
function said(text: string): readonly string[] | undefined {
  const plain = text.replace("|", "");
  const hover = hoverAt(plain, text.indexOf("|"), CLAUSES);
  return hover && [plain.slice(hover.start, hover.end), hover.title, hover.text];
}

Deno.test("a clause is told with its place and our words for it", () => {
  const [place, title, text] = said("// requires: RFC9293-MUST-4, RFC92|93-MUST-13\n0 close(3) = 0\n")!;
  assertEquals([place, title], ["RFC9293-MUST-13", "RFC9293-MUST-13"]);
  assertMatch(text!, /^\(RFC 9293 section 3\.6\.1, MUST\): [A-Z]/);
});

Deno.test("words of the language are told", () => {
  assertEquals(said("// str|ict: yes\n0 close(3) = 0\n")?.[1], "strict:");
  assertEquals(said("--m|tu=1500\n0 close(3) = 0\n"), ["--mtu", "--mtu", "MTU of the device"]);
  assertEquals(said("0 bi|nd(3, ..., ...) = 0\n"), ["bind", "bind", "bind(fd, ..., ...)"]);
  assertEquals(said("0 socket(..., SOCK_STR|EAM, 0) = 3\n"), ["SOCK_STREAM", "SOCK_STREAM", "1"]);
  assertEquals(said("0 > |S. 0:0(0) ack 1\n"), ["S.", "S.", "SYN, ACK"]);
  assertEquals(said("0 |> S. 0:0(0) ack 1\n")?.[2], "a packet that the stack must send");
  assertEquals(said("0 > S 0:0(0) <sack|OK>\n")?.[1], "sackOK");
});

Deno.test("of other things nothing is said", () => {
  assertEquals(said("0 read(3, ..., 1|0) = 0\n"), undefined);
  assertEquals(said("// to|String: constructor\n0 constr|uctor(3) = 0\n"), undefined);
  assertEquals(said("// RFC1-MUST|-1\n0 close(3) = 0\n"), undefined);
  assertEquals(said("|"), undefined);
});
