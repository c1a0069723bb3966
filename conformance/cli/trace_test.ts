import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readResults, withOutcome } from "./_testing.ts";

const SCRIPT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.05 connect(3, ..., ...) = 0
+0 > S 0:0(0) <...>
+.05 < S. 0:0(0) ack 1 win 65535 <mss 1000>
+0 > . 1:1(0) ack 1
+0 write(3, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1
`;

Deno.test("--trace: a file of JSON lines for each run, the same in --json, and words in --pcap", () => {
  const args = ["a.pkt", "--target", "sim,rfc", "--trace", "traces/new", "--json", "r.json", "--pcap", "captures"];
  return withOutcome({ "a.pkt": SCRIPT }, args, async ({ code, out, folder }) => {
    assertEquals(code, 0, out);
    const results = await readResults(folder);
    for (const run of results.runs) {
      const lines = await Deno.readTextFile(`${folder}/traces/new/a.pkt.ipv4.${run.target}.jsonl`);
      const samples = lines.trimEnd().split("\n").map((line) => JSON.parse(line));
      assertEquals(run.trace, samples);
      assertEquals(samples.map(({ state, cause }) => `${state} ${cause}`), [
        "SYN-SENT call connect",
        "ESTABLISHED segment",
        "ESTABLISHED call write",
      ]);
      const capture = await Deno.readFile(`${folder}/captures/a.pkt.ipv4.${run.target}.pcapng`);
      assertStringIncludes(new TextDecoder().decode(capture), "ESTABLISHED, cwnd 10, srtt 50000 µs");
    }
  });
});

Deno.test("without --trace a run has none", () =>
  withOutcome({ "a.pkt": SCRIPT }, ["a.pkt", "--target", "sim", "--json", "r.json"], async ({ code, out, folder }) => {
    assertEquals(code, 0, out);
    const results = await readResults(folder);
    assert(results.runs.every(({ trace }) => trace === undefined));
  }));

Deno.test("--trace: a folder that can't be made is told before anything runs", () =>
  withOutcome({ "a.pkt": SCRIPT }, ["a.pkt", "--target", "sim", "--trace", "a.pkt/x"], ({ code, out, err }) => {
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "a.pkt/x: can't be made");
  }));

Deno.test("--trace: where no target tells, that is said", () => {
  const skipped = SCRIPT.replace("0 socket", "// targets: kernel\n0 socket");
  const args = ["a.pkt", "--target", "sim", "--trace", "traces"];
  return withOutcome({ "a.pkt": skipped }, args, ({ code, out, err }) => {
    assertEquals(code, 2, out);
    assertStringIncludes(out + err, "traces: no run has told how its connections fare: only sim and rfc do");
  });
});
