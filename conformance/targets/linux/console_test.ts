import { assertEquals } from "@std/assert";
import { ConsoleTail } from "./console.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("linux console: the last lines are kept, without line ends and empty lines", () => {
  const console = new ConsoleTail();
  for (let i = 0; i < 1000; i++) console.add(bytes(`line ${i}\r\n\n`));
  console.add(bytes("ha"));
  console.add(bytes("lf"));
  assertEquals(console.last().at(-1), "half");
  assertEquals(console.last().at(-2), "line 999");
  assertEquals(console.last().length, 12);
});

Deno.test("linux console: of a panic, what it was and what came before, not the addresses", () => {
  const console = new ConsoleTail();
  console.add(bytes(`before\nKernel panic - not syncing: why\n${"Stack: 0123\n".repeat(50)}`));
  assertEquals(console.last(), ["before", "Kernel panic - not syncing: why"]);
});

Deno.test("linux console: a line without end takes no memory", () => {
  const console = new ConsoleTail();
  for (let i = 0; i < 100; i++) console.add(bytes("x".repeat(1000)));
  assertEquals(console.last(), ["x".repeat(500)]);
});
