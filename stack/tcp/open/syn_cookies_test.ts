import { assertEquals, assertNotEquals } from "@std/assert";
import { Mib } from "../../mib.ts";
import type { Net } from "../../net.ts";
import { seededRandom } from "../../random.ts";
import { Sysctl } from "../../sysctl.ts";
import { Timers } from "../../timers.ts";
import { decodeOptions, encodeOptions, SynCookies } from "./syn_cookies.ts";

function net(): Net {
  return {
    now: 1e9,
    realtime_offset_us: 0,
    timers: new Timers(),
    random: seededRandom(3),
    sysctl: new Sysctl(),
    mib: new Mib(),
  };
}

const TUPLE = Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x80, 0x01);

Deno.test("SYN cookies: one that came back says the MSS, no larger than it was", () => {
  const cookies = new SynCookies(net());
  for (const [mss, said] of [[1460, 1460], [1459, 1440], [1200, 536], [9000, 1460], [100, 536]] as const) {
    assertEquals(cookies.check(cookies.make(TUPLE, 77, mss, 4), TUPLE, 77, 4), said);
  }
});

Deno.test("SYN cookies: another four-tuple, ISN or number is refused", () => {
  const cookies = new SynCookies(net());
  const cookie = cookies.make(TUPLE, 77, 1460, 4);
  const other = TUPLE.slice();
  other[0] = 11;
  assertEquals(cookies.check(cookie, other, 77, 4), undefined);
  assertEquals(cookies.check(cookie, TUPLE, 78, 4), undefined);
  assertEquals(cookies.check((cookie ^ 4) >>> 0, TUPLE, 77, 4), undefined);
});

Deno.test("SYN cookies: they are good for two minutes, not three", () => {
  const world = net();
  const cookies = new SynCookies(world);
  const cookie = cookies.make(TUPLE, 77, 1460, 4);
  world.now += 60e6;
  assertEquals(cookies.check(cookie, TUPLE, 77, 4), 1460);
  world.now += 130e6;
  assertEquals(cookies.check(cookie, TUPLE, 77, 4), undefined);
});

Deno.test("SYN cookies: without one sent lately no ACK is believed", () => {
  const world = net();
  const cookie = new SynCookies(world).make(TUPLE, 77, 1460, 4);
  // The same secret, but no cookie was sent.
  world.now += 1;
  const again = new SynCookies(net());
  assertEquals(again.check(cookie, TUPLE, 77, 4), undefined);
});

Deno.test("SYN cookies: another secret makes other cookies", () => {
  const world = net();
  assertNotEquals(new SynCookies(world).make(TUPLE, 1, 1460, 4), new SynCookies(world).make(TUPLE, 1, 1460, 4));
});

Deno.test("SYN cookies: the timestamp brings the options back and is not ahead of the clock", () => {
  for (const now of [0x1234_5678, 0xffff_ffff, 1000]) {
    for (
      const options of [{ windowScale: 7, sack: true, ecn: false }, { windowScale: undefined, sack: false, ecn: true }]
    ) {
      const value = encodeOptions(now, options);
      assertEquals(decodeOptions(value), options);
      assertEquals(((now - value) >>> 0) < 128, true);
    }
  }
});
