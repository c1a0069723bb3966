import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { FragRuns } from "./frag_runs.ts";
import { fragment6, packet4, packet6, pattern, TEST_PROTOCOL, type World, world } from "./_testing.ts";

const SECOND = 1_000_000;

/** Sends the piece `[from, to)` of `data` as an IPv4 fragment. */
function piece4(w: World, data: Uint8Array, from: number, to: number, extra: Partial<ipv4.Ipv4HeaderInit> = {}): void {
  w.stack.receive(
    w.tun0,
    packet4(TEST_PROTOCOL, data.subarray(from, to), {
      identification: 1,
      fragmentOffset: from,
      moreFragments: to < data.length,
      ...extra,
    }),
  );
}

function piece6(w: World, data: Uint8Array, from: number, to: number): void {
  w.stack.receive(
    w.tun0,
    packet6(44, fragment6(TEST_PROTOCOL, from, to < data.length, 1, data.subarray(from, to))),
  );
}

const whole = (w: World) => w.delivered.map((packet) => packet.view().slice());

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

Deno.test("reassembly: any order, both families", () => {
  const data = pattern(4000);
  const pieces = Array.from({ length: 20 }, (_, i) => i * 200);
  for (let seed = 1; seed <= 30; seed++) {
    for (const piece of [piece4, piece6]) {
      const w = world();
      for (const from of shuffled(pieces, seed)) piece(w, data, from, from + 200);
      assertEquals(whole(w), [data]);
      assertEquals([w.stack.ip.frags4.memory, w.stack.ip.frags6.memory], [0, 0]);
    }
  }
});

Deno.test("reassembly: duplicates change nothing, overlaps give the datagram up", () => {
  const data = pattern(64);
  for (const [piece, family] of [[piece4, "Ip"], [piece6, "Ip6"]] as const) {
    const w = world();
    piece(w, data, 0, 16);
    piece(w, data, 0, 16);
    piece(w, data, 16, 32);
    piece(w, data, 8, 24);
    piece(w, data, 32, 64);
    assertEquals(whole(w), [data]);
    assertEquals(w.count(`${family}.ReasmFails`), 0);

    const bad = world();
    piece(bad, data, 0, 24);
    piece(bad, data, 16, 40);
    assertEquals(bad.count(`${family}.ReasmFails`), 1);
    piece(bad, data, 40, 64);
    assertEquals(whole(bad), []);
    // What came before is forgotten: only the last piece is held.
    piece(bad, data, 0, 40);
    assertEquals(whole(bad), [data]);
  }
});

Deno.test("reassembly: two ends, or data beyond the end, give it up", () => {
  const data = pattern(64);
  const w = world();
  piece4(w, data, 48, 64);
  piece4(w, data.subarray(0, 32), 16, 32);
  assertEquals(w.count("Ip.ReasmFails"), 1);
  piece4(w, data, 48, 64);
  w.stack.receive(
    w.tun0,
    packet4(TEST_PROTOCOL, pattern(16), { identification: 1, fragmentOffset: 64, moreFragments: true }),
  );
  assertEquals(w.count("Ip.ReasmFails"), 2);
  assertEquals(w.stack.ip.frags4.size, 0);
});

Deno.test("reassembly: datagrams are told apart by addresses, protocol and identification", () => {
  const w = world();
  const data = pattern(32);
  for (const identification of [5, 6]) piece4(w, data, 0, 16, { identification });
  w.stack.ip.addProtocol(4, 252, { receive: (packet) => w.delivered.push(packet), error: () => {} });
  piece4(w, data, 16, 32, { identification: 5, protocol: 252 });
  assertEquals(whole(w), []);
  piece4(w, data, 16, 32, { identification: 6 });
  assertEquals(whole(w), [data]);
});

Deno.test("reassembly: time exceeded after 30 and 60 s, only if the first fragment came", () => {
  const data = pattern(64);
  const w = world();
  piece4(w, data, 0, 16);
  piece4(w, data, 32, 48, { identification: 2 });
  w.stack.runUntil(30 * SECOND - 1);
  assertEquals(w.sent.length, 0);
  w.stack.runUntil(30 * SECOND);
  assertEquals(w.sent.length, 1);
  assertEquals([icmpv4.type(w.sent[0]!, 20), icmpv4.code(w.sent[0]!, 20)], [11, 1]);
  assertEquals(
    w.sent[0]!.slice(28, 64),
    packet4(TEST_PROTOCOL, data.subarray(0, 16), { identification: 1, moreFragments: true }),
  );
  assertEquals([w.count("Ip.ReasmTimeout"), w.count("Ip.ReasmFails")], [2, 2]);

  const w6 = world();
  piece6(w6, data, 0, 16);
  w6.stack.runUntil(60 * SECOND - 1);
  assertEquals(w6.sent.length, 0);
  w6.stack.runUntil(60 * SECOND);
  assertEquals([icmpv6.type(w6.sent[0]!, 40), icmpv6.code(w6.sent[0]!, 40)], [3, 1]);
  assertEquals(w6.stack.nextDeadline(), undefined);
});

Deno.test("reassembly: nothing beyond 65535 octets", () => {
  const w = world();
  const data = pattern(65544);
  for (let from = 0; from < 65536; from += 8192) {
    piece4(w, data, from, Math.min(from + 8192, 65536));
    if (from < 65528) continue;
  }
  w.stack.receive(w.tun0, packet4(TEST_PROTOCOL, pattern(300), { identification: 1, fragmentOffset: 65528 }));
  assertEquals(whole(w), []);
  assert(w.count("Ip.ReasmFails") >= 1);

  const w6 = world();
  w6.stack.receive(w6.tun0, packet6(44, fragment6(TEST_PROTOCOL, 65528, false, 1, pattern(16))));
  assertEquals([icmpv6.type(w6.sent[0]!, 40), icmpv6.code(w6.sent[0]!, 40), icmpv6.pointer(w6.sent[0]!, 40)], [
    4,
    0,
    42,
  ]);
});

Deno.test("reassembly: IPv6 fragments that are not a multiple of eight octets long", () => {
  const w = world();
  w.stack.receive(w.tun0, packet6(44, fragment6(TEST_PROTOCOL, 0, true, 1, pattern(15))));
  assertEquals([icmpv6.type(w.sent[0]!, 40), icmpv6.code(w.sent[0]!, 40), icmpv6.pointer(w.sent[0]!, 40)], [4, 0, 4]);
  assertEquals(w.count("Ip6.InHdrErrors"), 1);
});

Deno.test("reassembly: atomic fragments never meet others (RFC 6946)", () => {
  const w = world();
  const data = pattern(32);
  piece6(w, data, 0, 16);
  w.stack.receive(w.tun0, packet6(44, fragment6(TEST_PROTOCOL, 0, false, 1, pattern(9))));
  assertEquals(whole(w), [pattern(9)]);
  piece6(w, data, 16, 32);
  assertEquals(whole(w), [pattern(9), data]);
});

Deno.test("reassembly: an IPv6 first fragment without the upper-layer header", () => {
  const w = world();
  // A destination options header, and four octets of UDP.
  const data = Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0);
  w.stack.receive(w.tun0, packet6(44, fragment6(60, 0, true, 1, data)));
  assertEquals([icmpv6.type(w.sent[0]!, 40), icmpv6.code(w.sent[0]!, 40), icmpv6.pointer(w.sent[0]!, 40)], [4, 3, 0]);
  assertEquals(w.stack.ip.frags6.size, 0);
});

Deno.test("reassembly: ECN of the fragments is merged, forbidden mixtures are dropped (RFC 3168 section 5.3)", () => {
  const data = pattern(24);
  for (
    const [codepoints, expected] of [[[2, 2, 2], 2], [[2, 3, 2], 3], [[1, 2, 1], 1], [[0, 2, 2], -1], [
      [0, 3, 0],
      -1,
    ]] as const
  ) {
    const w = world();
    codepoints.forEach((typeOfService, i) => piece4(w, data, i * 8, i * 8 + 8, { typeOfService }));
    assertEquals(w.delivered.map(({ tos }) => tos & 3), expected < 0 ? [] : [expected], codepoints.join());
    assertEquals(w.count("Ip.ReasmFails"), expected < 0 ? 1 : 0);
  }
});

Deno.test("reassembly: memory is bounded", () => {
  const w = world({ sysctl: { "net.ipv4.ipfrag_low_thresh": 50_000, "net.ipv4.ipfrag_high_thresh": 100_000 } });
  for (let id = 0; id < 1000; id++) piece4(w, pattern(2000), 0, 1000, { identification: id });
  assert(w.stack.ip.frags4.memory < 110_000, `${w.stack.ip.frags4.memory}`);
  assert(w.count("Ip.ReasmFails") > 900);
  w.stack.runUntil(31 * SECOND);
  assertEquals([w.stack.ip.frags4.memory, w.stack.ip.frags4.size], [0, 0]);
});

Deno.test("reassembly: too many fragments of others in between start it over (ipfrag_max_dist)", () => {
  const w = world({ sysctl: { "net.ipv4.ipfrag_max_dist": 10 } });
  const data = pattern(32);
  piece4(w, data, 0, 16);
  for (let id = 2; id < 20; id++) piece4(w, data, 0, 16, { identification: id });
  piece4(w, data, 16, 32);
  assertEquals(whole(w), []);
});

Deno.test("reassembly: the largest fragment is remembered", () => {
  const w = world();
  const data = pattern(3000);
  piece4(w, data, 0, 1000, { dontFragment: true });
  piece4(w, data, 1000, 3000);
  assertEquals(w.delivered[0]!.frag_max_size, 2020);
  piece4(w, data, 0, 2000, { dontFragment: true });
  piece4(w, data, 2000, 3000);
  const { bytes, network_header } = w.delivered[1]!;
  assert(ipv4.dontFragment(bytes, network_header), "the largest had DF");
});

Deno.test("FragRuns: 8192 pieces in the worst orders cost little", () => {
  const piece = new Uint8Array(8);
  const forward = Array.from({ length: 8192 }, (_, i) => i);
  for (
    const order of [forward, forward.toReversed(), shuffled(forward, 5), [
      ...forward.filter((i) => i % 2),
      ...forward.filter((i) => i % 2 === 0),
    ]]
  ) {
    const runs = new FragRuns();
    const start = performance.now();
    for (const i of order) assertEquals(runs.insert(i * 8, i * 8 + 8, piece), "ok");
    const elapsed = performance.now() - start;
    assert(elapsed < 1000, `${elapsed} ms`);
    assertEquals(runs.insert(80, 88, piece), "duplicate");
    assertEquals(runs.insert(84, 92, piece) === "ok", false);
  }
});
