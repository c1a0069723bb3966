import { assert, assertEquals } from "@std/assert";
import { Lead } from "./lead.ts";

Deno.test("lead: follows what threads take, and is not taken in by one that was held up", () => {
  const lead = new Lead();
  assertEquals(lead.us, 0);
  lead.note(400);
  assertEquals(lead.us, 400);
  lead.note(50_000);
  assertEquals(lead.us, 520);
  for (let i = 0; i < 50; i++) lead.note(200);
  assert(Math.abs(lead.us - 200) <= 1, `${lead.us}`);
  lead.note(-5);
  assertEquals(lead.us, 160);
});
