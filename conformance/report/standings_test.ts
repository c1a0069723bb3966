import { assertEquals, assertStringIncludes } from "@std/assert";
import { runText } from "../run_text.ts";
import { renderPcapng } from "./pcapng.ts";
import { parseResults } from "./results_schema.ts";
import { renderTrace, sampleText, traceName } from "./trace.ts";

const SCRIPT = `    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 65535 <mss 1000>
   +0 > S. 0:0(0) ack 1 <mss 1460>
 +.05 < . 1:1(0) ack 1 win 65535
   +0 accept(3, ..., ...) = 4
   +0 write(4, ..., 1000) = 1000
   +0 > P. 1:1001(1000) ack 1
 +.05 < . 1:1(0) ack 1001 win 65535
`;

Deno.test("a run that was traced: in its results, as JSON lines, in its capture", async () => {
  const run = await runText(SCRIPT, { trace: true });
  const { trace = [] } = run;
  assertEquals(trace.slice(0, 4).map(({ time_us, state, cause }) => [time_us, state, cause]), [
    [0, "SYN-RECEIVED", "segment"],
    [50_000, "ESTABLISHED", "segment"],
    [50_000, "ESTABLISHED", "call write"],
    [100_000, "ESTABLISHED", "segment"],
  ]);
  const environment = {
    netproof: "0",
    deno: "0",
    os: "linux",
    kernel: "0",
    started: "2026-01-01T00:00:00.000Z",
    targets: {},
    left_out: [],
    command: [],
  };
  const document = JSON.parse(JSON.stringify({ schema: 1, environment, runs: [run] }));
  assertEquals(parseResults(document).runs[0]!.trace?.length, trace.length);
  assertEquals(renderTrace(trace).trimEnd().split("\n").map((line) => JSON.parse(line)), [...trace]);
  assertEquals(traceName({ script: "../a b/c.pkt", variant: "ipv4", target: "sim" }), "a_b_c.pkt.ipv4.sim.jsonl");
  const capture = new TextDecoder().decode(renderPcapng(run));
  assertStringIncludes(capture, sampleText(trace[0]!));
  assertStringIncludes(
    capture,
    "ESTABLISHED, cwnd 10, srtt 50000 µs, rttvar 25000 µs, rto 250000 µs, in flight 1 (call write)",
  );
  // The last acknowledgement.
  assertStringIncludes(capture, "in flight 0 (segment)");
});

Deno.test("a run that was not traced has nothing of it", async () => {
  const run = await runText(SCRIPT);
  assertEquals(run.trace, undefined);
  assertEquals(new TextDecoder().decode(renderPcapng(run)).includes("cwnd"), false);
});
