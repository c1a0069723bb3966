import { assert, assertEquals } from "@std/assert";
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { Pair, pattern, transfer } from "./_testing.ts";

Deno.test("syn cookies: a connection that nobody remembered stands with its options", () => {
  for (const timestamps of [0, 1]) {
    const pair = new Pair({ sysctl: { "net.ipv4.tcp_syncookies": 2, "net.ipv4.tcp_timestamps": timestamps } });
    const { client, server, listener } = pair.establish();
    assertEquals(listener.requests.size, 0);
    assertEquals(server.sk_state, TCP_ESTABLISHED);
    assertEquals(server.rx_opt.sack_ok, timestamps === 1);
    assertEquals(server.rx_opt.wscale_ok, timestamps === 1);
    assertEquals(server.rx_opt.mss_clamp, 1460);
    const data = pattern(100_000);
    assertEquals(transfer(pair, client, server, data, 20e6), data);
    assert(pair.b.net.mib.get("TcpExt.SyncookiesRecv") >= 1);
    assertEquals(pair.b.net.mib.get("TcpExt.SyncookiesFailed"), 0);
  }
});
