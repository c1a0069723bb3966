/** A script on the simulated stack, and on stacks with one fault each: the fault must show. */
import { assertEquals } from "@std/assert";
import type { PacketBuffer } from "../../stack/buffer.ts";
import { Stack, type StackOptions } from "../../stack/stack.ts";
import { update16 } from "../../stack/wire/checksum.ts";
import { resolveScriptConfig } from "../runner/config.ts";
import { PythonRunner, type RunOutcome, runScript, worldOptions } from "../timeline/mod.ts";
import { SimTarget } from "./sim.ts";

const SCRIPT = `// strict: yes
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 10>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
+.1...0.2 read(4, ..., 1000) = 10
+.1 < P. 1:11(10) ack 1 win 257
+0 > . 1:1(0) ack 11
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 11
+.01 < . 11:11(0) ack 101 win 257
+0 mib("Tcp.InErrs") = +0
`;

/** A stack whose packets go through `change` on their way to the device; nothing goes out when it returns false. */
function faulty(change: (packet: PacketBuffer, count: number) => boolean | "twice"): (options: StackOptions) => Stack {
  return (options) => {
    const stack = new Stack(options);
    const add = stack.addDevice.bind(stack);
    let count = 0;
    stack.addDevice = (device) => {
      const transmit = device.transmit.bind(device);
      device.transmit = (packet) => {
        const what = change(packet, count++);
        if (what === "twice") transmit(packet.copy());
        if (what !== false) transmit(packet);
      };
      add(device);
    };
    return stack;
  };
}

/** Changes a 16-bit word of the TCP header (offset from its start) with the checksum right. */
function changeTcp(packet: PacketBuffer, offset: number, change: (word: number) => number): void {
  const bytes = packet.view();
  if (bytes[9] !== 6) return;
  const at = 20 + offset;
  const before = (bytes[at]! << 8) | bytes[at + 1]!;
  const after = change(before) & 0xffff;
  bytes[at] = after >> 8;
  bytes[at + 1] = after & 0xff;
  const sum = update16((bytes[36]! << 8) | bytes[37]!, before, after);
  bytes[36] = sum >> 8;
  bytes[37] = sum & 0xff;
}

async function run(makeStack?: (options: StackOptions) => Stack): Promise<RunOutcome> {
  const { script, config } = resolveScriptConfig("test.pkt", SCRIPT, "ipv4", true, { definitions: [] });
  const session = await new SimTarget({ makeStack }).open(worldOptions(config, script, "/nowhere"));
  const python = new PythonRunner();
  const outcome = await runScript(script, config, session, { virtualTime: true, python, verifyChecksums: true });
  await session.close();
  return outcome;
}

Deno.test("the script passes on a stack without fault", async () => {
  assertEquals((await run()).message, "");
  assertEquals((await run(faulty(() => true))).verdict, "pass");
});

/** One fault each, and how it shows. */
const FAULTS: readonly [fault: string, change: Parameters<typeof faulty>[0], kind: string, line: number][] = [
  ["nothing is sent", () => false, "missing-packet", 7],
  ["a packet is lost", (_packet, count) => count !== 1, "missing-packet", 12],
  ["a packet comes twice", (_packet, count) => count === 2 ? "twice" : true, "unexpected-packet", 16],
  ["wrong TCP checksum", (packet) => flip(packet, 36), "checksum", 7],
  ["wrong IP checksum", (packet) => flip(packet, 10), "packet", 7],
  ["wrong ack number", (packet) => tcp(packet, 10, (word) => word + 1), "packet", 7],
  ["wrong PSH flag", (packet, count) => count === 0 || tcp(packet, 12, (word) => word ^ 8), "packet", 12],
  ["payload is not what was written", (packet, count) => count < 2 || payload(packet), "packet", 14],
];

function flip(packet: PacketBuffer, at: number): true {
  packet.view()[at]! ^= 0x55;
  return true;
}

function tcp(packet: PacketBuffer, offset: number, change: (word: number) => number): true {
  changeTcp(packet, offset, change);
  return true;
}

/** Two octets of the payload, so that the checksum stays right. */
function payload(packet: PacketBuffer): true {
  if (packet.length > 60) changeTcp(packet, 30, () => 0x1234);
  return true;
}

for (const [fault, change, kind, line] of FAULTS) {
  Deno.test(`a stack with the fault "${fault}" fails`, async () => {
    const outcome = await run(faulty(change));
    assertEquals([outcome.verdict, outcome.failure?.kind, outcome.line], ["fail", kind, line], outcome.message);
  });
}

Deno.test("a stack that never returns from a call, and one that returns too early", async () => {
  const never = await run((options) => {
    const stack = new Stack(options);
    const call = stack.sockets.call.bind(stack.sockets);
    stack.sockets.call = (request) =>
      request.name === "write" ? { outcome: undefined, onSettled: () => {}, cancel: () => {} } : call(request);
    return stack;
  });
  assertEquals([never.failure?.kind, never.line], ["blocked", 13], never.message);
  const early = await run((options) => {
    const stack = new Stack(options);
    const call = stack.sockets.call.bind(stack.sockets);
    stack.sockets.call = (request) =>
      call(request.name === "read" ? { ...request, name: "recvfrom", flags: 0x40, wantAddress: false } : request);
    return stack;
  });
  assertEquals([early.failure?.kind, early.line], ["call", 10], early.message);
});
