import { POLLERR, POLLIN } from "../../abi/file_constants.ts";
import { assert, assertEquals } from "@std/assert";
import { getInt } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import * as E from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { decodeControl } from "../../abi/control_message.ts";
import { Posix, resultOf } from "../socket/posix.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as udp from "../wire/udp.ts";

const LOCAL4 = IpAddress.parse("192.0.2.1");
const REMOTE4 = IpAddress.parse("192.0.2.2");
const LOCAL6 = IpAddress.parse("2001:db8::1");
const REMOTE6 = IpAddress.parse("2001:db8::2");

function world(options: StackOptions = {}, mtu = 1500) {
  const sent: Uint8Array[] = [];
  const stack = new Stack(options);
  const tun0 = new CallbackDevice({ mtu, transmit: (packet) => sent.push(packet.view().slice()) });
  stack.addDevice(tun0);
  stack.addAddress(tun0, "192.0.2.1/24");
  stack.addAddress(tun0, "2001:db8::1/64");
  return { stack, tun0, sent, posix: new Posix(stack.sockets), mib: stack.net.mib };
}

interface Change {
  checksum?: number;
  length?: number;
  sport?: number;
  ttl?: number;
}

function datagram(family: 4 | 6, dport: number, data: Uint8Array, change: Change = {}): Uint8Array {
  const [source, destination] = family === 4 ? [REMOTE4, LOCAL4] : [REMOTE6, LOCAL6];
  const body = new Uint8Array(8 + data.length);
  body.set(data, 8);
  udp.setSourcePort(body, 0, change.sport ?? 5000);
  udp.setDestinationPort(body, 0, dport);
  udp.setLength(body, 0, change.length ?? body.length);
  udp.fillChecksum(body, 0, body.length, pseudoHeaderSum(source, destination, 17, body.length));
  if (change.checksum !== undefined) udp.setChecksum(body, 0, change.checksum);
  const header = family === 4
    ? ipv4.emit({ protocol: 17, source, destination, timeToLive: change.ttl ?? 64 }, body.length)
    : ipv6.emit({ nextHeader: 17, source, destination, hopLimit: change.ttl ?? 64 }, body.length);
  return Uint8Array.of(...header, ...body);
}

/** An ICMP error about a packet that the stack sent. */
function icmpAbout(packet: Uint8Array, type: number, code: number, rest = 0): Uint8Array {
  const body = new Uint8Array(8 + Math.min(packet.length, 28));
  body[0] = type;
  body[1] = code;
  new DataView(body.buffer).setUint32(4, rest);
  body.set(packet.subarray(0, 28), 8);
  icmpv4.fillChecksum(body, 0, body.length);
  return Uint8Array.of(...ipv4.emit({ protocol: 1, source: REMOTE4, destination: LOCAL4 }, body.length), ...body);
}

Deno.test("udp: a datagram comes in and an answer goes out, both families", () => {
  for (const family of [4, 6] as const) {
    const { stack, tun0, sent, posix, mib } = world();
    const fd = posix.socket(family === 4 ? C.AF_INET : C.AF_INET6, C.SOCK_DGRAM);
    assertEquals(posix.bind(fd, family === 4 ? "192.0.2.1" : "2001:db8::1", 4000), 0);
    stack.receive(tun0, datagram(family, 4000, Uint8Array.of(1, 2, 3)));
    const got = posix.recv(fd, 10).outcome!;
    assertEquals(got.data, Uint8Array.of(1, 2, 3));
    assertEquals(mib.get(family === 4 ? "Udp.InDatagrams" : "Udp6.InDatagrams"), 1);
    const peer = family === 4 ? "192.0.2.2" : "2001:db8::2";
    assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(9), peer, 5000)), 1);
    const bytes = sent[0]!;
    const at = family === 4 ? 20 : 40;
    assertEquals(udp.sourcePort(bytes, at), 4000);
    assertEquals(udp.destinationPort(bytes, at), 5000);
    const [from, to] = family === 4 ? [LOCAL4, REMOTE4] : [LOCAL6, REMOTE6];
    assert(udp.verifyChecksum(bytes, at, bytes.length, pseudoHeaderSum(from, to, 17, 9)));
    assertEquals(mib.get(family === 4 ? "Udp.OutDatagrams" : "Udp6.OutDatagrams"), 1);
  }
});

Deno.test("udp: bad lengths and checksums are dropped and counted, zero checksums pass in IPv4 only", () => {
  const { stack, tun0, posix, mib } = world();
  const fd4 = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.bind(fd4, "0.0.0.0", 4000);
  const fd6 = posix.socket(C.AF_INET6, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  assertEquals(posix.setsockopt(fd6, C.SOL_IPV6, O.IPV6_V6ONLY, 1), 0);
  assertEquals(posix.bind(fd6, "::", 4000), 0);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { length: 7 }));
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { length: 100 }));
  assertEquals(mib.get("Udp.InErrors"), 2);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { checksum: 0x1234 }));
  assertEquals(mib.get("Udp.InCsumErrors"), 0);
  assertEquals(resultOf(posix.recv(fd4, 10)), -E.EAGAIN);
  assertEquals(mib.get("Udp.InCsumErrors"), 1);
  assertEquals(mib.get("Udp.InErrors"), 3);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(7), { checksum: 0 }));
  assertEquals(posix.recv(fd4, 10).outcome!.data, Uint8Array.of(7));
  stack.receive(tun0, datagram(6, 4000, Uint8Array.of(7), { checksum: 0 }));
  assertEquals(resultOf(posix.recv(fd6, 10)), -E.EAGAIN);
  assertEquals(mib.get("Udp6.InCsumErrors"), 1);
  assertEquals(mib.get("Udp6.InErrors"), 1);
});

Deno.test("udp: nobody listens: port unreachable, both families", () => {
  const { stack, tun0, sent, mib } = world();
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1)));
  assertEquals([sent[0]![20], sent[0]![21]], [3, 3]);
  stack.receive(tun0, datagram(6, 4000, Uint8Array.of(1)));
  assertEquals([sent[1]![40], sent[1]![41]], [1, 4]);
  assertEquals([mib.get("Udp.NoPorts"), mib.get("Udp6.NoPorts")], [1, 1]);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { checksum: 1 }));
  assertEquals(sent.length, 2);
  assertEquals(mib.get("Udp.InCsumErrors"), 1);
});

Deno.test("udp: a connected socket hears its peer only, and beats an unconnected one", () => {
  const { stack, tun0, posix } = world();
  const make = () => {
    const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
    posix.setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
    assertEquals(posix.bind(fd, "0.0.0.0", 4000), 0);
    return fd;
  };
  const connected = make();
  const wild = make();
  assertEquals(resultOf(posix.connect(connected, "192.0.2.2", 5000)), 0);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { sport: 5000 }));
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(2), { sport: 5001 }));
  assertEquals(posix.recv(connected, 10).outcome!.data, Uint8Array.of(1));
  assertEquals(resultOf(posix.recv(connected, 10)), -E.EAGAIN);
  assertEquals(posix.recv(wild, 10).outcome!.data, Uint8Array.of(2));
});

Deno.test("udp: an AF_INET6 socket talks IPv4 with mapped addresses", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET6, C.SOCK_DGRAM);
  assertEquals(posix.bind(fd, "::", 4000), 0);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1)));
  const got = posix.recv(fd, 10).outcome!;
  assertEquals(IpAddress.from(got.address!, 8, 6).key, "::ffff:192.0.2.2");
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "::ffff:192.0.2.2", 5000)), 1);
  assertEquals(sent[0]![0], 0x45);
  assertEquals(resultOf(posix.connect(fd, "::ffff:192.0.2.2", 5000)), 0);
  const name = posix.call({ name: "getsockname", fd, length: 28 }).outcome!;
  assertEquals(IpAddress.from(name.address!, 8, 6).key, "::ffff:192.0.2.1");
});

Deno.test("udp: sending errors", () => {
  const { posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  assertEquals(resultOf(posix.send(fd, Uint8Array.of(1))), -E.EDESTADDRREQ);
  assertEquals(resultOf(posix.sendto(fd, new Uint8Array(65536), "192.0.2.2", 1)), -E.EMSGSIZE);
  assertEquals(resultOf(posix.sendto(fd, new Uint8Array(65508), "192.0.2.2", 1)), -E.EMSGSIZE);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "192.0.2.2", 0)), -E.EINVAL);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "198.51.100.1", 1)), -E.ENETUNREACH);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "2001:db8::2", 1)), -E.EAFNOSUPPORT);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "192.0.2.2", 1, C.MSG_OOB)), -E.EOPNOTSUPP);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1), "192.0.2.255", 1)), -E.EACCES);
  assertEquals(posix.setsockopt(fd, C.SOL_IP, O.IP_MTU_DISCOVER, O.IP_PMTUDISC_DO), 0);
  assertEquals(resultOf(posix.sendto(fd, new Uint8Array(1473), "192.0.2.2", 1)), -E.EMSGSIZE);
  assertEquals(resultOf(posix.sendto(fd, new Uint8Array(1472), "192.0.2.2", 1)), 1472);
});

Deno.test("udp: a long datagram is fragmented, and MSG_MORE and UDP_CORK gather", () => {
  const { sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  posix.setsockopt(fd, C.SOL_IP, O.IP_MTU_DISCOVER, O.IP_PMTUDISC_DONT);
  assertEquals(resultOf(posix.sendto(fd, new Uint8Array(3000), "192.0.2.2", 5000)), 3000);
  assertEquals(sent.length, 3);
  sent.length = 0;
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(1, 2), "192.0.2.2", 5000, C.MSG_MORE)), 2);
  assertEquals(sent.length, 0);
  assertEquals(resultOf(posix.sendto(fd, Uint8Array.of(3), "192.0.2.2", 5000)), 1);
  assertEquals(sent[0]!.slice(28), Uint8Array.of(1, 2, 3));
  resultOf(posix.connect(fd, "192.0.2.2", 5000));
  posix.setsockopt(fd, C.SOL_UDP, O.UDP_CORK, 1);
  posix.send(fd, Uint8Array.of(4));
  posix.send(fd, Uint8Array.of(5));
  assertEquals(sent.length, 1);
  posix.setsockopt(fd, C.SOL_UDP, O.UDP_CORK, 0);
  assertEquals(sent[1]!.slice(28), Uint8Array.of(4, 5));
});

Deno.test("udp: the receive buffer is bounded", () => {
  const { stack, tun0, posix, mib } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.bind(fd, "0.0.0.0", 4000);
  posix.setsockopt(fd, C.SOL_SOCKET, C.SO_RCVBUF, 0);
  for (let i = 0; i < 20; i++) stack.receive(tun0, datagram(4, 4000, new Uint8Array(100)));
  let count = 0;
  while (resultOf(posix.recv(fd, 200)) === 100) count++;
  assert(count > 1 && count < 10, `${count} datagrams in the smallest buffer`);
  assertEquals(mib.get("Udp.RcvbufErrors"), 20 - count);
});

Deno.test("udp: port unreachable is ECONNREFUSED for a connected socket and nothing for another", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.sendto(fd, Uint8Array.of(1), "192.0.2.2", 5000);
  stack.receive(tun0, icmpAbout(sent[0]!, 3, 3));
  assertEquals(resultOf(posix.recv(fd, 1)), -E.EAGAIN);
  posix.connect(fd, "192.0.2.2", 5000);
  posix.send(fd, Uint8Array.of(1));
  stack.receive(tun0, icmpAbout(sent[1]!, 3, 3));
  assertEquals(posix.poll([{ fd, events: POLLIN }], 0).outcome!.revents, [POLLERR]);
  assertEquals(resultOf(posix.recv(fd, 1)), -E.ECONNREFUSED);
  assertEquals(resultOf(posix.recv(fd, 1)), -E.EAGAIN);
  // Host unreachable is soft.
  posix.send(fd, Uint8Array.of(1));
  stack.receive(tun0, icmpAbout(sent[2]!, 3, 1));
  assertEquals(resultOf(posix.recv(fd, 1)), -E.EAGAIN);
});

Deno.test("udp: IP_RECVERR queues the error with its offender", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.setsockopt(fd, C.SOL_IP, O.IP_RECVERR, 1);
  posix.sendto(fd, Uint8Array.of(1), "192.0.2.2", 5000);
  stack.receive(tun0, icmpAbout(sent[0]!, 3, 1));
  assertEquals(resultOf(posix.recv(fd, 1)), -E.EHOSTUNREACH);
  const got = posix.recvmsg(fd, 10, C.MSG_ERRQUEUE).outcome!;
  assertEquals(got.result, 0);
  assertEquals(got.msg_flags, C.MSG_ERRQUEUE);
  assertEquals(got.address!.slice(2, 8), Uint8Array.of(0x13, 0x88, 192, 0, 2, 2));
  const control = decodeControl(got.control!).messages;
  const { level, type, data } = control[0]!;
  assertEquals([level, type, data.length], [C.SOL_IP, O.IP_RECVERR, 32]);
  assertEquals(getInt(data), E.EHOSTUNREACH);
  assertEquals([...data.slice(4, 7)], [C.SO_EE_ORIGIN_ICMP, 3, 1]);
  assertEquals([...data.slice(16, 24)], [2, 0, 0, 0, 192, 0, 2, 2]);
  assertEquals(resultOf(posix.recvmsg(fd, 10, C.MSG_ERRQUEUE)), -E.EAGAIN);
});

Deno.test("udp: fragmentation needed lowers the path MTU", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.setsockopt(fd, C.SOL_IP, O.IP_MTU_DISCOVER, O.IP_PMTUDISC_DO);
  posix.connect(fd, "192.0.2.2", 5000);
  assertEquals(resultOf(posix.send(fd, new Uint8Array(1400))), 1400);
  stack.receive(tun0, icmpAbout(sent[0]!, 3, 4, 1000));
  assertEquals(resultOf(posix.send(fd, new Uint8Array(10))), -E.EMSGSIZE);
  assertEquals(resultOf(posix.send(fd, new Uint8Array(1400))), -E.EMSGSIZE);
  assertEquals(resultOf(posix.send(fd, new Uint8Array(972))), 972);
  assertEquals(getInt(posix.getsockopt(fd, C.SOL_IP, O.IP_MTU).data!), 1000);
});

Deno.test("udp: control messages in and out", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  posix.bind(fd, "0.0.0.0", 4000);
  for (const option of [O.IP_PKTINFO, O.IP_RECVTTL, O.IP_RECVTOS]) posix.setsockopt(fd, C.SOL_IP, option, 1);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1), { ttl: 33 }));
  const got = posix.recvmsg(fd, 10).outcome!;
  const control = decodeControl(got.control!).messages;
  assertEquals(control.map(({ type }) => type), [O.IP_PKTINFO, O.IP_TTL, O.IP_TOS]);
  assertEquals([...control[0]!.data], [tun0.ifindex, 0, 0, 0, 192, 0, 2, 1, 192, 0, 2, 1]);
  assertEquals(getInt(control[1]!.data), 33);
  posix.setsockopt(fd, C.SOL_IP, O.IP_TOS, 0x10);
  posix.setsockopt(fd, C.SOL_IP, O.IP_TTL, 7);
  posix.sendto(fd, Uint8Array.of(1), "192.0.2.2", 5000);
  assertEquals([sent[0]![1], sent[0]![8]], [0x10, 7]);
});

Deno.test("udp: peek, truncation and zero-length datagrams", () => {
  const { stack, tun0, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
  posix.bind(fd, "0.0.0.0", 4000);
  stack.receive(tun0, datagram(4, 4000, Uint8Array.of(1, 2, 3)));
  stack.receive(tun0, datagram(4, 4000, new Uint8Array(0)));
  assertEquals(posix.recv(fd, 2, C.MSG_PEEK).outcome!.data, Uint8Array.of(1, 2));
  const got = posix.recvmsg(fd, 2, C.MSG_TRUNC).outcome!;
  assertEquals([got.result, got.msg_flags], [3, C.MSG_TRUNC]);
  assertEquals(resultOf(posix.recv(fd, 2)), 0);
  assertEquals(resultOf(posix.recv(fd, 2)), -E.EAGAIN);
});

Deno.test("udp: multicast reaches members, and everybody who takes what others joined", () => {
  const { stack, tun0, posix, mib } = world();
  const make = (all: number) => {
    const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
    posix.setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
    posix.setsockopt(fd, C.SOL_IP, O.IP_MULTICAST_ALL, all);
    assertEquals(posix.bind(fd, "0.0.0.0", 4000), 0);
    return fd;
  };
  const [member, open, closed] = [make(0), make(1), make(0)];
  const mreqn = Uint8Array.of(239, 1, 1, 1, 0, 0, 0, 0, tun0.ifindex, 0, 0, 0);
  assertEquals(posix.setsockopt(member, C.SOL_IP, O.IP_ADD_MEMBERSHIP, mreqn), 0);
  assertEquals(posix.setsockopt(member, C.SOL_IP, O.IP_ADD_MEMBERSHIP, mreqn), -E.EADDRINUSE);
  const packet = datagram(4, 4000, Uint8Array.of(1), { checksum: 0 });
  packet.set([239, 1, 1, 1], 16);
  ipv4.fillHeaderChecksum(packet, 0);
  stack.receive(tun0, packet.slice());
  assertEquals([member, open, closed].map((fd) => resultOf(posix.recv(fd, 1))), [1, 1, -E.EAGAIN]);
  assertEquals(posix.setsockopt(member, C.SOL_IP, O.IP_DROP_MEMBERSHIP, mreqn), 0);
  assertEquals(posix.setsockopt(member, C.SOL_IP, O.IP_DROP_MEMBERSHIP, mreqn), -E.EADDRNOTAVAIL);
  stack.receive(tun0, packet.slice());
  assertEquals(resultOf(posix.recv(member, 1)), -E.EAGAIN);
  assertEquals(mib.get("Udp.InDatagrams"), 2);
});

Deno.test("udp: shutdown, and errors of an unconnected one", () => {
  const { posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  assertEquals(posix.shutdown(fd, C.SHUT_WR), -E.ENOTCONN);
  posix.connect(fd, "192.0.2.2", 5000);
  assertEquals(posix.shutdown(fd, C.SHUT_RDWR), 0);
  assertEquals(resultOf(posix.send(fd, Uint8Array.of(1))), -E.EPIPE);
  assertEquals(resultOf(posix.recv(fd, 1)), 0);
});

Deno.test("ping sockets: closed by default, then an echo request with the socket's identifier", () => {
  assertEquals(world().posix.socket(C.AF_INET, C.SOCK_DGRAM, C.IPPROTO_ICMP), -E.EACCES);
  const { stack, tun0, sent, posix } = world({ sysctl: { "net.ipv4.ping_group_range": "0 2147483647" } });
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM, C.IPPROTO_ICMP);
  posix.bind(fd, "0.0.0.0", 0x4321);
  const request = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1, 42);
  assertEquals(resultOf(posix.sendto(fd, request, "192.0.2.2", 0)), 9);
  assertEquals([...sent[0]!.slice(24, 29)], [0x43, 0x21, 0, 1, 42]);
  const reply = Uint8Array.of(0, 0, 0, 0, 0x43, 0x21, 0, 1, 42);
  icmpv4.fillChecksum(reply, 0, 9);
  const header = ipv4.emit({ protocol: 1, source: REMOTE4, destination: LOCAL4 }, 9);
  stack.receive(tun0, Uint8Array.of(...header, ...reply));
  assertEquals(posix.recv(fd, 100).outcome!.data, reply);
});

Deno.test("raw sockets: see whole IPv4 packets and send with a header of their own", () => {
  const { stack, tun0, sent, posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_RAW, C.IPPROTO_UDP);
  const packet = datagram(4, 4000, Uint8Array.of(1));
  stack.receive(tun0, packet.slice());
  assertEquals(posix.recv(fd, 100).outcome!.data, packet);
  const raw = posix.socket(C.AF_INET, C.SOCK_RAW, C.IPPROTO_RAW);
  sent.length = 0;
  const own = Uint8Array.of(
    ...ipv4.emit({ protocol: 99, source: LOCAL4, destination: REMOTE4, timeToLive: 9 }, 2),
    1,
    2,
  );
  assertEquals(resultOf(posix.sendto(raw, own, "192.0.2.2", 0)), 22);
  assertEquals([sent[0]![8], sent[0]![9], sent[0]!.length], [9, 99, 22]);
  assert(ipv4.verifyHeaderChecksum(sent[0]!, 0));
  assertEquals(posix.socket(C.AF_INET, C.SOCK_RAW, 0), -E.EPROTONOSUPPORT);
});
