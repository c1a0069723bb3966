import { assertEquals } from "@std/assert";
import { printable } from "./printable.ts";

Deno.test("lines and tabs stay, other control characters are shown", () => {
  assertEquals(printable("a\tb\nc\r\u0007\u009b2J", false), "a\tb\nc\\x0d\\x07\\x9b2J");
});

Deno.test("colours stay where they are wanted; what else drives a terminal never does", () => {
  assertEquals(printable("\u001b[31mred\u001b[39m", true), "\u001b[31mred\u001b[39m");
  assertEquals(printable("\u001b[31mred", false), "\\x1b[31mred");
  assertEquals(printable("\u001b[2J\u001b]0;title\u0007", true), "\\x1b[2J\\x1b]0;title\\x07");
});

Deno.test("nothing is hidden, and nothing turns the direction of writing", () => {
  assertEquals(printable("a\u001b[8mb\u001b[28m", true), "a\\x1b[8mb\\x1b[28m");
  assertEquals(printable("a\u202eb\u2066c\u200f", true), "a\\u{202e}b\\u{2066}c\\u{200f}");
});
