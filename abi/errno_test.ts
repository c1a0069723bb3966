import { assertEquals } from "@std/assert";
import { EAGAIN, EDEADLK, EDEADLOCK, ENOTSUP, EOPNOTSUPP, EWOULDBLOCK } from "./errno.ts";
import { errnoName, errnoNumber, strerror } from "./errno_text.ts";

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
  assertEquals([EWOULDBLOCK, EDEADLOCK, ENOTSUP], [EAGAIN, EDEADLK, EOPNOTSUPP]);
  assertEquals([errnoName(11), errnoName(35), errnoName(95)], ["EAGAIN", "EDEADLK", "EOPNOTSUPP"]);
});

Deno.test("every number has a name and a text, and no two have the same", () => {
  const names = Array.from({ length: 133 }, (_, i) => errnoName(i + 1)).filter((name) => name.startsWith("E"));
  assertEquals([names.length, new Set(names).size], [131, 131]);
  for (const name of names) assertEquals(errnoName(errnoNumber(name)!), name);
  assertEquals(new Set(names.map((name) => strerror(errnoNumber(name)!))).size, 131);
});
