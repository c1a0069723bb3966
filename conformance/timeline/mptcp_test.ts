/** MPTCP's options by name: what is built from keys, and that each thing that is compared can fail. */
import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { replay } from "./_fake_session.ts";

const LOCAL = 0x1122334455667788n;
const hex = (value: bigint, digits: number) => BigInt.asUintN(4 * digits, value).toString(16).padStart(digits, "0");
const digest = (key: bigint) => createHash("sha256").update(hex(key, 16), "hex").digest("hex");
const initial = (key: bigint) => BigInt(`0x${digest(key).slice(-16)}`);

const OPEN = "0 < S 0:0(0) win 1000 <mpcapable v1 flags[flag_h] nokey>\n" +
  "+0 > S. 0:0(0) ack 1 <mpcapable v1 flags[flag_h] key[skey]>\n" +
  "+0 < . 1:1(0) ack 1 win 1000 <mpcapable v1 flags[flag_h] key[ckey=2, skey]>\n";
const SYNACK = `0 > S. 0:0(0) ack 1 win 1 <opt 30 0101${hex(LOCAL, 16)}>`;

function run(lines: string, ...live: readonly string[]) {
  return replay(OPEN + lines, { packets: [SYNACK, ...live] });
}

Deno.test("the key that the stack sent goes back to it, and its digest begins the data numbers", async () => {
  const outcome = await run("+0 < P. 1:11(10) ack 1 win 1000 <dss dack8=1 dsn8=1 ssn=1 dll=10 nocs,nop,nop>\n");
  assertEquals(outcome.message, "");
  const [, ack, data] = outcome.session.injected.map(({ packet }) => packet.bytes.slice(40));
  const text = (bytes: Uint8Array | undefined) =>
    Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
  assertEquals(text(ack), `1e140101${hex(2n, 16)}${hex(LOCAL, 16)}`);
  const numbers = hex(initial(LOCAL) + 1n, 16) + hex(initial(2n) + 1n, 16);
  assertEquals(text(data), `1e1a200f${numbers}00000001000a0101${"00".repeat(10)}`);
});

Deno.test("data acknowledgments and mappings of the stack's are compared", async () => {
  const ack = (value: bigint) => `0 > . 1:1(0) ack 1 win 1 <opt 30 2001${hex(initial(2n) + value, 8)}>`;
  assertEquals((await run("+0 > . 1:1(0) ack 1 <dss dack4=11 nocs>\n", ack(11n))).message, "");
  assertEquals((await run("+0 > . 1:1(0) ack 1 <dss dack4=12 nocs>\n", ack(11n))).verdict, "fail");
  assertEquals((await run("+0 > . 1:1(0) ack 1 <dss dack4=11 nocs fin>\n", ack(11n))).verdict, "fail");
  const mapping = (dsn: bigint) =>
    `0 > P. 1:11(10) ack 1 win 1 <opt 30 200d${hex(initial(2n) + 1n, 8)}${
      hex(initial(LOCAL) + dsn, 16)
    }00000001000a,nop,nop>`;
  const line = (dsn: number, ssn = 1) =>
    `+0 > P. 1:11(10) ack 1 <dss dack4=1 dsn8=${dsn} ssn=${ssn} dll=10 nocs,nop,nop>\n`;
  assertEquals((await run(line(1), mapping(1n))).message, "");
  assertEquals((await run(line(2), mapping(1n))).verdict, "fail");
  assertEquals((await run(line(1, 2), mapping(1n))).verdict, "fail");
});

Deno.test("flags, subtypes and reasons are compared; MPTCP is known where the script names it", async () => {
  const other = OPEN.replace("flag_h] key[skey]", "flag_b] key[skey]");
  assertEquals((await replay(other, { packets: [SYNACK] })).verdict, "fail");
  const reset = "0 > R. 1:1(0) ack 1 win 1 <opt 30 8101>";
  assertEquals((await run("+0 > R. 1:1(0) ack 1 <mp_reset 1>\n", reset)).message, "");
  assertEquals((await run("+0 > R. 1:1(0) ack 1 <mp_reset 2>\n", reset)).verdict, "fail");
  assertEquals((await run("+0 > R. 1:1(0) ack 1 <mp_prio backup=1,nop>\n", reset)).verdict, "fail");
  const close = (key: bigint) => `0 > R. 1:1(0) ack 1 win 1 <opt 30 7000${hex(key, 16)}>`;
  assertEquals((await run("+0 > R. 1:1(0) ack 1 <mp_fastclose>\n", close(2n))).message, "");
  assertEquals((await run("+0 > R. 1:1(0) ack 1 <mp_fastclose>\n", close(3n))).verdict, "fail");
});

Deno.test("a key that nobody gave is the script's fault", async () => {
  const outcome = await replay("0 < . 1:1(0) ack 1 win 5 <dss dack8=1 nocs>\n", {});
  assertEquals(outcome.verdict, "error", outcome.message);
  assert(/MPTCP key is not known yet/.test(outcome.message), outcome.message);
});
