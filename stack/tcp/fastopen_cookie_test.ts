import { assert, assertEquals } from "@std/assert";
import { IpAddress } from "../wire/address.ts";
import { toHex } from "../wire/bytes.ts";
import { fastopen_cookie_gen, parse_fastopen_key } from "./fastopen_cookie.ts";

Deno.test("fast open: cookies as Linux makes them from a key", () => {
  const context = parse_fastopen_key("a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4");
  assert(context !== undefined);
  const [client, server] = [IpAddress.parse("192.0.2.1"), IpAddress.parse("192.168.0.1")];
  assertEquals(toHex(fastopen_cookie_gen(client, server, context.keys[0]!)), "3021b9d889017eeb");
});

Deno.test("fast open: keys that are none", () => {
  for (const text of ["", "1-2-3", "1-2-3-g", "1-2-3-4,5", "1-2-3-4,1-2-3-4,1-2-3-4"]) {
    assertEquals(parse_fastopen_key(text), undefined, text);
  }
  assertEquals(parse_fastopen_key("1-2-3-4,5-6-7-8")?.keys.length, 2);
});
