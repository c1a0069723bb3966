/** What the language adds about a connection's packets: PSH left open, optional packets, a second connection. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseScript } from "../script/mod.ts";
import { replay } from "./_fake_session.ts";

const OPEN = "0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1460>\n+.01 < . 1:1(0) ack 1 win 1000\n";
const SYNACK = "0 > S. 0:0(0) ack 1 win 500 <mss 1460>";
const DATA = "> P. 1:1001(1000) ack 1 win 500";

Deno.test("p leaves PSH open, and nothing else", async () => {
  const script = `${OPEN}+0 > p. 1:1001(1000) ack 1\n`;
  assertEquals((await replay(script, { packets: [SYNACK, `0.01 ${DATA}`] })).message, "");
  assertEquals((await replay(script, { packets: [SYNACK, `0.01 ${DATA.replace("P.", ".")}`] })).message, "");
  const other = await replay(script, { packets: [SYNACK, `0.01 ${DATA.replace("P.", "F.")}`] });
  assertEquals(other.failure?.kind, "packet");
  assertThrows(() => parseScript("0 < p. 1:1(0) ack 1 win 5\n", { path: "x.pkt", ipVersion: "ipv4" }), Error, "'p'");
});

Deno.test("an optional packet leaves one of another length to the next event", async () => {
  const script = `${OPEN}+0~+.05 >? . 1:1(0) ack 1\n+0~+.05 > P. 1:1001(1000) ack 1\n`;
  assertEquals((await replay(script, { packets: [SYNACK, `0.02 ${DATA}`] })).message, "");
  assertEquals((await replay(script, { packets: [SYNACK] })).failure?.kind, "missing-packet");
});

Deno.test("an optional packet that does not come takes its time", async () => {
  const script = `${OPEN}+0~+.05 >? . 1:1(0) ack 1\n+.1 < . 1:1(0) ack 1 win 7\n+0 > P. 1:1001(1000) ack 1\n`;
  assertEquals((await replay(script, { packets: [SYNACK, `0.164 ${DATA}`] })).message, "");
  assertEquals((await replay(script, { packets: [SYNACK, `0.13 ${DATA}`] })).failure?.kind, "time");
});

Deno.test("a range of acknowledgement numbers: within it, at its ends, outside", async () => {
  const script = `${OPEN}+0~+1 > . 1:1(0) ack 100~200\n`;
  const played = (ack: number) => replay(script, { packets: [SYNACK, `0.02 > . 1:1(0) ack ${ack} win 500`] });
  for (const ack of [100, 150, 200]) assertEquals((await played(ack)).message, "", `${ack}`);
  for (const ack of [99, 201]) {
    const { failure } = await played(ack);
    assertEquals(failure?.differences?.map(({ field }) => field), ["tcp_ack_seq"], `${ack}`);
    assertEquals(failure?.expected?.includes("ack 100~200"), true, failure?.expected);
  }
});

Deno.test("acknowledgements of which only the last is known", async () => {
  const script = `${OPEN}* >{0,} . 1:1(0) ack 100~299\n+0~+1 > . 1:1(0) ack 300\n`;
  const acks = (...numbers: number[]) => numbers.map((ack, i) => `0.01${i + 1} > . 1:1(0) ack ${ack} win 500`);
  for (const numbers of [[300], [100, 300], [100, 200, 299, 300]]) {
    assertEquals((await replay(script, { packets: [SYNACK, ...acks(...numbers)] })).message, "", numbers.join());
  }
  assertEquals((await replay(script, { packets: [SYNACK, ...acks(100, 200)] })).failure?.kind, "missing-packet");
  assertEquals((await replay(script, { packets: [SYNACK, ...acks(100, 301)] })).failure?.kind, "packet");
});

Deno.test("a SYN-ACK for another SYN begins a new connection", async () => {
  const again = "+.05 > none\n+0 < S 7000:7000(0) win 1000 <mss 1000>\n";
  const script = `${OPEN}${again}+0 > S. 0:0(0) ack 7001 <mss 1460>\n+.01 < . 1:1(0) ack 1 win 1000\n` +
    "+0 > P. 1:11(10) ack 1\n";
  // The replay goes on counting from the first connection's numbers.
  const packets = [
    SYNACK,
    "0.061 > S. 5000:5000(0) ack 7001 win 500 <mss 1460>",
    "0.072 > P. 5001:5011(10) ack 7001 win 500",
  ];
  assertEquals((await replay(script, { packets })).message, "");
  const wrong = [...packets.slice(0, 2), "0.072 > P. 5001:5011(10) ack 1 win 500"];
  assertEquals((await replay(script, { packets: wrong })).failure?.kind, "packet");
});

Deno.test("a SYN-ACK for the same SYN does not", async () => {
  const script = `${OPEN}+.05 > none\n+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1460>\n`;
  const other = "0.061 > S. 5000:5000(0) ack 1 win 500 <mss 1460>";
  assertEquals((await replay(script, { packets: [SYNACK, other] })).failure?.kind, "packet");
});
