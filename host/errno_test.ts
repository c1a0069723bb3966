import { assertEquals, assertThrows } from "@std/assert";
import { check, SystemError } from "./errno.ts";

Deno.test("check passes results on and throws errors", () => {
  assertEquals(check(7, "read"), 7);
  const error = assertThrows(() => check(-13, "open /x", "no luck"), SystemError);
  assertEquals(error.message, "open /x: EACCES (Permission denied): no luck");
  assertEquals([error.errno, error.code, error.syscall], [13, "EACCES", "open /x"]);
});
