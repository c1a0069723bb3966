import { assert, assertEquals } from "@std/assert";
import { PacketBuffer } from "../buffer.ts";
import { PmtuDiscovery } from "../ip/interface.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { parseImpairment } from "./impairment.ts";
import { connectStacks, runTogether } from "./pair.ts";

function pair(impairment: string) {
  const a = new Stack({ seed: 1 });
  const b = new Stack({ seed: 2 });
  const trace: string[] = [];
  const link = connectStacks(a, b, {
    impairments: parseImpairment(impairment),
    tap: (end, octets, now) => trace.push(`${now} ${end} ${octets.length}`),
  });
  a.addAddress(link.devices[0], "192.0.2.1/24");
  b.addAddress(link.devices[1], "192.0.2.2/24");
  const ping = (sequence: number) => {
    const destination = IpAddress.parse("192.0.2.2");
    const route = a.ip.route_output({ family: 4, destination });
    assert(typeof route !== "number");
    const message = PacketBuffer.allocate(64);
    message.bytes.set([8, 0, 0xf7, 0xff - sequence, 0, 0, 0, sequence], message.data);
    a.ip.queue_xmit(message, route, {
      source: route.source,
      destination,
      protocol: 1,
      tos: 0,
      ttl: 0,
      pmtudisc: PmtuDiscovery.DONT,
    });
  };
  return { a, b, link, trace, ping };
}

Deno.test("pair: a ping takes one round trip of virtual time", () => {
  const { a, b, trace, ping } = pair("delay=10ms");
  const replies: number[] = [];
  a.icmp.addPingReceiver(() => (replies.push(a.net.now), true));
  ping(1);
  assertEquals(runTogether([a, b], 1_000_000), 1_000_000);
  assertEquals(trace, ["0 0 84", "10000 1 84"]);
  assertEquals(replies, [20_000]);
});

Deno.test("pair: without delay too nobody is re-entered", () => {
  const { a, b, ping } = pair("");
  let inside = false;
  let replies = 0;
  a.icmp.addPingReceiver(() => {
    assert(!inside);
    replies++;
    return true;
  });
  inside = true;
  for (let i = 0; i < 5; i++) ping(i);
  inside = false;
  runTogether([a, b], 0);
  assertEquals(replies, 5);
});

Deno.test("pair: the same seeds, the same trace", () => {
  const traces = [1, 2].map(() => {
    const { a, b, trace, ping } = pair("loss=10% dup=10% reorder=10% corrupt=5% delay=5ms jitter=4ms rate=1mbit");
    for (let i = 0; i < 100; i++) {
      ping(i);
      runTogether([a, b], (i + 1) * 1000);
    }
    runTogether([a, b], 10_000_000);
    return trace;
  });
  assertEquals(traces[0], traces[1]);
  assert(traces[0]!.length > 150 && traces[0]!.length !== 200);
});
