import { assertEquals } from "@std/assert";
import { CallbackDevice } from "../../link/callback_device.ts";
import { Sysctl } from "../../sysctl.ts";
import { tcpConfig } from "../config.ts";
import { burstSegments, deviceLimit } from "./burst.ts";

function burst(request: Partial<Parameters<typeof burstSegments>[2]>, settings: Record<string, string> = {}): number {
  const device = new CallbackDevice({ gso_max_size: 65_536, transmit: () => {} });
  const config = tcpConfig(new Sysctl(settings));
  return burstSegments(device, config, { mss: 1000, pacingRate: Infinity, minRtt: Infinity, least: 0, ...request });
}

Deno.test("burst: what leaves in a millisecond, within the settings and the device", () => {
  assertEquals(burst({ pacingRate: 10_240_000 }), 10);
  assertEquals(burst({ pacingRate: 1000 }), 2);
  assertEquals(burst({ pacingRate: 1000 }, { "net.ipv4.tcp_min_tso_segs": "10" }), 10);
  assertEquals(burst({ pacingRate: 1000, least: 4 }), 4);
  assertEquals(burst({}), 65);
});

Deno.test("burst: a near peer gets more at once", () => {
  const rate = { pacingRate: 1000 };
  assertEquals(burst({ ...rate, minRtt: 100 }), 65);
  assertEquals(burst({ ...rate, minRtt: 1100 }), 16);
  assertEquals(burst({ ...rate, minRtt: 1100 }, { "net.ipv4.tcp_tso_rtt_log": "0" }), 2);
});

Deno.test("burst: a device that cuts nothing is no limit, one segment always fits", () => {
  const plain = new CallbackDevice({ transmit: () => {} });
  assertEquals(deviceLimit(plain, 1000) > 60_000, true);
  const small = new CallbackDevice({ gso_max_size: 1000, transmit: () => {} });
  assertEquals(deviceLimit(small, 1460), 1460);
});
