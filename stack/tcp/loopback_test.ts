import { assert, assertEquals } from "@std/assert";
import { ECONNREFUSED } from "../../abi/errno.ts";
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { pattern } from "./_testing.ts";
import { insideOldTcp } from "../tcp_old.ts";

Deno.test("loopback: a host talks to itself, in both families and from a dual-stack listener", () => {
  for (const [family, to] of [[2, "127.0.0.1"], [10, "::1"], [10, "::ffff:127.0.0.1"]] as const) {
    const stack = new Stack();
    const tcp = insideOldTcp(stack);
    const listener = tcp.create(10);
    assertEquals(listener.bind({ address: IpAddress.ANY6, port: 80 }), 0);
    listener.listen(5);
    const client = tcp.create(family);
    client.connect({ address: IpAddress.parse(to), port: 80 });
    stack.runUntil(1e6);
    assertEquals(client.sk_state, TCP_ESTABLISHED, to);
    const server = listener.accept();
    assert(typeof server !== "number");
    const data = pattern(300_000);
    const got = new Uint8Array(data.length);
    let sent = 0;
    let received = 0;
    for (let now = 1e6; received < data.length && now < 60e6; now += 1000) {
      sent += Math.max(0, client.sendmsg({ data: data.subarray(sent), flags: 0x40 }));
      const { result, data: piece } = server.recvmsg({ length: 1 << 20, flags: 0x40 });
      if (result > 0) {
        got.set(piece, received);
        received += result;
      }
      stack.runUntil(now);
    }
    assertEquals(received, data.length);
    assertEquals(got, data);
  }
});

Deno.test("loopback: a closed port refuses at once; a socket may connect to itself", () => {
  const stack = new Stack();
  const tcp = insideOldTcp(stack);
  const client = tcp.create(2);
  client.connect({ address: IpAddress.LOOPBACK4, port: 81 });
  stack.runUntil(1e6);
  assertEquals(client.connect({ address: IpAddress.LOOPBACK4, port: 81 }), -ECONNREFUSED);
  const self = tcp.create(2);
  self.bind({ address: IpAddress.LOOPBACK4, port: 4000 });
  self.connect({ address: IpAddress.LOOPBACK4, port: 4000 });
  stack.runUntil(2e6);
  assertEquals(self.sk_state, TCP_ESTABLISHED);
  self.sendmsg({ data: pattern(10), flags: 0x40 });
  stack.runUntil(3e6);
  assertEquals(self.recvmsg({ length: 100, flags: 0x40 }).data, pattern(10));
});
