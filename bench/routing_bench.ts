/**
 * Routing: `deno bench bench/routing_bench.ts`. What a lookup costs with 1 to 100,000 routes, and what a forwarded packet costs with one
 * flow to 20,000, each beside the smallest.
 *
 * @module
 */
import { PacketBuffer } from "../stack/buffer.ts";
import { Fib, RT_TABLE_MAIN } from "../stack/ip/fib.ts";
import { CallbackDevice } from "../stack/link/callback_device.ts";
import { seededRandom } from "../stack/random.ts";
import { Stack } from "../stack/stack.ts";
import { IpAddress } from "../stack/wire/address.ts";
import * as ipv4 from "../stack/wire/ipv4.ts";
import * as ipv6 from "../stack/wire/ipv6.ts";

const ROUTES = [1, 10, 100, 1000, 10_000, 100_000];
const FLOWS = [1, 100, 4000, 20_000, 100_000];
/** Lengths of prefixes as they are common: most are the longest that is passed on between networks. */
const LENGTHS = {
  4: [8, 12, 16, 18, 19, 20, 21, 22, 23, 24, 24, 24, 24, 24],
  6: [20, 28, 29, 32, 36, 40, 44, 46, 48, 48, 48, 48, 64],
};
/** Destinations that are looked up in turn. */
const PROBES = 4096;

function randomAddress(family: 4 | 6, random: () => number): IpAddress {
  const bytes = Uint8Array.from({ length: family === 4 ? 4 : 16 }, () => random() >>> 24);
  // Global unicast: 1.0.0.0 to 223.255.255.255, 2000::/3.
  bytes[0] = family === 4 ? 1 + bytes[0]! % 223 : 0x20 | bytes[0]! & 0x1f;
  if (family === 4 && bytes[0] === 127) bytes[0] = 126;
  return new IpAddress(bytes);
}

const device = new CallbackDevice({ name: "tun0", transmit: () => {} });

for (const family of [4, 6] as const) {
  for (const count of ROUTES) {
    const random = seededRandom(1);
    const fib = new Fib(family);
    const table = fib.table(RT_TABLE_MAIN);
    const fits: IpAddress[] = [];
    for (let added = 0; added < count;) {
      const address = randomAddress(family, random);
      const length = count === 1 ? LENGTHS[family].at(-1)! : LENGTHS[family][random() % LENGTHS[family].length]!;
      const prefix = { address: address.masked(length), length };
      const route = {
        prefix,
        type: "unicast",
        gateway: undefined,
        device,
        source: undefined,
        metrics: {},
        metric: 0,
        table: RT_TABLE_MAIN,
      } as const;
      if (!table.insert(route)) continue;
      added++;
      if (fits.length < PROBES) fits.push(address);
    }
    const probes = Array.from({ length: PROBES }, (_, i) => fits[i % fits.length]!);
    if (fib.lookup(probes[0]!, 0) === undefined) throw new Error("no route");
    let next = 0;
    Deno.bench(
      `lookup among ${count} routes, IPv${family}`,
      { group: `lookup IPv${family}`, baseline: count === 1 },
      () => {
        fib.lookup(probes[next]!, 0);
        next = next + 1 & PROBES - 1;
      },
    );
  }
}

for (const family of [4, 6] as const) {
  for (const count of FLOWS) {
    const random = seededRandom(2);
    let sent = 0;
    const stack = new Stack({ sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 } });
    const inside = new CallbackDevice({ name: "tun0", transmit: () => {} });
    const outside = new CallbackDevice({ name: "tun1", transmit: () => sent++ });
    stack.addDevice(inside);
    stack.addDevice(outside);
    stack.addAddress(inside, family === 4 ? "10.0.0.1/8" : "fd00::1/64");
    stack.addAddress(outside, family === 4 ? "192.0.2.1/24" : "2001:db8::1/64", { nodad: true });
    const gateway = IpAddress.parse(family === 4 ? "192.0.2.2" : "2001:db8::2");
    stack.addRoute({ prefix: { address: family === 4 ? IpAddress.ANY4 : IpAddress.ANY6, length: 0 }, gateway });
    const source = IpAddress.parse(family === 4 ? "10.1.2.3" : "fd00::5");
    const packets = Array.from({ length: count }, () => {
      const destination = randomAddress(family, random);
      const header = family === 4
        ? ipv4.emit({ protocol: 17, source, destination }, 64)
        : ipv6.emit({ nextHeader: 17, source, destination }, 64);
      return Uint8Array.of(...header, ...new Uint8Array(64));
    });
    const buffer = new PacketBuffer(new Uint8Array(packets[0]!.length));
    const { data, tail } = buffer;
    let next = 0;
    const forward = () => {
      buffer.bytes.set(packets[next]!);
      buffer.data = data;
      buffer.tail = tail;
      stack.receive(inside, buffer);
      next = next + 1 === count ? 0 : next + 1;
    };
    forward();
    if (sent !== 1) throw new Error("not forwarded");
    Deno.bench(
      `forward, ${count} flows, IPv${family}`,
      { group: `forward IPv${family}`, baseline: count === 1 },
      forward,
    );
  }
}
