import { assertEquals } from "@std/assert";
import { EINVAL, ENOENT } from "../../abi/errno.ts";
import { IpAddress } from "../wire/address.ts";
import { toHex } from "../wire/bytes.ts";
import { md5, Md5Keys } from "./md5.ts";
import { Pair, pattern, transfer } from "./_testing.ts";
import { TCP_ESTABLISHED, TCP_MD5SIG } from "../../abi/tcp_constants.ts";

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

Deno.test("md5: RFC 1321 test suite", () => {
  assertEquals(toHex(md5(ascii(""))), "d41d8cd98f00b204e9800998ecf8427e");
  assertEquals(toHex(md5(ascii("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  assertEquals(toHex(md5(ascii("abcdefghijklmnopqrstuvwxyz"))), "c3fcd3d76192e4007dfb496cca67e13b");
  assertEquals(
    toHex(md5(ascii("12345678901234567890123456789012345678901234567890123456789012345678901234567890"))),
    "57edf4a22be3c955ac49da2e2107b67a",
  );
});

Deno.test("md5 keys: the longest prefix counts; removing what is not there fails", () => {
  const keys = new Md5Keys();
  assertEquals(keys.set(IpAddress.parse("192.0.2.0"), 24, ascii("net")), 0);
  assertEquals(keys.set(IpAddress.parse("192.0.2.7"), 32, ascii("host")), 0);
  assertEquals(keys.lookup(IpAddress.parse("192.0.2.7")), ascii("host"));
  assertEquals(keys.lookup(IpAddress.parse("192.0.2.8")), ascii("net"));
  assertEquals(keys.lookup(IpAddress.parse("192.0.3.8")), undefined);
  assertEquals(keys.set(IpAddress.parse("192.0.2.9"), 32, ascii("")), -ENOENT);
  assertEquals(keys.set(IpAddress.parse("192.0.2.7"), 32, ascii("")), 0);
  assertEquals(keys.lookup(IpAddress.parse("192.0.2.7")), ascii("net"));
});

/** `struct tcp_md5sig` for an IPv4 peer. */
function md5sig(peer: IpAddress, key: Uint8Array): Uint8Array {
  const value = new Uint8Array(216);
  value[0] = 2;
  peer.write(value, 4);
  value[130] = key.length;
  value.set(key, 136);
  return value;
}

Deno.test("a signed connection carries data; without the key nothing is answered", () => {
  const pair = new Pair();
  const listener = pair.socket(1);
  const [a, b] = [IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.2")];
  assertEquals(listener.setsockopt(6, TCP_MD5SIG, md5sig(a, ascii("secret"))), 0);
  assertEquals(listener.setsockopt(6, TCP_MD5SIG, new Uint8Array(10)), -EINVAL);
  listener.bind({ address: b, port: 80 });
  listener.listen(3);
  const stranger = pair.connect(80);
  const client = pair.socket(0);
  client.setsockopt(6, TCP_MD5SIG, md5sig(b, ascii("secret")));
  client.connect({ address: b, port: 80 });
  pair.run(100_000);
  assertEquals(client.sk_state, TCP_ESTABLISHED);
  assertEquals(stranger.sk_state, 2);
  const server = listener.accept();
  if (typeof server === "number") throw new Error("no connection");
  const data = pattern(20_000);
  assertEquals(transfer(pair, client, server, data, 5e6), data);
});
