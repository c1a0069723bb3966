import { assertEquals } from "@std/assert";
import { toHex } from "../wire/bytes.ts";
import { md5 } from "./md5.ts";

const text = (octets: string) => new TextEncoder().encode(octets);

// The test suite of RFC 1321, appendix A.5.
Deno.test("MD5: the values of RFC 1321", () => {
  for (
    const [message, digest] of [
      ["", "d41d8cd98f00b204e9800998ecf8427e"],
      ["a", "0cc175b9c0f1b6a831c399e269772661"],
      ["abc", "900150983cd24fb0d6963f7d28e17f72"],
      ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
      ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
      ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
      ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
    ] as const
  ) {
    assertEquals(toHex(md5(text(message))), digest);
  }
});

Deno.test("MD5: parts count as one message", () => {
  assertEquals(md5(text("ab"), text(""), text("c")), md5(text("abc")));
});
