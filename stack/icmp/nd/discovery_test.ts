import { assertEquals } from "@std/assert";
import { EthernetBench, OURS, THEIRS } from "../../link/_testing.ts";
import { nudName } from "../../link/neighbour_state.ts";
import { connectStacks, runTogether } from "../../link/pair.ts";
import { Stack, type StackOptions } from "../../stack.ts";
import { IpAddress, MacAddress } from "../../wire/address.ts";
import { concatBytes } from "../../wire/bytes.ts";
import { pseudoHeaderSum } from "../../wire/checksum.ts";
import * as ethernet from "../../wire/ethernet.ts";
import * as icmpv6 from "../../wire/icmpv6.ts";
import * as ipv6 from "../../wire/ipv6.ts";
import * as nd from "../../wire/nd.ts";

const SECOND = 1_000_000;
const QUIET: StackOptions = {
  sysctl: { "net.ipv6.conf.default.dad_transmits": 0, "net.ipv6.conf.default.router_solicitations": 0 },
};
const PLAIN: StackOptions = {
  sysctl: { "net.ipv6.conf.all.enhanced_dad": 0, "net.ipv6.conf.default.enhanced_dad": 0 },
};
const OUR_LINK_LOCAL = "fe80::ff:fe00:1";
const THEIR_LINK_LOCAL = "fe80::ff:fe00:2";

/** A bench for IPv6: reports of groups are left out of what was sent. */
class NdBench extends EthernetBench {
  constructor(addresses: readonly string[], options: StackOptions = {}) {
    super(addresses, options, true);
  }

  /** Gives it a message. */
  say(source: string, destination: string, body: nd.NdBody, options: { hops?: number; from?: MacAddress } = {}): void {
    const octets = nd.emitNd(body);
    const kinds = [
      "router-solicitation",
      "router-advertisement",
      "neighbor-solicitation",
      "neighbor-advertisement",
      "redirect",
    ];
    icmpv6.setType(octets, 0, 133 + kinds.indexOf(body.kind));
    const [from, to] = [IpAddress.parse(source), IpAddress.parse(destination)];
    icmpv6.fillChecksum(octets, 0, octets.length, pseudoHeaderSum(from, to, 58, octets.length));
    const header = ipv6.emit(
      { source: from, destination: to, nextHeader: 58, hopLimit: options.hops ?? 255 },
      octets.length,
    );
    const mac = to.isMulticast ? MacAddress.forMulticast(to) : OURS;
    this.receive(mac, ethernet.ETH_P_IPV6, concatBytes(header, octets), options.from ?? THEIRS);
  }

  /** What it said of neighbour discovery, in words. */
  nd(): string[] {
    const said: string[] = [];
    for (const { frame, time_us } of this.take()) {
      if (frame.length < 62 || frame[20] !== 58 || nd.fixedLength(frame[54]!) === 0) continue;
      const { body } = nd.parseNd(frame, 54, frame.length)!;
      const [source, destination] = [ipv6.source(frame, 14), ipv6.destination(frame, 14)];
      said.push(`${Math.floor(time_us / 1000)} ${source} > ${destination} ${body.kind} ${nd.formatNd(body)}`.trimEnd());
    }
    return said;
  }

  state(address: string): string {
    const found = this.stack.ip.neighbours.table(6)!.lookup(IpAddress.parse(address), this.device);
    return found === undefined ? "none" : nudName(found.state);
  }

  addresses(): string[] {
    return this.stack.ip.routes.in_device(this.device).addresses6.map(({ address, deprecated }) =>
      deprecated === true ? `${address} deprecated` : String(address)
    );
  }

  ping(destination: string): number {
    const route = this.stack.ip.route_output({ family: 6, destination: IpAddress.parse(destination) });
    return typeof route === "number" ? route : 0;
  }
}

const sll = (mac: MacAddress): nd.NdOption => ({ name: "source-link-layer", type: 1, address: mac.bytes });
const tll = (mac: MacAddress): nd.NdOption => ({ name: "target-link-layer", type: 2, address: mac.bytes });
const advertisement = (options: nd.NdOption[], lifetime = 1800, more: { hops?: number } = {}): nd.NdBody => ({
  kind: "router-advertisement",
  curHopLimit: more.hops ?? 0,
  flags: 0,
  routerLifetime: lifetime,
  reachableTime: 0,
  retransTimer: 0,
  options,
});
const prefix = (valid: number, preferred: number, flags = 0xc0): nd.NdOption => ({
  name: "prefix",
  type: 3,
  prefixLength: 64,
  flags,
  validLifetime: valid,
  preferredLifetime: preferred,
  reserved: 0,
  prefix: IpAddress.parse("2001:db8:1::"),
});

Deno.test("an interface that comes up detects its link-local address, then asks for routers", () => {
  const bench = new NdBench([], PLAIN);
  assertEquals(bench.addresses(), []);
  bench.stack.runUntil(10 * SECOND);
  const said = bench.nd().map((one) => one.replace(/^\d+ /, ""));
  assertEquals(said.slice(0, 3), [
    `:: > ff02::1:ff00:1 neighbor-solicitation who has ${OUR_LINK_LOCAL}`,
    `${OUR_LINK_LOCAL} > ff02::2 router-solicitation source-link-layer 020000000001`,
    `${OUR_LINK_LOCAL} > ff02::2 router-solicitation source-link-layer 020000000001`,
  ]);
  assertEquals(bench.addresses(), [OUR_LINK_LOCAL]);
});

Deno.test("router solicitations: as many as wanted, ever further apart", () => {
  const bench = new NdBench([], { sysctl: { "net.ipv6.conf.default.router_solicitations": 4 } });
  bench.stack.runUntil(200 * SECOND);
  const times = bench.nd().filter((one) => one.includes("router-sol")).map((one) => Number(one.split(" ")[0]));
  assertEquals(times.length, 4);
  const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) / 1000));
  // 4, 8 and 16 s, some tenth more or less; each is twice the nominal one before.
  for (const [i, gap] of gaps.entries()) assertEquals(Math.abs(gap - 4 * 2 ** i) <= 0.4 * 2 ** i + 1, true, `${gaps}`);
});

Deno.test("a duplicate address is not taken: somebody answers, or looks for it, too", () => {
  for (const how of ["answers", "looks"]) {
    const bench = new NdBench([], PLAIN);
    const target = IpAddress.parse(OUR_LINK_LOCAL);
    bench.stack.runUntil(SECOND);
    if (how === "answers") {
      bench.say(OUR_LINK_LOCAL, "ff02::1", {
        kind: "neighbor-advertisement",
        flags: 0x20000000,
        target,
        options: [tll(THEIRS)],
      });
    } else bench.say("::", "ff02::1:ff00:1", { kind: "neighbor-solicitation", reserved: 0, target, options: [] });
    bench.stack.runUntil(10 * SECOND);
    assertEquals(bench.addresses(), [], how);
    assertEquals(bench.nd().filter((one) => one.includes("router")), []);
  }
});

Deno.test("enhanced detection: one's own solicitation that comes back is no duplicate (RFC 7527)", () => {
  const bench = new NdBench([]);
  bench.stack.runUntil(SECOND);
  const own = bench.take().find(({ frame }) => frame[20] === 58 && frame[54] === 135)!;
  bench.stack.receive(bench.device, own.frame.slice());
  bench.stack.runUntil(10 * SECOND);
  assertEquals(bench.addresses(), [OUR_LINK_LOCAL]);
});

Deno.test("a solicitation for our address is answered, to who asks or, for who has no address, to all", () => {
  const bench = new NdBench(["2001:db8::1/64"], QUIET);
  bench.take();
  const target = IpAddress.parse("2001:db8::1");
  bench.say("2001:db8::2", "ff02::1:ff00:1", {
    kind: "neighbor-solicitation",
    reserved: 0,
    target,
    options: [sll(THEIRS)],
  });
  bench.say("::", "ff02::1:ff00:1", { kind: "neighbor-solicitation", reserved: 0, target, options: [] });
  bench.say("2001:db8::2", "2001:db8::1", {
    kind: "neighbor-solicitation",
    reserved: 0,
    target,
    options: [sll(THEIRS)],
  });
  assertEquals(bench.nd(), [
    "0 2001:db8::1 > 2001:db8::2 neighbor-advertisement 2001:db8::1 [SO] target-link-layer 020000000001",
    "0 2001:db8::1 > ff02::1 neighbor-advertisement 2001:db8::1 [O] target-link-layer 020000000001",
    "0 2001:db8::1 > 2001:db8::2 neighbor-advertisement 2001:db8::1 [SO]",
  ]);
  assertEquals(bench.state("2001:db8::2"), "DELAY", "it was stale, and an answer went to it");
});

Deno.test("what is not to be believed: hop limit, code, option lengths, addresses (RFC 4861 section 7.1)", () => {
  const bench = new NdBench(["2001:db8::1/64"], QUIET);
  bench.take();
  const target = IpAddress.parse("2001:db8::1");
  const ask = (options: nd.NdOption[], to = target): nd.NdBody => ({
    kind: "neighbor-solicitation",
    reserved: 0,
    target: to,
    options,
  });
  bench.say("2001:db8::2", "ff02::1:ff00:1", ask([]), { hops: 254 });
  bench.say("2001:db8::2", "ff02::1:ff00:1", ask([{ name: "malformed", data: Uint8Array.of(1, 0) }]));
  bench.say("2001:db8::2", "ff02::1:ff00:1", ask([], IpAddress.parse("ff02::1")));
  bench.say("::", "ff02::1:ff00:1", ask([sll(THEIRS)]));
  bench.say("::", "2001:db8::1", ask([]));
  assertEquals(bench.nd(), []);
  assertEquals(bench.stack.nd.refused, 2);
});

Deno.test("advertisements: what changes what (RFC 4861 section 7.2.5)", () => {
  const bench = new NdBench(["2001:db8::1/64"], QUIET);
  const target = IpAddress.parse("2001:db8::2");
  const other = MacAddress.parse("02:00:00:00:00:09");
  const tell = (flags: number, options: nd.NdOption[]) =>
    bench.say("2001:db8::2", "2001:db8::1", { kind: "neighbor-advertisement", flags: flags >>> 0, target, options });
  tell(nd.NA_OVERRIDE, [tll(THEIRS)]);
  assertEquals(bench.state("2001:db8::2"), "none", "nobody asked");
  const neighbour = bench.stack.ip.neighbours.table(6)!.obtain(target, bench.device)!;
  neighbour.update({ lladdr: THEIRS.bytes, state: 4, override: true });
  tell(nd.NA_SOLICITED, []);
  assertEquals(nudName(neighbour.state), "REACHABLE");
  tell(nd.NA_SOLICITED, [tll(other)]);
  assertEquals([nudName(neighbour.state), neighbour.hasAddress(THEIRS.bytes)], ["STALE", true], "no override");
  tell(nd.NA_OVERRIDE, [tll(other)]);
  assertEquals([nudName(neighbour.state), neighbour.hasAddress(other.bytes)], ["STALE", true]);
  tell(nd.NA_SOLICITED | nd.NA_OVERRIDE | nd.NA_ROUTER, [tll(other)]);
  assertEquals([nudName(neighbour.state), neighbour.isRouter], ["REACHABLE", true]);
});

Deno.test("a router advertisement: default route, hop limit, MTU, on-link prefix and an address made from it", () => {
  const bench = new NdBench([], QUIET);
  bench.say(
    THEIR_LINK_LOCAL,
    "ff02::1",
    advertisement([sll(THEIRS), { name: "mtu", type: 5, reserved: 0, mtu: 1400 }, prefix(7200, 3600)], 1800, {
      hops: 17,
    }),
  );
  assertEquals(bench.addresses(), [OUR_LINK_LOCAL, "2001:db8:1::ff:fe00:1"]);
  const route = bench.stack.ip.route_output({ family: 6, destination: IpAddress.parse("2001:db8:9::1") });
  if (typeof route === "number") throw new Error(`no route: ${route}`);
  assertEquals([route.gateway?.key, route.mtu(), route.hoplimit(), route.source.key], [
    THEIR_LINK_LOCAL,
    1400,
    17,
    "2001:db8:1::ff:fe00:1",
  ]);
  assertEquals(bench.ping("2001:db8:1::99"), 0);
  assertEquals(
    bench.stack.ip.neighbours.table(6)!.lookup(IpAddress.parse(THEIR_LINK_LOCAL), bench.device)!.isRouter,
    true,
  );
});

Deno.test("lifetimes: router, prefix and address end with them; an address is deprecated first", () => {
  const bench = new NdBench([], QUIET);
  bench.say(THEIR_LINK_LOCAL, "ff02::1", advertisement([prefix(100, 50)], 30));
  const remote = "2001:db8:9::1";
  assertEquals(bench.ping(remote), 0);
  bench.stack.runUntil(30 * SECOND);
  assertEquals(bench.ping(remote), -101, "ENETUNREACH");
  bench.stack.runUntil(50 * SECOND);
  assertEquals(bench.addresses(), [OUR_LINK_LOCAL, "2001:db8:1::ff:fe00:1 deprecated"]);
  bench.stack.runUntil(100 * SECOND);
  assertEquals(bench.addresses(), [OUR_LINK_LOCAL]);
  assertEquals(bench.ping("2001:db8:1::99"), -101);
});

Deno.test("an advertisement does not shorten an address's life below two hours (RFC 4862 section 5.5.3)", () => {
  const bench = new NdBench([], QUIET);
  bench.say(THEIR_LINK_LOCAL, "ff02::1", advertisement([prefix(86_400, 86_400)]));
  bench.say(THEIR_LINK_LOCAL, "ff02::1", advertisement([prefix(10, 10)]));
  bench.stack.runUntil(7199 * SECOND);
  assertEquals(bench.addresses().length, 2);
  bench.stack.runUntil(7200 * SECOND);
  assertEquals(bench.addresses().length, 1);
});

Deno.test("who advertises: link-local routers alone, and none to a router or where accept_ra is off", () => {
  const taken = (source: string, options: StackOptions) => {
    const bench = new NdBench([], { sysctl: { ...QUIET.sysctl, ...options.sysctl } });
    bench.say(source, "ff02::1", advertisement([]));
    return bench.ping("2001:db8:9::1") !== -101;
  };
  assertEquals(taken("2001:db8::2", {}), false);
  assertEquals(taken(THEIR_LINK_LOCAL, { sysctl: { "net.ipv6.conf.default.accept_ra": 0 } }), false);
  assertEquals(taken(THEIR_LINK_LOCAL, { sysctl: { "net.ipv6.conf.default.accept_ra_defrtr": 0 } }), false);
});

Deno.test("a redirect is believed from the router in use", () => {
  const bench = new NdBench([], QUIET);
  bench.say(THEIR_LINK_LOCAL, "ff02::1", advertisement([sll(THEIRS), prefix(7200, 7200)]));
  const destination = IpAddress.parse("2001:db8:9::1");
  const target = IpAddress.parse("fe80::9");
  const route = () => {
    const found = bench.stack.ip.route_output({ family: 6, destination });
    return typeof found === "number" ? found : found.gateway?.key;
  };
  const redirect: nd.NdBody = { kind: "redirect", reserved: 0, target, destination, options: [] };
  bench.say("fe80::7", "2001:db8:1::ff:fe00:1", redirect);
  assertEquals(route(), THEIR_LINK_LOCAL);
  bench.say(THEIR_LINK_LOCAL, "2001:db8:1::ff:fe00:1", redirect);
  assertEquals(route(), "fe80::9");
});

Deno.test("two stacks on Ethernet find each other by IPv6", () => {
  const [a, b] = [new Stack({ ...QUIET, seed: 1 }), new Stack({ ...QUIET, seed: 2 })];
  const link = connectStacks(a, b, { ethernet: true });
  a.addAddress(link.devices[0], "2001:db8::1/64");
  b.addAddress(link.devices[1], "2001:db8::2/64");
  const fd = a.sockets.call({ name: "socket", domain: 10, type: 2, protocol: 0 }).outcome!.result;
  const to = concatBytes(
    Uint8Array.of(10, 0, 0, 9, 0, 0, 0, 0),
    IpAddress.parse("2001:db8::2").bytes,
    new Uint8Array(4),
  );
  a.sockets.call({ name: "sendto", fd, data: new Uint8Array(4), length: 4, flags: 0, address: to, address_length: 28 });
  runTogether([a, b], SECOND);
  assertEquals(b.net.mib.get("Udp6.NoPorts"), 1);
  assertEquals(a.net.mib.get("Icmp6.InDestUnreachs"), 1);
});
