import { AF_INET, IPPROTO_UDP, SOCK_DGRAM } from "../../abi/socket_constants.ts";
import { assert, assertEquals } from "@std/assert";
import { ACK, FIN, PSH } from "../../stack/wire/tcp.ts";
import { needed } from "../../host/test_support.ts";
import type { IpVersion, Session, WorldOptions } from "./target.ts";
import { datagram, ping, PORT, socketAddress, TestPeer, worldOf } from "./test_peer.ts";
import { TunTarget } from "./tun.ts";

const NEEDS = { privilege: "tun" } as const;

async function withSession(
  body: (session: Session, peer: TestPeer, options: WorldOptions) => Promise<void>,
  ipVersion: IpVersion = "ipv4",
) {
  const target = new TunTarget();
  try {
    const options = worldOf(ipVersion, "/tmp");
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
  ...needed(NEEDS, "tun: our stack in its own process answers a ping and counts it"),
  fn: () =>
    withSession(async (session) => {
      await session.start();
      assertEquals(await ping(session), 0);
      assertEquals((await session.counters()).get("Icmp.InEchos"), 1);
    }),
});

Deno.test({
  ...needed(NEEDS, "tun: a call that blocks starts, waits, and ends when a packet wakes it"),
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
  ...needed(NEEDS, "tun: commands act on the stack of their world only"),
  fn: () =>
    withSession(async (session) => {
      assertEquals((await session.command("sysctl -n net.ipv4.tcp_sack")).output, "1\n");
      assertEquals((await session.command('echo "$OPT_LOCAL_IP $OPT_LOCAL_DEV"')).output, "192.168.0.1 tun0\n");
      assertEquals((await session.command("sysctl -q net.ipv4.tcp_sack=0")).status, 0);
      assertEquals((await session.command("sysctl -n net.ipv4.tcp_sack")).output, "0\n");
      await withSession(async (other) => {
        assertEquals((await other.command("sysctl -n net.ipv4.tcp_sack")).output, "1\n");
      });
    }),
});

for (const ipVersion of ["ipv4", "ipv6", "ipv4-mapped-ipv6"] as const) {
  Deno.test({
    ...needed(NEEDS, `tun: a connection over ${ipVersion}: opened, written to, closed`),
    fn: () =>
      withSession(async (session, peer) => {
        await session.start();
        const listening = await peer.listen();
        const isn = await peer.open();
        await session.waitUntil(session.now() + 20_000);
        const accepted = await peer.call({ name: "accept", fd: listening, flags: 0 });
        const fd = accepted.result;
        assertEquals((await peer.call({ name: "write", fd, data: new Uint8Array(1000), length: 1000 })).result, 1000);
        // The peer offers no MSS: segments of 536 octets, which may be left to the device to split.
        for (let payload = 0; payload < 1000;) {
          const data = await peer.receive();
          assert(data !== undefined && data.payload > 0, `not data: ${JSON.stringify(data)}`);
          payload += data.payload;
        }
        peer.send({ flags: ACK | PSH, seq: 1, ack: isn + 1001 >>> 0, payload: 5 });
        await session.waitUntil(session.now() + 20_000);
        const got = await peer.call({ name: "read", fd, buffer: true, length: 100 });
        assertEquals([got.result, got.data?.length], [5, 5]);
        assertEquals((await peer.call({ name: "close", fd })).result, 0);
        let last = await peer.receive();
        while (last?.flags === ACK) last = await peer.receive(); // the ACK of the five octets
        assertEquals(last?.flags, FIN | ACK);
        assertEquals((await session.counters()).get("Tcp.PassiveOpens"), 1);
      }, ipVersion),
  });
}
