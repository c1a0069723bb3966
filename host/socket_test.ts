import { decodeControl, encodeControl } from "../abi/control_message.ts";
import {
  AF_INET,
  IPPROTO_IP,
  MSG_TRUNC,
  SO_ERROR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../abi/socket_constants.ts";
import { IP_RECVTTL, IP_TTL } from "../abi/ip_constants.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { EAGAIN, EINPROGRESS } from "../abi/errno.ts";
import { Reactor } from "./reactor.ts";
import { close, must } from "./syscall.ts";
import {
  accept,
  bind,
  connect,
  decodeSocketAddress,
  encodeSocketAddress,
  getIntOption,
  listen,
  localAddress,
  peerAddress,
  receive,
  send,
  sendTo,
  setIntOption,
  shutdown,
  socket,
} from "./socket.ts";
import { MessageHeader } from "./message_header.ts";

Deno.test("socket addresses round-trip", () => {
  const v4 = { address: "192.0.2.1", port: 8080 };
  assertEquals([...encodeSocketAddress(v4)].slice(0, 8), [2, 0, 0x1f, 0x90, 192, 0, 2, 1]);
  assertEquals(decodeSocketAddress(encodeSocketAddress(v4)), v4);
  const v6 = { address: "fe80::1", port: 53, scopeId: 3 };
  assertEquals(decodeSocketAddress(encodeSocketAddress(v6)), v6);
  assertEquals(decodeSocketAddress(new Uint8Array(3)), undefined);
  assertEquals(decodeSocketAddress(new Uint8Array(16)), undefined);
  assertEquals(decodeSocketAddress(encodeSocketAddress(v6).subarray(0, 20)), undefined);
  assertThrows(() => encodeSocketAddress({ address: "::1", port: 70000 }), RangeError);
});

Deno.test("a TCP connection over loopback", async () => {
  using reactor = new Reactor();
  const listener = socket(AF_INET, SOCK_STREAM);
  assertEquals(bind(listener, { address: "127.0.0.1", port: 0 }), 0);
  assertEquals(listen(listener, 5), 0);
  assertEquals(accept(listener), -EAGAIN);
  const server = localAddress(listener)!;
  const client = socket(AF_INET, SOCK_STREAM);
  assertEquals(connect(client, server), -EINPROGRESS);
  await reactor.writable(client);
  assertEquals(getIntOption(client, SOL_SOCKET, SO_ERROR), { value: 0, error: 0 });
  await reactor.readable(listener);
  const connection = accept(listener);
  assertEquals(peerAddress(client), server);
  assertEquals(peerAddress(connection), localAddress(client));
  assertEquals(send(client, new Uint8Array([1, 2, 3])), 3);
  await reactor.readable(connection);
  const buffer = new Uint8Array(10);
  assertEquals([receive(connection, buffer), ...buffer.subarray(0, 3)], [3, 1, 2, 3]);
  assertEquals(shutdown(client, 1), 0);
  await reactor.readable(connection);
  assertEquals(receive(connection, buffer), 0);
  for (const fd of [listener, client, connection]) close(fd);
});

Deno.test("sendmsg and recvmsg with control data", async () => {
  using reactor = new Reactor();
  const receiver = socket(AF_INET, SOCK_DGRAM);
  bind(receiver, { address: "127.0.0.1", port: 0 });
  assertEquals(setIntOption(receiver, IPPROTO_IP, IP_RECVTTL, 1), 0);
  const to = localAddress(receiver)!;
  const sender = socket(AF_INET, SOCK_DGRAM);
  const ttl = new Uint8Array(new Int32Array([9]).buffer);
  const message = new MessageHeader({
    name: encodeSocketAddress(to),
    buffers: [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])],
    control: encodeControl([{ level: IPPROTO_IP, type: IP_TTL, data: ttl }]).control,
  });
  assertEquals(must("sendmsg", sender, message.bytes, 0), 3);
  await reactor.readable(receiver);
  const name = new Uint8Array(28);
  const control = new Uint8Array(64);
  const parts = [new Uint8Array(1), new Uint8Array(1)] as const;
  const received = new MessageHeader({ name, buffers: parts, control });
  assertEquals(must("recvmsg", receiver, received.bytes, 0), 2);
  assertEquals(received.flags & MSG_TRUNC, MSG_TRUNC);
  assertEquals(received.nameLength, 16);
  assertEquals(decodeSocketAddress(name)?.address, "127.0.0.1");
  assertEquals([parts[0][0], parts[1][0]], [1, 2]);
  const [cmsg] = decodeControl(control.subarray(0, received.controlLength)).messages;
  assertEquals([cmsg!.level, cmsg!.type, cmsg!.data[0]], [IPPROTO_IP, IP_TTL, 9]);
  assertEquals(sendTo(sender, new Uint8Array(1), 0, { address: "127.0.0.1", port: to.port }), 1);
  close(receiver);
  close(sender);
});
