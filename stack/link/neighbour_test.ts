import { assert, assertEquals } from "@std/assert";
import { echoRequest, EthernetBench, frameWords, OURS, THEIRS, WITHOUT_IPV6 } from "./_testing.ts";
import { connectStacks, runTogether } from "./pair.ts";
import { Stack } from "../stack.ts";
import { AF_INET, SOCK_DGRAM } from "../../abi/socket_constants.ts";
import { encodeSockaddr } from "../inet/sockaddr.ts";
import { IpAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import * as ethernet from "../wire/ethernet.ts";
import { nudName } from "./neighbour_state.ts";

/** Sends a datagram from a socket of its own; what the call gives. */
function sendTo(stack: Stack, address: string, fd?: number): { fd: number; result: number; errno: number } {
  const own = fd ??
    stack.sockets.call({ name: "socket", domain: AF_INET, type: SOCK_DGRAM, protocol: 0 }).outcome!.result;
  const to = encodeSockaddr(AF_INET, { address: IpAddress.parse(address), port: 9 });
  const data = new Uint8Array(4);
  const { result, errno } = stack.sockets.call(
    { name: "sendto", fd: own, data, length: 4, flags: 0, address: to, address_length: to.length },
  ).outcome!;
  return { fd: own, result, errno };
}

function stateOf(bench: EthernetBench, address: string): string {
  const found = bench.stack.ip.neighbours.table(4)!.lookup(IpAddress.parse(address), bench.device);
  return found === undefined ? "none" : nudName(found.state);
}

Deno.test("a packet waits for its neighbour's address and is sent to it", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  sendTo(bench.stack, "192.0.2.2");
  assertEquals(bench.words(), ["0 all arp request who has 192.0.2.2 tell 192.0.2.1 (02:00:00:00:00:01)"]);
  assertEquals(stateOf(bench, "192.0.2.2"), "INCOMPLETE");
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  assertEquals(bench.words(), ["0 them 192.0.2.1 > 192.0.2.2 protocol 17"]);
  assertEquals(stateOf(bench, "192.0.2.2"), "REACHABLE");
});

Deno.test("a neighbour that does not answer: three questions a second apart, then host unreachable", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  const { fd } = sendTo(bench.stack, "192.0.2.2");
  bench.stack.runUntil(10_000_000);
  assertEquals(bench.words().map((one) => one.split(" ").slice(0, 4).join(" ")), [
    "0 all arp request",
    "1000 all arp request",
    "2000 all arp request",
  ]);
  assertEquals(stateOf(bench, "192.0.2.2"), "FAILED");
  const error = bench.stack.sockets.call({ name: "getsockopt", fd, level: 1, option: 4, length: 4 }).outcome!;
  // An unconnected socket without IP_RECVERR is not told (RFC 1122 section 4.1.3.3 is about connected ones).
  assertEquals([...error.data!], [0, 0, 0, 0]);
  assertEquals(bench.stack.net.mib.get("Icmp.InDestUnreachs"), 1);
  sendTo(bench.stack, "192.0.2.2", fd);
  assertEquals(bench.take().length, 1, "it is asked for anew");
});

Deno.test("what waits is bounded: the oldest goes", () => {
  const bench = new EthernetBench(["192.0.2.1/24"], { sysctl: { "net.ipv4.neigh.default.unres_qlen_bytes": 2000 } });
  const { fd } = sendTo(bench.stack, "192.0.2.2");
  for (let i = 0; i < 9; i++) sendTo(bench.stack, "192.0.2.2", fd);
  bench.take();
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  // 32 octets and 576 of buffer each.
  assertEquals(bench.take().length, 3);
  assertEquals(bench.stack.ip.neighbours.table(4)!.statistics.unresolved_discards, 7);
});

Deno.test("stale, delay, probe: unicast questions, then the neighbour is given up", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  const { fd } = sendTo(bench.stack, "192.0.2.2");
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  bench.take();
  // A confirmation holds for half to one and a half of 30 s.
  bench.stack.runUntil(14_000_000);
  assertEquals(stateOf(bench, "192.0.2.2"), "REACHABLE");
  bench.stack.runUntil(46_000_000);
  assertEquals(stateOf(bench, "192.0.2.2"), "STALE");
  sendTo(bench.stack, "192.0.2.2", fd);
  assertEquals(bench.words(), ["46000 them 192.0.2.1 > 192.0.2.2 protocol 17"]);
  assertEquals(stateOf(bench, "192.0.2.2"), "DELAY");
  bench.stack.runUntil(60_000_000);
  assertEquals(bench.words().map((one) => one.split(" ").slice(0, 4).join(" ")), [
    "51000 them arp request",
    "52000 them arp request",
    "53000 them arp request",
  ]);
  assertEquals(stateOf(bench, "192.0.2.2"), "FAILED");
});

Deno.test("a reply while probing, and a confirmation from above, make it reachable again", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  const { fd } = sendTo(bench.stack, "192.0.2.2");
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  bench.stack.runUntil(46_000_000);
  sendTo(bench.stack, "192.0.2.2", fd);
  bench.stack.runUntil(51_500_000);
  assertEquals(stateOf(bench, "192.0.2.2"), "PROBE");
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  assertEquals(stateOf(bench, "192.0.2.2"), "REACHABLE");
  bench.stack.runUntil(100_000_000);
  sendTo(bench.stack, "192.0.2.2", fd);
  bench.stack.ip.neighbours.confirm(bench.device, IpAddress.parse("192.0.2.2"));
  assertEquals(stateOf(bench, "192.0.2.2"), "REACHABLE");
});

Deno.test("gc_thresh3 bounds the table; neighbours that may go make room", () => {
  const sysctl = {
    "net.ipv4.neigh.default.gc_thresh1": 1,
    "net.ipv4.neigh.default.gc_thresh2": 2,
    "net.ipv4.neigh.default.gc_thresh3": 3,
  };
  const bench = new EthernetBench(["192.0.2.1/24"], { sysctl });
  const { fd } = sendTo(bench.stack, "192.0.2.2");
  sendTo(bench.stack, "192.0.2.3", fd);
  sendTo(bench.stack, "192.0.2.4", fd);
  // Three are being asked for. A datagram that is dropped here is no error to a socket without IP_RECVERR (udp(7)).
  assertEquals(sendTo(bench.stack, "192.0.2.5", fd).result, 4);
  assertEquals(stateOf(bench, "192.0.2.5"), "none");
  const { statistics } = bench.stack.ip.neighbours.table(4)!;
  assertEquals(statistics.table_fulls, 1);
  bench.arp(arp.ARPOP_REPLY, "192.0.2.3", "192.0.2.1", OURS);
  assertEquals(sendTo(bench.stack, "192.0.2.5", fd).result, 4);
  assertEquals(stateOf(bench, "192.0.2.3"), "none");
});

Deno.test("two stacks on Ethernet find each other", () => {
  const [a, b] = [1, 2].map((seed) => new Stack({ seed, sysctl: WITHOUT_IPV6 })) as [Stack, Stack];
  const frames: string[] = [];
  const link = connectStacks(a, b, { ethernet: true, tap: (_, octets) => frames.push(frameWords(octets)) });
  a.addAddress(link.devices[0], "192.0.2.1/24");
  b.addAddress(link.devices[1], "192.0.2.2/24");
  a.receive(link.devices[0], new Uint8Array(3));
  sendTo(a, "192.0.2.2");
  runTogether([a, b], 1_000_000);
  assertEquals(frames.slice(0, 2).map((one) => one.split(" ").slice(1, 3).join(" ")), ["arp request", "arp reply"]);
  assert(frames.length >= 4, "the datagram, and port unreachable back");
  assertEquals(b.net.mib.get("Udp.NoPorts"), 1);
  assertEquals(a.ip.ethernet.drops.truncated, 1);
});

Deno.test("Ethernet: other stations, groups nobody is in, unknown VLANs and types are dropped with a reason", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  const echo = echoRequest("192.0.2.2", "192.0.2.1");
  bench.receive(THEIRS, ethernet.ETH_P_IP, echo);
  bench.receive(ethernetGroup("01:00:5e:01:02:03"), ethernet.ETH_P_IP, echo);
  bench.receive(OURS, 0x88b5, echo);
  bench.receive(OURS, ethernet.ETH_P_8021Q, new Uint8Array([0, 5, 8, 0, ...echo]));
  assertEquals(bench.stack.ip.ethernet.drops, { truncated: 0, otherhost: 1, filtered: 1, vlan: 1, protocol: 1 });
  assertEquals(bench.take().length, 0);
  // A tag with identifier 0 is a priority alone.
  bench.receive(OURS, ethernet.ETH_P_8021Q, new Uint8Array([0xe0, 0, 8, 0, ...echo]));
  assertEquals(bench.stack.net.mib.get("Icmp.InEchos"), 1);
});

Deno.test("Ethernet: frames of a VLAN belong to its device, and go out with the tag", () => {
  const bench = new EthernetBench([]);
  const vlan = bench.stack.addVlan(bench.device, 5);
  bench.stack.addAddress(vlan, "192.0.2.1/24");
  const request = arp.emit({
    operation: arp.ARPOP_REQUEST,
    senderHardware: THEIRS,
    senderProtocol: IpAddress.parse("192.0.2.2"),
    targetProtocol: IpAddress.parse("192.0.2.1"),
  });
  bench.receive(OURS, ethernet.ETH_P_8021Q, new Uint8Array([0, 5, 8, 6, ...request]));
  bench.receive(OURS, ethernet.ETH_P_8021Q, new Uint8Array([0, 5, 8, 0, ...echoRequest("192.0.2.2", "192.0.2.1")]));
  assertEquals(bench.words(), [
    "0 them vlan 5 arp reply 192.0.2.1 is at 02:00:00:00:00:01",
    "0 them vlan 5 192.0.2.1 > 192.0.2.2 protocol 1",
  ]);
});

function ethernetGroup(text: string) {
  return ethernet.parse(new Uint8Array([...text.split(":").map((one) => parseInt(one, 16)), 0, 0, 0, 0, 0, 0, 8, 0]))
    .header.destination;
}

Deno.test("an acknowledgement of new data confirms the neighbour", () => {
  const bench = new EthernetBench(["192.0.2.1/24"]);
  sendTo(bench.stack, "192.0.2.2");
  bench.arp(arp.ARPOP_REPLY, "192.0.2.2", "192.0.2.1", OURS);
  bench.stack.runUntil(46_000_000);
  assertEquals(stateOf(bench, "192.0.2.2"), "STALE");
  const route = bench.stack.ip.route_output({ family: 4, destination: IpAddress.parse("192.0.2.2") });
  if (typeof route === "number") throw new Error(`no route: ${route}`);
  bench.stack.ip.confirm_neighbour(route);
  assertEquals(stateOf(bench, "192.0.2.2"), "REACHABLE");
});
