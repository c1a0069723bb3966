import { assert, assertEquals } from "@std/assert";
import { cBytes, long } from "../../../abi/memory.ts";
import { SO_MAX_PACING_RATE } from "../../../abi/socket_constants.ts";
import { TCP_CC_INFO, TCP_CONGESTION } from "../../../abi/tcp_constants.ts";
import { parseImpairment } from "../../link/impairment.ts";
import { Pair, pattern, transfer } from "../_testing.ts";
import { congestion_names } from "./registry.ts";

/** Transfers over a bottleneck; octets per second, and the pair. */
function goodput(name: string, link: string, size: number): { rate: number; pair: Pair; cwnd: number } {
  const pair = new Pair({
    keep: false,
    impairments: parseImpairment(link),
    sysctl: { "net.ipv4.tcp_wmem": "4096 4000000 4194304", "net.ipv4.tcp_ecn": name === "dctcp" ? 1 : 2 },
  });
  const listener = pair.listen(80);
  const client = pair.socket(0);
  assertEquals(client.setsockopt(6, TCP_CONGESTION, cBytes(name)), 0);
  client.connect({ address: listener.rcv_saddr, port: 80 });
  pair.run(500_000);
  const server = listener.accept();
  if (typeof server === "number") throw new Error("no connection");
  const data = pattern(size);
  const start = pair.now;
  assertEquals(transfer(pair, client, server, data, 120e6).length, size, `${name} over ${link}`);
  const info = client.getsockopt(6, TCP_CC_INFO, 100);
  assert(typeof info !== "number" && info.length === { reno: 0, cubic: 0, bbr: 20, dctcp: 16 }[name]);
  return { rate: size / ((pair.now - start) / 1e6), pair, cwnd: client.snd_cwnd };
}

Deno.test("every algorithm fills a bottleneck of 10 Mbit/s", () => {
  for (const name of congestion_names()) {
    const { rate } = goodput(name, "delay=10ms rate=10mbit queue=40", 3_000_000);
    assert(rate > 0.8 * 1.25e6 && rate < 1.25e6, `${name}: ${Math.floor(rate)} octets/s`);
  }
});

Deno.test("bbr is not slowed down by random loss as the others are", () => {
  const link = "loss=2% delay=10ms rate=20mbit queue=100 seed=3";
  const bbr = goodput("bbr", link, 2_000_000).rate;
  const cubic = goodput("cubic", link, 2_000_000).rate;
  assert(bbr > 2 * cubic, `bbr ${Math.floor(bbr)}, cubic ${Math.floor(cubic)}`);
});

Deno.test("cubic's window after a loss is 0.7 of what it was (RFC 9438 section 4.6)", () => {
  const pair = new Pair();
  const { client } = pair.establish();
  client.snd_cwnd = 100;
  assertEquals(client.icsk_ca!.ssthresh(client), 70);
  client.snd_cwnd = 70;
  assertEquals(client.icsk_ca!.ssthresh(client), 49);
  client.snd_cwnd = 2;
  assertEquals(client.icsk_ca!.ssthresh(client), 2);
});

Deno.test("SO_MAX_PACING_RATE bounds the rate", () => {
  const pair = new Pair({ keep: false, impairments: parseImpairment("delay=1ms") });
  const { client, server } = pair.establish();
  assertEquals(client.setsockopt(1, SO_MAX_PACING_RATE, long(500_000)), 0);
  const start = pair.now;
  transfer(pair, client, server, pattern(1_000_000), 60e6);
  const rate = 1e6 / ((pair.now - start) / 1e6);
  assert(rate > 350_000 && rate < 560_000, `${Math.floor(rate)} octets/s`);
});
