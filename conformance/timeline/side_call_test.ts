/** What calls on the side owe to the target's way of telling that they wait. */
import { assertEquals } from "@std/assert";
import { replay } from "./_fake_session.ts";

Deno.test("where nobody says when a call on the side began, what it took to hear of it is not the stack's", async () => {
  const text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...0.02 connect(3, ..., ...) = 0\n+0.05 `true`\n";
  const answer = { took_us: 8000, blocks_us: 12_000, unseen: true };
  const calls = { calls: ({ name }: { name: string }) => name === "connect" ? answer : undefined };
  const { message, facts } = await replay(text, calls, { virtualTime: false });
  assertEquals([message, facts!.held_us, facts!.late_us], ["", 8000, 0]);
});
