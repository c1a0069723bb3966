import { assertEquals } from "@std/assert";
import { Sysctl } from "../sysctl.ts";
import { TcpOptionsReceived } from "../wire/tcp_options.ts";
import { tcpConfig } from "./config.ts";
import { Negotiated } from "./negotiated.ts";

function settled(offer: Record<string, string>, peer: Partial<TcpOptionsReceived>): Negotiated {
  const negotiated = new Negotiated();
  negotiated.offer(tcpConfig(new Sysctl(offer)));
  negotiated.receiveScale = 7;
  negotiated.settle(Object.assign(new TcpOptionsReceived(), peer), 536);
  return negotiated;
}

Deno.test("negotiated: what both sides say is on", () => {
  const all = settled({}, { saw_tstamp: true, sack_ok: true, wscale_ok: true, snd_wscale: 3, mss_clamp: 1400 });
  assertEquals([all.timestamps, all.sack, all.windowScaling, all.sendScale, all.receiveScale, all.peerMss], [
    true,
    true,
    true,
    3,
    7,
    1400,
  ]);
});

Deno.test("negotiated: what one side leaves out is off, windows are not scaled at all then", () => {
  const bare = settled({}, {});
  assertEquals([bare.timestamps, bare.sack, bare.windowScaling, bare.sendScale, bare.receiveScale, bare.peerMss], [
    false,
    false,
    false,
    0,
    0,
    536,
  ]);
  const ours = settled(
    { "net.ipv4.tcp_sack": "0", "net.ipv4.tcp_timestamps": "0", "net.ipv4.tcp_window_scaling": "0" },
    { saw_tstamp: true, sack_ok: true, wscale_ok: true, snd_wscale: 3 },
  );
  assertEquals([ours.timestamps, ours.sack, ours.windowScaling, ours.sendScale], [false, false, false, 0]);
});
