import { assert } from "@std/assert";
import fc from "fast-check";
import { IpAddress } from "../wire/address.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import { LOCAL4, LOCAL6, REMOTE4, REMOTE6, TEST_PROTOCOL, world } from "./_testing.ts";

const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const address4 = fc.oneof(
  fc.constant(LOCAL4),
  fc.constant(REMOTE4),
  fc.constantFrom("192.0.2.255", "224.0.0.1", "198.51.100.7", "0.0.0.0", "127.0.0.1").map((text) =>
    IpAddress.parse(text)
  ),
);
const address6 = fc.oneof(
  fc.constant(LOCAL6),
  fc.constant(REMOTE6),
  fc.constantFrom("ff02::1", "2001:db8:7::1", "fe80::1", "::").map((text) => IpAddress.parse(text)),
);

/** An IPv4 packet that gets past the header checks more often than not. */
const packet4 = fc.record({
  source: address4,
  destination: address4,
  protocol: fc.constantFrom(1, 1, 2, 6, 17, 17, TEST_PROTOCOL, 200),
  options: fc.oneof(fc.constant(new Uint8Array(0)), octets(40)),
  payload: octets(200),
  ttl: fc.nat(255),
  flags: fc.nat(7),
  offset: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(8191)),
  id: fc.nat(3),
  goodChecksum: fc.boolean(),
}).map((fields) => {
  const options = Uint8Array.from({ length: (fields.options.length + 3) & ~3 }, (_, i) => fields.options[i] ?? 0);
  const payload = fields.payload.slice();
  if (fields.protocol === 1 && payload.length >= 8 && fields.goodChecksum) {
    icmpv4.fillChecksum(payload, 0, payload.length);
  }
  const header = ipv4.emit({
    protocol: fields.protocol,
    source: fields.source,
    destination: fields.destination,
    timeToLive: fields.ttl,
    identification: fields.id,
  }, payload.length);
  const bytes = Uint8Array.of(...header, ...options, ...payload);
  ipv4.setVersionAndHeaderLength(bytes, 0, 20 + options.length);
  ipv4.setTotalLength(bytes, 0, bytes.length);
  ipv4.setFlagsAndOffset(bytes, 0, (fields.flags << 13) | fields.offset);
  ipv4.fillHeaderChecksum(bytes, 0);
  return bytes;
});

/** An IPv6 packet with a chain of extension headers. */
const packet6 = fc.record({
  source: address6,
  destination: address6,
  headers: fc.array(fc.record({ next: fc.constantFrom(0, 43, 44, 51, 60), content: octets(30) }), { maxLength: 4 }),
  last: fc.constantFrom(58, 58, 6, 17, 59, TEST_PROTOCOL, 200),
  payload: octets(200),
  hopLimit: fc.nat(255),
  goodChecksum: fc.boolean(),
}).map(({ source, destination, headers, last, payload, hopLimit, goodChecksum }) => {
  const body: number[] = [];
  headers.forEach(({ next, content }, index) => {
    const length = next === 44 ? 8 : (content.length + 2 + 7) & ~7;
    const header = new Uint8Array(length);
    header.set(content.subarray(0, length - 2), 2);
    header[0] = headers[index + 1]?.next ?? last;
    header[1] = next === 44 ? 0 : (length >> 3) - 1;
    body.push(...header);
  });
  const data = payload.slice();
  if (last === 58 && data.length >= 8 && goodChecksum) {
    icmpv6.fillChecksum(data, 0, data.length, pseudoHeaderSum(source, destination, 58, data.length));
  }
  body.push(...data);
  const header = ipv6.emit({ source, destination, nextHeader: headers[0]?.next ?? last, hopLimit }, body.length);
  return Uint8Array.of(...header, ...body);
});

const mutation = fc.record({ at: fc.nat(300), value: fc.nat(255), cut: fc.option(fc.nat(300), { freq: 5 }) });

Deno.test("no packet, however broken, makes the stack throw or hold memory without bound", () => {
  let rounds = 0;
  const step = fc.tuple(fc.oneof(packet4, packet6, octets(120)), fc.option(mutation, { freq: 2 }), fc.nat(2_000_000));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), (steps, forwarding) => {
      const w = world({
        sysctl: {
          "net.ipv4.ip_forward": forwarding ? 1 : 0,
          "net.ipv6.conf.all.forwarding": forwarding ? 1 : 0,
          "net.ipv4.conf.all.accept_source_route": forwarding ? 1 : 0,
          "net.ipv4.ipfrag_low_thresh": 10_000,
          "net.ipv4.ipfrag_high_thresh": 20_000,
          "net.ipv6.ip6frag_low_thresh": 10_000,
          "net.ipv6.ip6frag_high_thresh": 20_000,
        },
      });
      for (const [packet, mutate, elapsed] of steps) {
        let bytes = packet.slice();
        if (mutate !== null) {
          if (mutate.at < bytes.length) bytes[mutate.at] = mutate.value;
          if (mutate.cut !== null) bytes = bytes.slice(0, mutate.cut);
        }
        w.stack.receive(w.tun0, bytes);
        w.stack.runUntil(w.stack.net.now + elapsed);
        rounds++;
        assert(w.stack.ip.frags4.memory < 25_000 && w.stack.ip.frags6.memory < 25_000);
        assert(w.sent.length <= 60 * rounds);
      }
      w.stack.runUntil(w.stack.net.now + 200_000_000);
      assert(w.stack.ip.frags4.memory === 0 && w.stack.ip.frags6.memory === 0);
      for (const bytes of w.sent) {
        const version = bytes[0]! >> 4;
        assert(
          version === 4
            ? ipv4.check(bytes, 0, bytes.length) === undefined
            : ipv6.check(bytes, 0, bytes.length) === undefined,
        );
      }
    }),
    { numRuns: 200, seed: 1 },
  );
  assert(rounds > 1000);
});
