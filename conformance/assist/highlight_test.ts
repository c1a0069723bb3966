import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { highlight } from "./highlight.ts";

function parts(text: string): string[] {
  return highlight(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
}

Deno.test("each part of a line is told", () => {
  assertEquals(parts("+.1 < SEW 0:0(0) win 100 <mss 1460>\n").slice(0, 4), ["time +.1", "in <", "in SEW", "number 0"]);
  assertEquals(parts("+0~+.2 > P. 1:2(1)\n").slice(0, 3), ["time +0~+.2", "out >", "out P."]);
  assertEquals(parts('0 open("/dev/zero", O_RDONLY) = 5\n'), [
    "time 0",
    "call open",
    'string "/dev/zero"',
    "symbol O_RDONLY",
    "number 5",
  ]);
  assertEquals(parts("+0 read(3, ..., 1) = -1 EAGAIN (Resource temporarily unavailable)\n").slice(4, 6), [
    "number -1",
    "symbol EAGAIN",
  ]);
  assertEquals(parts("// title: x\n--mtu=1500\n0 `ip link` // y\n+0 %{ assert x }%\n"), [
    "comment // ",
    "key title:",
    "comment  x",
    "option --mtu",
    "number 1500",
    "time 0",
    "command `ip link`",
    "comment // y",
    "time +0",
    "code %{ assert x }%",
  ]);
  assertEquals(parts("0 `never closed\n"), ["time 0", "error `never closed\n"]);
});

Deno.test("whatever the text, no part is over another, and none is empty", () => {
  const words = fc.array(
    fc.constantFrom(
      "+",
      "0",
      ".1",
      "<",
      ">",
      "S.",
      "%{",
      "}%",
      "`",
      '"',
      "//",
      "/*",
      "*/",
      "\n",
      " ",
      "mss",
      "--x",
      "é",
      "(",
    ),
    { maxLength: 30 },
  );
  fc.assert(fc.property(words, (some) => {
    const text = some.join("");
    let at = 0;
    for (const { start, end } of highlight(text)) {
      assert(start >= at && end > start && end <= text.length, JSON.stringify(text));
      at = end;
    }
  }));
});
