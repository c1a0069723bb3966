import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ECANCELED, ECONNREFUSED } from "../abi/errno.ts";
import { parseImpairment } from "../stack/link/impairment.ts";
import { pattern, sha256, virtualPair } from "./_testing.ts";
import { SocketError } from "./socket_error.ts";
import { formatEndpoint } from "./sockets.ts";

for (const [name, server, any] of [["IPv4", "10.0.0.2", "0.0.0.0"], ["IPv6", "fd00::2", "::"]] as const) {
  Deno.test(`sockets: datagrams, larger than the MTU, ${name}`, async () => {
    const pair = virtualPair();
    const [left, right] = pair.sockets;
    using receiver = right.datagram({ address: server, port: 7 });
    using sender = left.datagram({ address: any, port: 0 });
    const data = pattern(20_000);
    const exchange = async () => {
      await sender.send(data, { address: server, port: 7 });
      const got = await receiver.recv();
      await receiver.send(got.data, got);
      return await sender.recv();
    };
    const back = await pair.run(exchange());
    assertEquals(back.data, data);
    assertEquals(formatEndpoint(back), name === "IPv6" ? "[fd00::2]:7" : "10.0.0.2:7");
  });
}

Deno.test("sockets: a socket for both families answers each in its own", async () => {
  const pair = virtualPair();
  const [left, right] = pair.sockets;
  using server = right.datagram({ port: 7 });
  for (const [from, to] of [["0.0.0.0", "10.0.0.2"], ["::", "fd00::2"]] as const) {
    using client = left.datagram({ address: from, port: 0 });
    const exchange = async () => {
      await client.send(new Uint8Array([1, 2, 3]), { address: to, port: 7 });
      const got = await server.recv();
      assertEquals(got.address.includes(":"), to.includes(":"));
      await server.send(got.data, got);
      return await client.recv();
    };
    assertEquals((await pair.run(exchange())).data, new Uint8Array([1, 2, 3]));
  }
});

Deno.test("sockets: errors carry the call and the errno", async () => {
  const pair = virtualPair();
  const [left] = pair.sockets;
  using first = left.datagram({ address: "0.0.0.0", port: 53 });
  const error = assertThrows(() => left.datagram({ address: "0.0.0.0", port: 53 }), SocketError);
  assertEquals(error.message, "bind 0.0.0.0:53: Address already in use (EADDRINUSE)");
  assertEquals(error.code, "EADDRINUSE");
  assertEquals(first.local.port, 53);
  const waiting = first.recv();
  first.close();
  const canceled = await assertRejects(() => pair.run(waiting), SocketError);
  assertEquals(canceled.errno, ECANCELED);
  await assertRejects(() => first.recv(), SocketError);
});

Deno.test("sockets: connecting where nobody listens is refused", async () => {
  const pair = virtualPair();
  for (const address of ["10.0.0.2", "fd00::2"]) {
    const connecting = pair.sockets[0].connect({ address, port: 9 });
    const error = await assertRejects(() => pair.run(connecting), SocketError);
    assertEquals(error.errno, ECONNREFUSED);
  }
});

Deno.test("sockets: connecting to nowhere times out as it was told", async () => {
  const pair = virtualPair();
  const began = pair.now;
  const connecting = pair.sockets[0].connect({ address: "10.0.0.99", port: 9 });
  const error = await assertRejects(() => pair.run(connecting), SocketError);
  assert(["ETIMEDOUT", "EHOSTUNREACH"].includes(error.code), error.message);
  assert(pair.now > began);
});

for (const [name, server] of [["IPv4", "10.0.0.2"], ["IPv6", "fd00::2"]] as const) {
  for (const impairment of ["none", "loss=3% reorder=5% dup=2% corrupt=1% delay=10ms jitter=3ms"]) {
    Deno.test(`sockets: a stream arrives whole in both directions at once, ${name}, ${impairment}`, async () => {
      const pair = virtualPair(impairment === "none" ? {} : { impairments: parseImpairment(impairment) });
      const [left, right] = pair.sockets;
      const data = pattern(1_000_000);
      const answer = pattern(700_001, 2);
      using listener = right.listen({ port: 80 });
      const both = async (socket: { recv(): Promise<Uint8Array | undefined> }, all: Uint8Array<ArrayBuffer>) => {
        let at = 0;
        for (let part = await socket.recv(); part !== undefined; part = await socket.recv()) {
          all.set(part, at);
          at += part.length;
        }
        assertEquals(at, all.length);
        return all;
      };
      const serve = async () => {
        using socket = await listener.accept();
        assertEquals(socket.peer.address, name === "IPv4" ? "10.0.0.1" : "fd00::1");
        const [got] = await Promise.all([
          both(socket, new Uint8Array(data.length)),
          socket.send(answer).then(() => socket.finish()),
        ]);
        return got;
      };
      const ask = async () => {
        using socket = await left.connect({ address: server, port: 80 });
        const [got] = await Promise.all([
          both(socket, new Uint8Array(answer.length)),
          socket.send(data).then(() => socket.finish()),
        ]);
        return got;
      };
      const [there, back] = await pair.run(Promise.all([serve(), ask()]));
      assertEquals(await sha256(there), await sha256(data));
      assertEquals(await sha256(back), await sha256(answer));
    });
  }
}

Deno.test("sockets: a closed socket never touches the one that got its number", async () => {
  const pair = virtualPair();
  const [left, right] = pair.sockets;
  using listener = right.listen({ port: 80 });
  const closed = await pair.run(left.connect({ address: "10.0.0.2", port: 80 }));
  const { fd } = closed;
  closed.close();
  using other = await pair.run(left.connect({ address: "10.0.0.2", port: 80 }));
  assertEquals(other.fd, fd);
  assertEquals(closed.fd, -1);
  assertThrows(() => closed.local, SocketError);
  assertThrows(() => closed.finish(), SocketError);
  await assertRejects(() => closed.send(new Uint8Array(1)), SocketError);
  await assertRejects(() => closed.recv(), SocketError);
  closed.reset();
  closed.close();
  // The other one still carries what it is given, to its end.
  using first = await pair.run(listener.accept());
  assertEquals(await pair.run(first.recv()), undefined);
  using second = await pair.run(listener.accept());
  await pair.run(other.send(new Uint8Array([7])));
  other.finish();
  assertEquals(await pair.run(second.recv()), new Uint8Array([7]));
  assertEquals(await pair.run(second.recv()), undefined);
});

Deno.test("sockets: what is no port is refused", async () => {
  const [left] = virtualPair().sockets;
  for (const port of [-1, 65_536, 99_999, 1.5, NaN]) {
    await assertRejects(() => left.connect({ address: "10.0.0.2", port }), RangeError);
    assertThrows(() => left.listen({ port }), RangeError);
    assertThrows(() => left.datagram({ port }), RangeError);
  }
  using socket = left.datagram({ address: "0.0.0.0", port: 0 });
  await assertRejects(() => socket.send(new Uint8Array(1), { address: "10.0.0.2", port: 65_536 }), RangeError);
});
