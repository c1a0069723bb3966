import { assert, assertEquals } from "@std/assert";
import { TCP_INFO, TCPI_OPT_SACK, TCPI_OPT_TIMESTAMPS, TCPI_OPT_WSCALE } from "../../abi/tcp_constants.ts";
import { parseImpairment } from "../link/impairment.ts";
import { Pair, pattern, transfer } from "./_testing.ts";
import { TCP_INFO_SIZE } from "./info.ts";

Deno.test("tcp_info: Linux 6.18's layout, filled in", () => {
  const pair = new Pair({ impairments: parseImpairment("delay=10ms") });
  const { client, server } = pair.establish();
  transfer(pair, client, server, pattern(50_000), 10e6);
  pair.run(100_000);
  const value = client.getsockopt(6, TCP_INFO, 1000);
  assert(typeof value !== "number");
  assertEquals(value.length, TCP_INFO_SIZE);
  const view = new DataView(value.buffer, value.byteOffset);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  assertEquals(value[0], 1);
  assertEquals(value[5], TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
  assertEquals(u32(16), 1448); // tcpi_snd_mss
  assertEquals(u32(24), 0); // tcpi_unacked
  assert(Math.abs(u32(68) - 20_000) < 3000); // tcpi_rtt, µs
  assertEquals(u32(84), 1448); // tcpi_advmss
  assert(u32(80) >= 10); // tcpi_snd_cwnd
  assertEquals(u64(120), 50_001); // tcpi_bytes_acked, the SYN's number included
  assertEquals(u64(200), 50_000); // tcpi_bytes_sent
  assertEquals(client.getsockopt(6, TCP_INFO, 8), value.subarray(0, 8));
});
