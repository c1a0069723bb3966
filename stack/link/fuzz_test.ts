/** Frames of every kind, whole, changed and cut, into a stack on Ethernet: nothing is thrown, and what is kept stays bounded. */
import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import { Stack } from "../stack.ts";
import { IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import { concatBytes } from "../wire/bytes.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ethernet from "../wire/ethernet.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as igmp from "../wire/igmp.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as mld from "../wire/mld.ts";
import * as nd from "../wire/nd.ts";
import { echoRequest, OURS, THEIRS } from "./_testing.ts";
import { CallbackDevice } from "./callback_device.ts";

const ROUNDS = 30_000;
const LINK_LOCAL = IpAddress.parse("fe80::ff:fe00:2");

/** An ICMPv6 message in its packet, hop limit and router alert as they have to be. */
function icmp6(type: number, octets: Uint8Array, destination: IpAddress, hopLimit: number, alert: boolean): Uint8Array {
  icmpv6.setType(octets, 0, type);
  icmpv6.fillChecksum(octets, 0, octets.length, pseudoHeaderSum(LINK_LOCAL, destination, 58, octets.length));
  const option = alert ? Uint8Array.of(58, 0, 5, 2, 0, 0, 1, 0) : new Uint8Array(0);
  const nextHeader = alert ? 0 : 58;
  const header = ipv6.emit({ source: LINK_LOCAL, destination, nextHeader, hopLimit }, option.length + octets.length);
  return concatBytes(header, option, octets);
}

function igmpPacket(octets: Uint8Array, destination: IpAddress): Uint8Array {
  const source = IpAddress.parse("192.0.2.2");
  return concatBytes(ipv4.emit({ source, destination, protocol: 2, timeToLive: 1 }, octets.length), octets);
}

/** One of each. */
function samples(): { readonly type: number; readonly to: MacAddress; readonly payload: Uint8Array }[] {
  const [own, group] = [IpAddress.parse("fe80::ff:fe00:1"), IpAddress.parse("ff05::1")];
  const six = (payload: Uint8Array) => ({ type: ethernet.ETH_P_IPV6, to: OURS, payload });
  const four = (payload: Uint8Array) => ({ type: ethernet.ETH_P_IP, to: OURS, payload });
  const options: nd.NdOption[] = [
    { name: "source-link-layer", type: 1, address: THEIRS.bytes },
    { name: "mtu", type: 5, reserved: 0, mtu: 1400 },
    {
      name: "prefix",
      type: 3,
      prefixLength: 64,
      flags: 0xc0,
      validLifetime: 100,
      preferredLifetime: 50,
      reserved: 0,
      prefix: IpAddress.parse("2001:db8::"),
    },
    { name: "nonce", type: 14, nonce: new Uint8Array(6) },
  ];
  const ra = nd.emitNd({
    kind: "router-advertisement",
    curHopLimit: 64,
    flags: 0,
    routerLifetime: 9,
    reachableTime: 1000,
    retransTimer: 500,
    options,
  });
  const v2 = { reserved: 0, suppress: false, qrv: 2, qqic: 125, sources: [own] };
  const v3 = { reserved: 0, suppress: false, qrv: 2, qqic: 125, sources: [IpAddress.parse("192.0.2.9")] };
  return [
    {
      type: ethernet.ETH_P_ARP,
      to: MacAddress.BROADCAST,
      payload: arp.emit({
        operation: 1,
        senderHardware: THEIRS,
        senderProtocol: IpAddress.parse("192.0.2.2"),
        targetProtocol: IpAddress.parse("192.0.2.1"),
      }),
    },
    four(echoRequest("192.0.2.2", "192.0.2.1")),
    four(igmpPacket(
      igmp.emit({ type: 0x11, maxRespCode: 10, body: { kind: "group", group: IpAddress.ANY4, v3 } }),
      IpAddress.ALL_SYSTEMS4,
    )),
    four(igmpPacket(
      igmp.emit({ type: 0x11, maxRespCode: 10, body: { kind: "group", group: IpAddress.parse("239.1.1.1") } }),
      IpAddress.ALL_SYSTEMS4,
    )),
    six(icmp6(134, ra, own, 255, false)),
    six(icmp6(135, nd.emitNd({ kind: "neighbor-solicitation", reserved: 0, target: own, options }), own, 255, false)),
    six(
      icmp6(
        136,
        nd.emitNd({ kind: "neighbor-advertisement", flags: 0x60000000, target: LINK_LOCAL, options }),
        own,
        255,
        false,
      ),
    ),
    six(
      icmp6(
        137,
        nd.emitNd({ kind: "redirect", reserved: 0, target: LINK_LOCAL, destination: own, options }),
        own,
        255,
        false,
      ),
    ),
    six(
      icmp6(
        130,
        mld.emitMld({ kind: "mld-query", maximumResponse: 100, reserved: 0, multicastAddress: group, v2 }),
        group,
        1,
        true,
      ),
    ),
  ];
}

Deno.test(`${ROUNDS} frames of all kinds, changed and cut: nothing thrown, tables bounded`, () => {
  const random = seededRandom(7);
  const below = (limit: number) => Math.floor(limit * random() / 0x1_0000_0000);
  let sent = 0;
  const device = new CallbackDevice({ name: "eth0", address: OURS, transmit: () => sent++ });
  const stack = new Stack({ devices: [device], sysctl: { "net.ipv6.conf.all.forwarding": 0 } });
  stack.addAddress(device, "192.0.2.1/24");
  stack.ip.set_membership(stack, IpAddress.parse("239.1.1.1"), device.ifindex, { mode: "exclude", sources: new Map() });
  stack.ip.set_membership(stack, IpAddress.parse("ff05::1"), device.ifindex, { mode: "exclude", sources: new Map() });
  stack.runUntil(5_000_000);
  for (let i = 0; i < ROUNDS; i++) {
    const all = samples();
    const { type, to, payload } = all[below(all.length)]!;
    let frame = concatBytes(ethernet.emit({ destination: to, source: THEIRS, etherType: type }), payload);
    for (let changes = below(4); changes > 0; changes--) frame[below(frame.length)] = below(256);
    if (below(4) === 0) frame = frame.slice(0, below(frame.length + 1));
    stack.receive(device, frame);
    if (i % 16 === 0) stack.runUntil(stack.net.now + below(200_000));
  }
  assert(sent > 1000, `${sent} frames were sent`);
  for (const family of [4, 6] as const) assert(stack.ip.neighbours.table(family)!.size <= 1024);
  assert(stack.net.timers.size < 200, `${stack.net.timers.size} timers`);
  assertEquals(stack.ip.routes.in_device(device).addresses6.length <= 16, true);
});
