import { assertEquals } from "@std/assert";
import { Sysctl } from "../../sysctl.ts";
import { toHex } from "../../wire/bytes.ts";
import { IpAddress } from "../../wire/address.ts";
import { tcpConfig } from "../config.ts";
import { CookieMill, keysOf } from "./fast_open.ts";

const REMOTE = IpAddress.parse("10.248.0.2");
const LOCAL = IpAddress.parse("192.168.0.2");

function mill(keys: string): CookieMill {
  return new CookieMill(keysOf(tcpConfig(new Sysctl({ "net.ipv4.tcp_fastopen_key": keys }))));
}

// As Linux was seen to make them, so that servers of both kinds behind one address understand each other.
Deno.test("Fast Open: a key's cookie is the one that Linux makes of it", () => {
  const cookie = mill("a0bf63f7-ed803d81-cd641d30-cebc4a90").make(REMOTE, LOCAL)!;
  assertEquals(toHex(cookie), "00abaaabe8e954c2");
});

Deno.test("Fast Open: a cookie is good for the client and keys that it was made with", () => {
  const old = mill("1-2-3-4").make(REMOTE, LOCAL)!;
  const both = mill("5-6-7-8,1-2-3-4");
  assertEquals(both.judge(both.make(REMOTE, LOCAL)!, REMOTE, LOCAL), 0);
  assertEquals(both.judge(old, REMOTE, LOCAL), 1);
  assertEquals(both.judge(old, IpAddress.parse("10.248.0.3"), LOCAL), -1);
  assertEquals(mill("5-6-7-8").judge(old, REMOTE, LOCAL), -1);
});

Deno.test("Fast Open: IPv6 clients get cookies, too", () => {
  const remote = IpAddress.parse("2001:db8::1");
  const local = IpAddress.parse("fd00::1");
  const cookie = mill("1-2-3-4").make(remote, local)!;
  assertEquals([cookie.length, mill("1-2-3-4").judge(cookie, remote, local)], [8, 0]);
});
