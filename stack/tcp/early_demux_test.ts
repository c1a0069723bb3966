import { assertEquals } from "@std/assert";
import { Peer } from "./_testing.ts";

/** Route lookups of segments on a connection: two that come after one that the connection has seen. */
function lookups(sysctl: Readonly<Record<string, string>>): number {
  const peer = new Peer(sysctl);
  peer.accept();
  peer.inject("P.", { seq: 1, ack: 1, length: 10 });
  const { inputs } = peer.stack.ip.routes;
  const { local } = inputs;
  let count = 0;
  inputs.local = (...of) => {
    count++;
    return local.apply(inputs, of);
  };
  peer.inject("P.", { seq: 11, ack: 1, length: 10 });
  peer.inject("P.", { seq: 21, ack: 1, length: 10 });
  return count;
}

Deno.test("early demux: a connection knows the route of its segments, unless a setting forbids", () => {
  assertEquals(lookups({}), 0);
  assertEquals(lookups({ "net.ipv4.tcp_early_demux": "0" }), 2);
  assertEquals(lookups({ "net.ipv4.ip_early_demux": "0" }), 2);
});

Deno.test("early demux: a route that holds no more is looked up again", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject("P.", { seq: 1, ack: 1, length: 10 });
  const device = peer.stack.ip.device("tun0")!;
  peer.stack.addAddress(device, "10.0.1.1/24");
  peer.inject("P.", { seq: 11, ack: 1, length: 10 });
  assertEquals(peer.call({ name: "read", fd, buffer: true, length: 100 }).result, 20);
  // The address is gone: nobody is there whom a segment could be for.
  peer.stack.removeAddress(device, "10.0.0.1/24");
  peer.inject("P.", { seq: 21, ack: 1, length: 10 });
  assertEquals(peer.call({ name: "read", fd, buffer: true, length: 100 }).errno, 11);
});
