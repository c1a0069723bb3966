import { assertEquals } from "@std/assert";
import { printable } from "./output.ts";

Deno.test("lines and tabs stay, other control characters are shown", () => {
  assertEquals(printable("a\tb\nc\r\u0007\u009b2J", false), "a\tb\nc\ufffd\ufffd\ufffd2J");
});

Deno.test("colours stay where they are wanted; what else drives a terminal never does", () => {
  assertEquals(printable("\u001b[31mred\u001b[39m", true), "\u001b[31mred\u001b[39m");
  assertEquals(printable("\u001b[31mred", false), "\ufffd[31mred");
  assertEquals(printable("\u001b[2J\u001b]0;title\u0007", true), "\ufffd[2J\ufffd]0;title\ufffd");
});
