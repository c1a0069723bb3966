import { assertEquals, assertThrows } from "@std/assert";
import { check, ERRNO, errnoName, errnoNumber, strerror, SystemError } from "./errno.ts";

Deno.test("error numbers have Linux's names and glibc's texts", () => {
  assertEquals(errnoName(93), "EPROTONOSUPPORT");
  assertEquals(strerror(93), "Protocol not supported");
  assertEquals(strerror(11), "Resource temporarily unavailable");
  assertEquals(strerror(133), "Memory page has hardware error");
  assertEquals(errnoNumber("ECONNREFUSED"), 111);
  assertEquals(errnoNumber("ENOSUCH"), undefined);
  assertEquals([strerror(0), strerror(4000), errnoName(4000)], ["Success", "Unknown error 4000", "errno 4000"]);
});

Deno.test("aliases have a number, and the number has one name", () => {
  assertEquals([ERRNO.EWOULDBLOCK, ERRNO.EDEADLOCK, ERRNO.ENOTSUP], [ERRNO.EAGAIN, ERRNO.EDEADLK, ERRNO.EOPNOTSUPP]);
  assertEquals([errnoName(11), errnoName(35), errnoName(95)], ["EAGAIN", "EDEADLK", "EOPNOTSUPP"]);
});

Deno.test("check passes results on and throws errors", () => {
  assertEquals(check(7, "read"), 7);
  const error = assertThrows(() => check(-13, "open /x", "no luck"), SystemError);
  assertEquals(error.message, "open /x: EACCES (Permission denied): no luck");
  assertEquals([error.errno, error.code, error.syscall], [13, "EACCES", "open /x"]);
});
