import { AF_INET, SOCK_STREAM } from "../abi/socket_constants.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { realtime } from "./clock.ts";
import { NetworkNamespace } from "./netns.ts";
import { PACKET_TYPE, PacketSocket } from "./packet_socket.ts";
import { Reactor } from "./reactor.ts";
import { RouteSocket } from "./rtnetlink.ts";
import { accept, bind, listen, receive, socket } from "./socket.ts";
import { close } from "./syscall.ts";
import { TUN_F, TunDevice, VIRTIO_NET_HDR_F, VIRTIO_NET_HDR_GSO } from "./tun.ts";
import { writeSysctl } from "./sysctl.ts";
import { checksum, echoRequest, ipv4Packet, privilegedTest } from "./test_support.ts";

/** A TUN device in a namespace of its own with 10.0.0.1 on it, and a packet socket on it. */
class World implements Disposable {
  readonly namespace = NetworkNamespace.create();
  readonly reactor = new Reactor();
  readonly tun: TunDevice;
  readonly sniffer: PacketSocket;

  constructor(vnetHeader: boolean, offload = 0, mtu = 1500) {
    [this.tun, this.sniffer] = this.namespace.run(() => {
      const tun = TunDevice.open({ name: "tun%d", vnetHeader, offload });
      using route = new RouteSocket();
      writeSysctl("net.ipv6.conf.all.disable_ipv6", 1);
      route.setLink(tun.name, { up: true, mtu });
      route.addAddress(tun.name, "10.0.0.1/24");
      const interfaceIndex = route.indexOf(tun.name);
      return [tun, new PacketSocket({ interfaceIndex, vnetHeader })] as const;
    });
  }

  async read(): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const packet = this.tun.read();
      if (packet) return packet;
      await this.reactor.readable(this.tun.fd, AbortSignal.timeout(5000));
    }
  }

  [Symbol.dispose](): void {
    this.tun[Symbol.dispose]();
    this.sniffer[Symbol.dispose]();
    this.reactor[Symbol.dispose]();
    this.namespace[Symbol.dispose]();
  }
}

privilegedTest("tun", "the kernel answers a ping through a TUN device; the packet socket sees both ways", async () => {
  using world = new World(false);
  assertEquals([world.tun.name, world.tun.mode], ["tun0", "tun"]);
  const before = realtime();
  assert(world.tun.write(ipv4Packet("10.0.0.2", "10.0.0.1", 1, echoRequest(7, 1, 100))));
  const reply = await world.read();
  assertEquals([reply.length, reply[20], checksum(reply.subarray(20))], [128, 0, 0]);
  const [request, seen] = [world.sniffer.receive()!, world.sniffer.receive()!];
  assertEquals(world.sniffer.receive(), undefined);
  assertEquals([request.outgoing, request.packetType, request.protocol], [false, PACKET_TYPE.HOST, 0x0800]);
  assertEquals([seen.outgoing, seen.data.length, [...seen.data]], [true, 128, [...reply]]);
  assert(before <= request.time && request.time <= seen.time && seen.time <= realtime());
  assert(request.nanoseconds >= 0 && request.nanoseconds < 1000);
  assertEquals(world.sniffer.statistics(), { packets: 2, drops: 0 });
  assertEquals(world.sniffer.statistics(), { packets: 0, drops: 0 });
});

privilegedTest("tun", "a packet socket sends out of the device", async () => {
  using world = new World(false);
  const packet = ipv4Packet("10.0.0.1", "10.0.0.2", 253, new Uint8Array([1, 2, 3]));
  assertEquals(world.sniffer.send(packet), packet.length);
  assertEquals([...await world.read()], [...packet]);
});

privilegedTest("tun", "an interface that is down and a full queue are told apart", () => {
  using world = new World(false);
  using route = world.namespace.run(() => new RouteSocket());
  route.setLink("tun0", { up: false });
  assertThrows(() => world.tun.write(ipv4Packet("10.0.0.2", "10.0.0.1", 1, echoRequest(7, 1, 0))), SystemError, "EIO");
  assertThrows(() => world.sniffer.receive(), SystemError, "ENETDOWN");
});

privilegedTest("tun", "a persistent device waits for the next to open it; a name is taken once", () => {
  using namespace = NetworkNamespace.create();
  namespace.run(() => {
    using route = new RouteSocket();
    const first = TunDevice.open({ name: "keep", mode: "tap", persistent: true });
    assertThrows(() => TunDevice.open({ name: "keep", mode: "tap" }), SystemError, "TUNSETIFF keep: EBUSY");
    first[Symbol.dispose]();
    assertThrows(() => TunDevice.open({ name: "keep" }), SystemError, "EINVAL");
    const second = TunDevice.open({ name: "keep", mode: "tap" });
    second.setPersistent(false);
    second[Symbol.dispose]();
    assertEquals(route.links().map(({ name }) => name), ["lo"]);
    assertThrows(() => TunDevice.open({ name: "a-name-that-is-too-long" }), TypeError);
  });
});

/** A TCP segment from 10.0.0.2:1000 to 10.0.0.1:80 with a right checksum. */
function segment(flags: number, seq: number, ack: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const tcp = new Uint8Array(20 + payload.length);
  const view = new DataView(tcp.buffer);
  view.setUint16(0, 1000);
  view.setUint16(2, 80);
  view.setUint32(4, seq);
  view.setUint32(8, ack);
  view.setUint16(12, 0x5000 | flags);
  view.setUint16(14, 65535);
  tcp.set(payload, 20);
  view.setUint16(16, checksum(tcp, 0x0a00 * 2 + 1 + 2 + 6 + tcp.length));
  return ipv4Packet("10.0.0.2", "10.0.0.1", 6, tcp);
}

privilegedTest("tun", "an injected aggregate arrives as one, and 64 KiB packets are captured whole", async () => {
  using world = new World(true, TUN_F.CSUM | TUN_F.TSO4);
  const listener = world.namespace.run(() => socket(AF_INET, SOCK_STREAM));
  assertEquals(bind(listener, { address: "10.0.0.1", port: 80 }), 0);
  assertEquals(listen(listener, 1), 0);
  world.tun.write(segment(0x02, 0, 0, new Uint8Array(0)));
  const synAck = await world.read();
  const ack = new DataView(synAck.buffer, synAck.byteOffset).getUint32(24) + 1;
  world.tun.write(segment(0x10, 1, ack, new Uint8Array(0)));
  const connection = accept(listener);
  assert(connection >= 0);

  const payload = new Uint8Array(5000).map((_, i) => i);
  world.tun.write(segment(0x18, 1, ack, payload), {
    flags: VIRTIO_NET_HDR_F.DATA_VALID,
    gsoType: VIRTIO_NET_HDR_GSO.TCPV4,
    hdrLen: 40,
    gsoSize: 1000,
    csumStart: 0,
    csumOffset: 0,
  });
  const buffer = new Uint8Array(8000);
  assertEquals(receive(connection, buffer), 5000);
  assertEquals([...buffer.subarray(0, 5000)], [...payload]);
  const captured = [];
  for (let packet; (packet = world.sniffer.receive());) captured.push(packet);
  assert(captured.some(({ gsoSize, data }) => gsoSize === 1000 && data.length === 5040));
  close(connection);
  close(listener);
});

privilegedTest("tun", "the biggest packets pass the device and the packet socket whole", async () => {
  using world = new World(false, 0, 65535);
  const size = 65535 - 28;
  world.tun.write(ipv4Packet("10.0.0.2", "10.0.0.1", 1, echoRequest(7, 1, size)));
  assertEquals((await world.read()).length, 65535);
  assertEquals(world.sniffer.receive()!.data.length, 65535);
  assertEquals(world.sniffer.receive()!.data.length, 65535);
});
