import { assert, assertEquals } from "@std/assert";
import { probeKernel } from "./kernel/probe.ts";
import type { Session, WorldOptions } from "./target.ts";
import { AF_INET, datagram, ping, PORT, socketAddress, TestPeer, worldOf } from "./test_peer.ts";
import { TunTarget } from "./tun.ts";

const ignore = !probeKernel().available;
const SOCK_DGRAM = 2;
const IPPROTO_UDP = 17;

async function withSession(body: (session: Session, peer: TestPeer, options: WorldOptions) => Promise<void>) {
  const target = new TunTarget();
  try {
    const options = worldOf("ipv4", "/tmp");
    const session = await target.open(options);
    try {
      await body(session, new TestPeer(session, options), options);
    } finally {
      await session.close();
    }
  } finally {
    await target.close();
  }
}

Deno.test({
  name: "tun: our stack in its own process answers a ping and counts it",
  ignore,
  fn: () =>
    withSession(async (session) => {
      await session.start();
      assertEquals(await ping(session), 0);
      assertEquals((await session.counters()).get("Icmp.InEchos"), 1);
    }),
});

Deno.test({
  name: "tun: a call that blocks starts, waits, and ends when a packet wakes it",
  ignore,
  fn: () =>
    withSession(async (session, peer, options) => {
      const made = await peer.call({ name: "socket", domain: AF_INET, type: SOCK_DGRAM, protocol: IPPROTO_UDP });
      const fd = made.result;
      const address = socketAddress(options.localIp, PORT);
      assertEquals((await peer.call({ name: "bind", fd, address, length: address.length })).result, 0);
      await session.start();
      const call = session.call({ name: "recvfrom", fd, buffer: true, length: 100, flags: 0, wantAddress: true });
      await call.started;
      assertEquals(call.outcome, undefined);
      await session.waitUntil(50_000);
      assertEquals(call.outcome, undefined);
      session.inject({ bytes: datagram(options, 4711, PORT, new Uint8Array([1, 2, 3])) });
      const received = await call.settled;
      assertEquals([received.result, received.data], [3, new Uint8Array([1, 2, 3])]);
      assertEquals(received.address, socketAddress(options.remoteIp, 4711));
      assert(received.ended_us >= 50_000 && received.ended_us < 150_000, `ended at ${received.ended_us}`);
    }),
});

Deno.test({
  name: "tun: commands act on the stack of their world only",
  ignore,
  fn: () =>
    withSession(async (session) => {
      assertEquals((await session.command("sysctl -n net.ipv4.tcp_sack")).output, "1\n");
      assertEquals((await session.command("sysctl -q net.ipv4.tcp_sack=0")).status, 0);
      assertEquals((await session.command("sysctl -n net.ipv4.tcp_sack")).output, "0\n");
      await withSession(async (other) => {
        assertEquals((await other.command("sysctl -n net.ipv4.tcp_sack")).output, "1\n");
      });
    }),
});
