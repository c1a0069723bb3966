import { assert, assertEquals } from "@std/assert";
import { ETIMEDOUT } from "../../abi/errno.ts";
import * as T from "../../abi/tcp_constants.ts";
import { int } from "../../abi/memory.ts";
import { Stack } from "../stack.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { Pair, pattern, read, write } from "./_testing.ts";
import { IpAddress } from "../wire/address.ts";
import { insideOldTcp } from "../tcp_old.ts";

const SO_KEEPALIVE = 9;

/** From now on the second host hears and says nothing. */
function cut(pair: Pair): void {
  pair.b.setUp(pair.b.ip.device("veth0")!, false);
}

Deno.test("syn: sent again after 1 s, four times at the same distance, then doubling (RFC 6298, tcp_syn_linear_timeouts)", () => {
  const at: number[] = [];
  const stack: Stack = new Stack({ sysctl: { "net.ipv4.tcp_syn_retries": 3 } });
  const device = new CallbackDevice({
    transmit: (packet) => {
      if (packet.protocol === 6) at.push(stack.net.now);
    },
  });
  stack.addDevice(device);
  stack.addAddress(device, "192.0.2.1/24");
  const client = insideOldTcp(stack).create(2);
  client.connect({ address: IpAddress.parse("192.0.2.2"), port: 80 });
  stack.runUntil(60e6);
  assertEquals(at.map((us) => us / 1e6), [0, 1, 2, 3, 4, 5, 7, 11]);
  assertEquals(client.sk_state, T.TCP_CLOSE);
  assertEquals(client.sock_error(), -ETIMEDOUT);
});

Deno.test("keep-alive: probes an idle peer, and gives up when none is answered", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  client.setsockopt(6, T.TCP_KEEPIDLE, int(10));
  client.setsockopt(6, T.TCP_KEEPINTVL, int(2));
  client.setsockopt(6, T.TCP_KEEPCNT, int(3));
  client.setsockopt(1, SO_KEEPALIVE, int(1));
  pair.seen.length = 0;
  pair.run(35e6);
  assert(pair.seen.length >= 6, "probes and their answers");
  assertEquals([client.sk_state, server.sk_state], [T.TCP_ESTABLISHED, T.TCP_ESTABLISHED]);
  cut(pair);
  pair.run(30e6);
  assertEquals(client.sk_state, T.TCP_CLOSE);
  assertEquals(read(client), -ETIMEDOUT);
});

Deno.test("user timeout: unacknowledged data ends the connection in time", () => {
  const pair = new Pair();
  const { client } = pair.establish();
  client.setsockopt(6, T.TCP_USER_TIMEOUT, int(3000));
  cut(pair);
  write(client, pattern(100));
  pair.run(2_500_000);
  assertEquals(client.sk_state, T.TCP_ESTABLISHED);
  pair.run(2_000_000);
  assertEquals(client.sk_state, T.TCP_CLOSE);
});

Deno.test("retransmission: doubles from 200 ms, gives up after tcp_retries2", () => {
  const pair = new Pair({ sysctl: { "net.ipv4.tcp_retries2": 5 } });
  const { client } = pair.establish();
  cut(pair);
  write(client, pattern(100));
  pair.run(100e6);
  assertEquals(client.sk_state, T.TCP_CLOSE);
  assertEquals(read(client), -ETIMEDOUT);
  assert(pair.a.net.mib.get("TcpExt.TCPTimeouts") >= 5);
});

Deno.test("nothing is left to do once both ends are closed", () => {
  const pair = new Pair();
  const { client, server, listener } = pair.establish();
  client.close();
  server.close();
  listener.close();
  pair.run(120e6);
  assertEquals(pair.a.net.timers.size + pair.b.net.timers.size - timersOfAnIdlePair(), 0);
});

function timersOfAnIdlePair(): number {
  const idle = new Pair();
  idle.run(120e6);
  return idle.a.net.timers.size + idle.b.net.timers.size;
}
