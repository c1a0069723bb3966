import { assert, assertEquals } from "@std/assert";
import { runText } from "../../run_text.ts";
import { SimTarget } from "../sim.ts";
import { Stack } from "../../../stack/stack.ts";
import type { TraceEntry } from "../../../stack/tcp/trace.ts";

const OPEN = `    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 65535 <mss 1000>
   +0 > S. 0:0(0) ack 1 <mss 1460>
 +.05 < . 1:1(0) ack 1 win 65535
   +0 accept(3, ..., ...) = 4
`;

/** What a stack tells while a script runs. */
async function traced(script: string): Promise<TraceEntry[]> {
  const entries: TraceEntry[] = [];
  const target = new SimTarget({
    makeStack: (options) => new Stack({ ...options, trace: (one) => entries.push(one) }),
  });
  const { verdict, message } = await runText(script, { target });
  assertEquals([verdict, message], ["pass", ""]);
  return entries;
}

Deno.test("a connection's trace: states, window, times, what is in flight, and what woke the stack", async () => {
  const entries = await traced(`// offload: no
${OPEN}   +0 write(4, ..., 2000) = 2000
   +0 > . 1:1001(1000) ack 1
   +0 > P. 1001:2001(1000) ack 1
  +.1 < . 1:1(0) ack 2001 win 65535
   +0 close(4) = 0
   +0 > F. 2001:2001(0) ack 1
  +.1 < F. 1:1(0) ack 2002 win 65535
   +0 > . 2002:2002(0) ack 2
`);
  const begin = entries[0]!.time_us;
  const told = entries.map(({ time_us, state, in_flight, srtt_us, cause }) => [
    Math.round((time_us - begin) / 1000),
    state,
    in_flight,
    srtt_us,
    cause,
  ]);
  assertEquals(told, [
    [0, "SYN-RECEIVED", undefined, undefined, "segment"],
    [50, "ESTABLISHED", 0, 50_000, "segment"],
    [50, "ESTABLISHED", 2, 50_000, "call write"],
    [150, "ESTABLISHED", 0, 56_250, "segment"],
    [150, "FIN-WAIT-1", 1, 56_250, "call close"],
    [250, "TIME-WAIT", undefined, undefined, "segment"],
    // The RST with which the runner ends.
    [250, "CLOSED", undefined, undefined, "segment"],
  ]);
  assertEquals(entries[1]!.connection, "192.168.0.1:8080 > 192.0.2.1:40001");
  assertEquals([entries[1]!.rttvar_us, entries[1]!.rto_us, entries[1]!.snd_cwnd], [25_000, 250_000, 10]);
  assert(!("ssthresh" in entries[1]!), "there is none yet");
});

Deno.test("a timer is named: a retransmission timeout lowers the window and sets a threshold", async () => {
  const entries = await traced(`// offload: no
${"`"}sysctl -q net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_early_retrans=0${"`"}
${OPEN}   +0 write(4, ..., 4000) = 4000
   +0 > p. 1:4001(4000) ack 1
 +.25 > p. 1:1001(1000) ack 1
`);
  const lowered = entries.find(({ ssthresh }) => ssthresh !== undefined);
  assertEquals([lowered?.snd_cwnd, lowered?.cause], [1, "timer tcp retransmission"]);
  assert(lowered!.ssthresh! >= 2);
});

Deno.test("a connection that is refused, in IPv6", async () => {
  const entries = await traced(`// variants: ipv6
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.01 connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)
   +0 > S 0:0(0) <...>
 +.01 < R. 0:0(0) ack 1 win 0
`);
  assertEquals(entries.map(({ state, cause }) => [state, cause]), [["SYN-SENT", "call connect"], [
    "CLOSED",
    "segment",
  ]]);
  assert(
    /^\[fd3d:a0b:17d6::1\]:\d+ > \[fd3d:fa7b:d17d::1\]:8080$/.test(entries[0]!.connection),
    entries[0]!.connection,
  );
});
