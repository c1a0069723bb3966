import { assertEquals } from "@std/assert";
import { runText } from "../run_text.ts";
import { WARM_UP_SCRIPT } from "./warm_up.ts";

Deno.test("warm-up: its script goes on to the end", async () => {
  for (const variant of ["ipv4", "ipv6"] as const) {
    const { verdict, message } = await runText(WARM_UP_SCRIPT, { variant });
    assertEquals([verdict, message], ["pass", ""]);
  }
});
