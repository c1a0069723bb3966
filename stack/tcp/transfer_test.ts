import { assert, assertEquals } from "@std/assert";
import { TCP_CLOSE, TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { parseImpairment } from "../link/impairment.ts";
import { ADDRESS, Pair, pattern, read, transfer, write } from "./_testing.ts";
import { insideOldTcp } from "../tcp_old.ts";

Deno.test("a connection stands, carries octets both ways and closes, in both families", () => {
  for (const family of [4, 6] as const) {
    const pair = new Pair();
    const { client, server } = pair.establish(80, family);
    assertEquals(client.sk_state, TCP_ESTABLISHED);
    assertEquals(server.sk_state, TCP_ESTABLISHED);
    const there = pattern(300_000, 3);
    const back = pattern(200_000, 4);
    assertEquals(transfer(pair, client, server, there, 20e6), there);
    assertEquals(transfer(pair, server, client, back, 20e6), back);
    client.close();
    pair.run(100_000);
    assertEquals(read(server), new Uint8Array(0));
    server.close();
    pair.run(100_000);
    assertEquals(server.sk_state, TCP_CLOSE);
    assertEquals(insideOldTcp(pair.a).timewait_count, 1);
    pair.run(61e6);
    assertEquals(insideOldTcp(pair.a).timewait_count, 0);
    assertEquals(insideOldTcp(pair.a).ehash.size, 0);
    assertEquals(insideOldTcp(pair.b).ehash.size, 0);
  }
});

const FAULTS = [
  "loss=2% delay=10ms seed=",
  "loss=10% delay=1ms seed=",
  "reorder=20% delay=5ms seed=",
  "dup=10% delay=5ms seed=",
  "corrupt=5% delay=5ms seed=",
  "loss=3% reorder=10% dup=5% corrupt=2% delay=20ms jitter=5ms seed=",
  "loss=1% delay=2ms rate=10mbit queue=20 seed=",
];

Deno.test("every octet arrives once and in order whatever the link does", () => {
  for (const fault of FAULTS) {
    for (let seed = 1; seed <= 3; seed++) {
      const pair = new Pair({
        keep: false,
        impairments: parseImpairment(`${fault}${seed}`),
      });
      const { client, server } = pair.establish(80, seed % 2 === 0 ? 6 : 4);
      const data = pattern(200_000, seed);
      const got = transfer(pair, client, server, data, 600e6);
      assertEquals(got.length, data.length, `${fault}${seed}: ${got.length} of ${data.length}`);
      assert(got.every((octet, i) => octet === data[i]), `${fault}${seed}: other octets`);
      client.close();
      server.close();
      pair.run(300e6);
      assertEquals(insideOldTcp(pair.a).ehash.size + insideOldTcp(pair.b).ehash.size, 0, `${fault}${seed}: closed`);
    }
  }
});

Deno.test("without SACK and timestamps, losses are repaired too", () => {
  const fault = "loss=4% reorder=5% delay=10ms seed=5";
  const pair = new Pair({
    keep: false,
    sysctl: { "net.ipv4.tcp_sack": 0, "net.ipv4.tcp_timestamps": 0, "net.ipv4.tcp_congestion_control": "reno" },
    impairments: parseImpairment(fault),
  });
  const { client, server } = pair.establish();
  const data = pattern(150_000, 9);
  assertEquals(transfer(pair, client, server, data, 600e6), data);
});

Deno.test("a reader that sleeps closes the window, and data flows again once it reads", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  const data = pattern(600_000, 2);
  let sent = Math.max(0, write(client, data));
  for (let i = 0; i < 50; i++) {
    pair.run(200_000);
    sent += Math.max(0, write(client, data.subarray(sent)));
  }
  assert(sent < data.length, "the window must have closed");
  assert(server.sk_rmem_alloc <= server.sk_rcvbuf * 2);
  const got: number[] = [];
  for (let i = 0; i < 4000 && got.length < data.length; i++) {
    const piece = read(server);
    if (typeof piece !== "number") { for (const octet of piece) got.push(octet); }
    sent += Math.max(0, write(client, data.subarray(sent)));
    pair.run(50_000);
  }
  assertEquals(got.length, data.length);
  assert(got.every((octet, i) => octet === data[i]));
});

Deno.test("the same seeds give the same packets", () => {
  const run = () => {
    const fault = "loss=3% reorder=5% delay=5ms seed=4";
    const pair = new Pair({ impairments: parseImpairment(fault) });
    const { client, server } = pair.establish();
    transfer(pair, client, server, pattern(60_000), 60e6);
    return pair.seen.map(({ end, at_us, octets }) => `${end} ${at_us} ${octets.join()}`);
  };
  assertEquals(run(), run());
});

Deno.test("both ends may open at once, and close at once", () => {
  const pair = new Pair({ impairments: parseImpairment("delay=10ms") });
  const a = pair.socket(0);
  const b = pair.socket(1);
  a.bind({ address: a.saddr, port: 1000 });
  b.bind({ address: b.saddr, port: 2000 });
  a.connect({ address: ADDRESS[4][1], port: 2000 });
  b.connect({ address: ADDRESS[4][0], port: 1000 });
  pair.run(200_000);
  assertEquals([a.sk_state, b.sk_state], [TCP_ESTABLISHED, TCP_ESTABLISHED]);
  const data = pattern(5000);
  assertEquals(transfer(pair, a, b, data, 5e6), data);
  assertEquals(transfer(pair, b, a, data, 5e6), data);
  a.close();
  b.close();
  pair.run(100_000);
  assertEquals(insideOldTcp(pair.a).timewait_count, 1);
  assertEquals(insideOldTcp(pair.b).timewait_count, 1);
});
