/**
 * The IP floor: `deno bench bench/ip_bench.ts`. Reassembly is measured in four orders of arrival, of which the order sent
 * is the baseline.
 *
 * @module
 */
import { PacketBuffer } from "../stack/buffer.ts";
import { PmtuDiscovery } from "../stack/ip/interface.ts";
import { CallbackDevice } from "../stack/link/callback_device.ts";
import { seededRandom } from "../stack/random.ts";
import { Stack } from "../stack/stack.ts";
import { IpAddress } from "../stack/wire/address.ts";
import * as icmpv4 from "../stack/wire/icmpv4.ts";
import * as ipv4 from "../stack/wire/ipv4.ts";
import * as ipv6 from "../stack/wire/ipv6.ts";

const PROTOCOL = 253;
const LOCAL4 = IpAddress.parse("192.0.2.1");
const REMOTE4 = IpAddress.parse("192.0.2.2");
const LOCAL6 = IpAddress.parse("2001:db8::1");
const REMOTE6 = IpAddress.parse("2001:db8::2");

const stack = new Stack();
const tun0 = new CallbackDevice({ transmit: () => {} });
stack.addDevice(tun0);
stack.addAddress(tun0, "192.0.2.1/24");
stack.addAddress(tun0, "2001:db8::1/64");
let delivered = 0;
for (const family of [4, 6] as const) {
  stack.ip.addProtocol(family, PROTOCOL, { receive: () => delivered++, error: () => {} });
}

const payload = new Uint8Array(1000);
const packet4 = Uint8Array.of(
  ...ipv4.emit({ protocol: PROTOCOL, source: REMOTE4, destination: LOCAL4 }, payload.length),
  ...payload,
);
const packet6 = Uint8Array.of(
  ...ipv6.emit({ nextHeader: PROTOCOL, source: REMOTE6, destination: LOCAL6 }, payload.length),
  ...payload,
);
Deno.bench("receive to a transport, IPv4", { group: "receive" }, () => stack.receive(tun0, packet4));
Deno.bench("receive to a transport, IPv6", { group: "receive" }, () => stack.receive(tun0, packet6));

const echo = Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1, ...payload);
icmpv4.fillChecksum(echo, 0, echo.length);
const ping = Uint8Array.of(...ipv4.emit({ protocol: 1, source: REMOTE4, destination: LOCAL4 }, echo.length), ...echo);
Deno.bench("echo of 1000 octets", { group: "receive" }, () => stack.receive(tun0, ping));

for (const destination of [REMOTE4, REMOTE6]) {
  const { family } = destination;
  const route = stack.ip.route_output({ family, destination });
  if (typeof route === "number") throw new Error(`no route: ${route}`);
  const options = {
    source: route.source,
    destination,
    protocol: PROTOCOL,
    tos: 0,
    ttl: 0,
    pmtudisc: PmtuDiscovery.WANT,
    id: 1,
  };
  const packet = PacketBuffer.allocate(1000);
  const { data } = packet;
  Deno.bench(`queue_xmit, IPv${family}`, { group: "send" }, () => {
    packet.data = data;
    stack.ip.queue_xmit(packet, route, options);
  });
  const flow = { family, destination };
  Deno.bench(`route lookup, cached, IPv${family}`, { group: "send" }, () => {
    stack.ip.route_output(flow);
  });
}

const PIECES = 8000;
const fragments = Array.from({ length: PIECES }, (_, i) =>
  Uint8Array.of(
    ...ipv4.emit({
      protocol: PROTOCOL,
      source: REMOTE4,
      destination: LOCAL4,
      identification: 1,
      fragmentOffset: i * 8,
      moreFragments: i < PIECES - 1,
    }, 8),
    ...new Uint8Array(8),
  ));
const random = seededRandom(1);
const shuffled = fragments.map((bytes) => ({ bytes, key: random() })).sort((a, b) => a.key - b.key).map(({ bytes }) =>
  bytes
);
const orders: Record<string, Uint8Array[]> = {
  "as sent": fragments,
  "reversed": fragments.toReversed(),
  "every other first": [...fragments.filter((_, i) => i % 2 === 0), ...fragments.filter((_, i) => i % 2 === 1)],
  "shuffled": shuffled,
};
for (const [name, order] of Object.entries(orders)) {
  Deno.bench(
    `64000 octets in ${PIECES} fragments, ${name}`,
    { group: "reassembly", baseline: order === fragments },
    () => {
      const before = delivered;
      for (const bytes of order) stack.receive(tun0, bytes);
      if (delivered !== before + 1) throw new Error("not reassembled");
    },
  );
}

Deno.bench("a new stack", () => {
  new Stack();
});
