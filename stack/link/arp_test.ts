import { assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { EthernetBench, OURS } from "./_testing.ts";
import { IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import { nudName } from "./neighbour_state.ts";

const REPLY = "0 them arp reply 192.0.2.1 is at 02:00:00:00:00:01";
const OTHER = MacAddress.parse("02:00:00:00:00:03");

function known(bench: EthernetBench, address: string): string {
  const found = bench.stack.ip.neighbours.table(4)!.lookup(IpAddress.parse(address), bench.device);
  return found === undefined ? "none" : `${nudName(found.state)} ${new MacAddress(found.lladdr!)}`;
}

Deno.test("a request for our address is answered, and who asks is known from then on", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.1");
  assertEquals(bench.words(), [REPLY]);
  assertEquals(known(bench, "192.0.2.2"), "STALE 02:00:00:00:00:02");
});

Deno.test("a request for another's address is not answered, and teaches nothing new", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.3");
  assertEquals(bench.words(), []);
  assertEquals(known(bench, "192.0.2.2"), "none");
});

Deno.test("a probe for our address is defended, and its sender not learned", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  bench.arp(arp.ARPOP_REQUEST, "0.0.0.0", "192.0.2.1");
  assertEquals(bench.words(), [REPLY]);
  assertEquals(bench.stack.ip.neighbours.table(4)!.size, 0);
});

Deno.test("arp_ignore: addresses of other interfaces, other subnets, everything", () => {
  const answered = (ignore: number, sender: string, target: string) => {
    const bench = new EthernetBench(["192.0.2.1/24"], { sysctl: { "net.ipv4.conf.all.arp_ignore": ignore } });
    bench.stack.addAddress(bench.stack.loopback, "198.51.100.1/32");
    bench.arp(arp.ARPOP_REQUEST, sender, target);
    return bench.take().length === 1;
  };
  assertEquals([0, 1].map((ignore) => answered(ignore, "192.0.2.2", "198.51.100.1")), [true, false]);
  assertEquals([1, 2].map((ignore) => answered(ignore, "203.0.113.2", "192.0.2.1")), [true, false]);
  assertEquals([2, 8].map((ignore) => answered(ignore, "192.0.2.2", "192.0.2.1")), [true, false]);
});

Deno.test("gratuitous ARP: what is known changes, what is not known only by arp_accept", () => {
  for (const accept of [0, 1]) {
    const bench = new EthernetBench(["192.0.2.1/24"], { sysctl: { "net.ipv4.conf.all.arp_accept": accept } });
    bench.arp(arp.ARPOP_REQUEST, "192.0.2.7", "192.0.2.7");
    assertEquals(known(bench, "192.0.2.7"), accept === 0 ? "none" : "STALE 02:00:00:00:00:02");
  }
  const bench = new EthernetBench(["192.0.2.1/24"]);
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.1");
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.2", MacAddress.BROADCAST, OTHER);
  assertEquals(known(bench, "192.0.2.2"), "STALE 02:00:00:00:00:02", "within the lock time");
  bench.stack.poll(1_000_000);
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.2", MacAddress.BROADCAST, OTHER);
  assertEquals(known(bench, "192.0.2.2"), "STALE 02:00:00:00:00:03");
});

Deno.test("drop_gratuitous_arp: it is not heard", () => {
  const bench = new EthernetBench(["192.0.2.1/24"], {
    sysctl: { "net.ipv4.conf.all.drop_gratuitous_arp": 1, "net.ipv4.conf.all.arp_accept": 1 },
  });
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.7", "192.0.2.7");
  assertEquals(known(bench, "192.0.2.7"), "none");
});

Deno.test("proxy_arp: what is forwarded through another interface is answered for", () => {
  const sysctl = { "net.ipv4.conf.all.proxy_arp": 1, "net.ipv4.ip_forward": 1 };
  const bench = new EthernetBench(["192.0.2.1/24"], { sysctl });
  const vlan = bench.stack.addVlan(bench.device, 5);
  bench.stack.addAddress(vlan, "198.51.100.1/24");
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "198.51.100.9");
  bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.9");
  assertEquals(bench.words(), ["0 them arp reply 198.51.100.9 is at 02:00:00:00:00:01"]);
});

Deno.test("arp_announce: the address that asks", () => {
  const asks = (announce: number) => {
    const bench = new EthernetBench(["192.0.2.1/24"], { sysctl: { "net.ipv4.conf.all.arp_announce": announce } });
    bench.stack.addAddress(bench.stack.loopback, "198.51.100.1/32");
    // A reply from the address of lo.
    bench.arp(arp.ARPOP_REQUEST, "192.0.2.2", "192.0.2.1");
    const neighbour = bench.stack.ip.neighbours.table(4)!.lookup(IpAddress.parse("192.0.2.2"), bench.device)!;
    neighbour.drop();
    bench.take();
    const { stack } = bench;
    const route = stack.ip.route_output({
      family: 4,
      destination: IpAddress.parse("192.0.2.2"),
      source: IpAddress.parse("198.51.100.1"),
    });
    if (typeof route === "number") throw new Error(`no route: ${route}`);
    const packet = new Uint8Array(8);
    stack.ip.queue_xmit(bufferOf(packet), route, {
      source: IpAddress.parse("198.51.100.1"),
      destination: route.destination,
      protocol: 17,
      tos: 0,
      ttl: 0,
      pmtudisc: 1,
    });
    return bench.words()[0]!.split(" tell ")[1]!.split(" ")[0];
  };
  assertEquals([0, 1, 2].map(asks), ["198.51.100.1", "192.0.2.1", "192.0.2.1"]);
});

Deno.test("malformed ARP is counted and dropped", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  bench.receive(OURS, 0x0806, new Uint8Array(27));
  bench.receive(OURS, 0x0806, new Uint8Array(28));
  assertEquals([bench.stack.ip.arp.malformed, bench.take().length], [2, 0]);
});

function bufferOf(octets: Uint8Array): PacketBuffer {
  const packet = PacketBuffer.allocate(octets.length);
  packet.bytes.set(octets, packet.data);
  return packet;
}
