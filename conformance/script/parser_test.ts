import { assert, assertEquals, assertThrows } from "@std/assert";
import { ScriptError } from "./diagnostics.ts";
import { parseScript } from "./parser.ts";
import { assertProblems, firstEvent, parseAction, refused } from "./test_support.ts";
import type { TimeSpec } from "./syntax.ts";

type WithoutSpan<T> = T extends unknown ? Omit<T, "span"> : never;

Deno.test("options, commands, events and comments find their places", () => {
  const script = parseScript(
    "// c\n--mtu=1400\n--strict_segments\n\n`init`\n0 `a`\n+.5 %{ b }%\n`end`\n",
    { path: "t.pkt" },
  );
  assertEquals(script.options.map(({ name, value }) => [name, value]), [["mtu", "1400"], [
    "strict_segments",
    undefined,
  ]]);
  assertEquals(script.initCommand?.command, "init");
  assertEquals(script.cleanupCommand?.command, "end");
  assertEquals(script.events.map(({ action, line }) => [action.kind, line]), [["command", 6], ["code", 7]]);
  assertEquals(script.comments.map(({ kind, text }) => [kind, text]), [["line", "// c"]]);
  assertEquals([script.dialect, script.ipVersion, script.wire, script.superset.length], [
    "packetdrill",
    "ipv4",
    "ipv4",
    0,
  ]);
});

Deno.test("spans say where things are", () => {
  const event = firstEvent("\n  +0.25 > S.\n   1:2(1) ack 3\n");
  const { line, column, endLine, endColumn } = event.span;
  assertEquals([line, column, endLine, endColumn], [2, 3, 3, 16]);
  assertEquals(event.line, 2);
});

const TIMES: readonly (readonly [string, WithoutSpan<TimeSpec>])[] = [
  ["0.5 > . 1:1(0)", { kind: "absolute", at_us: 500_000 }],
  ["2 > . 1:1(0)", { kind: "absolute", at_us: 2_000_000 }],
  ["+.001 > . 1:1(0)", { kind: "relative", delta_us: 1000 }],
  ["* > . 1:1(0)", { kind: "any" }],
  ["1~1.5 > . 1:1(0)", { kind: "absolute-range", from_us: 1_000_000, to_us: 1_500_000 }],
  ["+1~+1.5 > . 1:1(0)", { kind: "relative-range", from_us: 1_000_000, to_us: 1_500_000 }],
];

for (const [text, time] of TIMES) {
  Deno.test(`time: ${text}`, () => {
    const { span: _, ...rest } = firstEvent(`${text}\n`).time;
    assertEquals(rest, time);
  });
}

Deno.test("times are cut to microseconds in IEEE double, as C's atof and a cast do", () => {
  for (const text of ["0.29", "1.1", "0.0000019", "4.35", "16.8"]) {
    const { time } = firstEvent(`${text} \`x\`\n`);
    assert(time.kind === "absolute");
    assertEquals(time.at_us, Math.trunc(parseFloat(text) * 1e6));
  }
  // 1.005 * 1e6 is just below 1005000 in double.
  const { time } = firstEvent("1.005 `x`\n");
  assert(time.kind === "absolute");
  assertEquals(time.at_us, 1004999);
});

Deno.test("a blocking call carries its end, same base as its start", () => {
  const action = firstEvent("+.1...0.2 read(3, ..., 10) = 10\n").action;
  assert(action.kind === "syscall");
  assertEquals(action.blockingEnd_us, 200_000);
});

Deno.test("several events may share a line, one may go over several", () => {
  const script = parseScript("0 `a` +1 `b` +\n2\n`c`\n", { path: "t.pkt" });
  assertEquals(script.events.length, 3);
  assertEquals(script.events.map((event) => event.line), [1, 1, 1]);
  assertEquals(script.cleanupCommand, undefined);
});

Deno.test("a script needs an event", () => {
  assertProblems("`init`\n", ["2:1: syntax error at the end of the script"]);
  assertProblems("", ["1:1: syntax error at the end of the script"]);
});

const REFUSED: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
  ["star for inbound packets", "* < . 1:1(0) ack 1 win 5\n", [
    "1:1: event time <star> can only be used with outbound packets",
  ]],
  ["range for calls", "1~2 close(3) = 0\n", ["1:1: event time range can only be used with outbound packets"]],
  ["backward range", "+2~+1 > . 1:1(0)\n", ["1:1: time range is backwards"]],
  ["half-relative range", "+1~2 > . 1:1(0)\n", ["1:4: syntax error at '2'"]],
  ["negative time", "-1 `x`\n", ["1:1: event time must not be negative"]],
  ["exponent", "1e-3 `x`\n", ["1:1: syntax error at '1e'"]],
  ["untimed command in the middle", "0 `a`\n`b`\n0 `c`\n", ["2:1: syntax error at '`b`'"]],
  ["no action", "0\n", ["2:1: syntax error at the end of the script"]],
  ["option behind an event", "0 `a`\n--mtu=1500\n", ["2:1: syntax error at '--mtu'"]],
  ["CRLF", "0 `a`\r\n+0 `b`\r\n", ["1:6: carriage return: packetdrill takes no CRLF line ends"]],
];

for (const [what, text, problems] of REFUSED) Deno.test(`refused: ${what}`, () => assertProblems(text, problems));

Deno.test("all problems of a file are reported, each event's own", () => {
  const text = [
    "--bogus",
    "0 socket(..., SOCK_STREAM; IPPROTO_TCP) = 3",
    "+0 > S 0:1(0)",
    "+0 < S 0:0(0) <mss 10>",
    "+0 write(3, ..., 5) = 5",
    "+0 > P. 1:6(5) ack 1 <nop>",
    "",
  ].join("\n");
  assertProblems(text, [
    "1:1: option 'bogus' unknown",
    "2:26: syntax error at ';'",
    "3:8: inconsistent TCP sequence numbers and payload size",
    "4:6: window must be specified for inbound packets",
    "6:22: TCP options are not padded correctly to ensure TCP header is a multiple of 4 bytes: 1 excess bytes",
  ]);
});

Deno.test("a message shows the place, the line, a mark, what was expected and what to do", () => {
  const { message } = refused("0 `a`\n+0\t> P. 1:1001(900) ack 1\n");
  assertEquals(
    message,
    [
      "t.pkt:2:9: error: inconsistent TCP sequence numbers and payload size",
      "  2 | +0\t> P. 1:1001(900) ack 1",
      "    |   \t     ^^^^^^^^^^^",
      "    = expected 1:901(900) or 1:1001(1000)",
    ].join("\n"),
  );
});

Deno.test("what was expected names every choice", () => {
  const [problem] = refused("+0 ?\n").problems;
  assert(problem?.expected.includes("'<'"));
  assert(problem?.expected.includes("a system call"));
});

Deno.test("the command line's ip version wins over the script's", () => {
  const text = "--ip_version=ipv6\n0 `a`\n";
  assertEquals(parseScript(text).wire, "ipv6");
  assertEquals(parseScript(text, { ipVersion: "ipv4-mapped-ipv6" }).wire, "ipv4");
  assertEquals(parseScript('--ip_version="ipv4-mapped-ipv6"\n0 `a`\n').ipVersion, "ipv4-mapped-ipv6");
});

Deno.test("option values that need quotes are refused without", () => {
  for (
    const [text, column] of [["--tolerance_percent=12.5", 21], ["--ip_version=ipv4-mapped-ipv6", 18], [
      "--remote_ip=192.0.2.1/24",
      22,
    ]] as const
  ) {
    const { problems } = refused(`${text}\n0 \`a\`\n`);
    assertEquals([problems[0]?.span.column, problems.length], [column, 1], text);
    assert(problems[0]?.hint?.includes("quote"), text);
  }
  assertEquals(parseScript('--remote_ip="192.0.2.1/24"\n--tolerance_percent="12.5"\n0 `a`\n').options.length, 2);
});

Deno.test("definitions replace words behind the options, and the command line's win", () => {
  const text = '--define=A="7"\n--define=CMD=`true`\n--define=W=EAGAIN\n0 f(A, W, B) = 0\n+0 CMD\n';
  const script = parseScript(text, { definitions: { B: "0x10", A: "8" } });
  const [call, command] = script.events;
  assert(call?.action.kind === "syscall");
  const [a, w, b] = call.action.args;
  assert(a?.kind === "integer" && w?.kind === "word" && b?.kind === "integer");
  assertEquals([a.value, w.name, b.value], [8, "EAGAIN", 16]);
  assert(command?.action.kind === "command");
  assertEquals(command.action.command, "true");
});

Deno.test("a definition is not looked up again, reserved words cannot be defined", () => {
  const script = parseScript("0 f(A) = ack\n".replace("ack", "0"), { definitions: { A: "B", B: "1" } });
  const [event] = script.events;
  assert(event?.action.kind === "syscall" && event.action.args[0]?.kind === "word");
  assertEquals(event.action.args[0].name, "B");
  assertProblems("0 f(ack) = 0\n", ["1:5: syntax error at 'ack'"], { definitions: { ack: "1" } });
});

Deno.test("a defined number is never hex, so it cannot follow tos", () => {
  assertProblems("+0 > [tos T] . 1:1(0)\n", ["1:11: syntax error at 'T' (defined as 16)"], {
    definitions: { T: "0x10" },
  });
});

Deno.test("an all-digit cookie from a symbol fails on the symbol's name, as in packetdrill", () => {
  const text = "+0 > S 0:0(0) <FO COOKIE,nop,nop>\n";
  assertProblems(text, ["1:19: TCP fast open cookie: 'O' is not a hex digit"], { definitions: { COOKIE: "12345678" } });
  assertEquals(parseScript(text, { definitions: { COOKIE: "1234567a" } }).events.length, 1);
});

Deno.test("a script that only nplab's grammar takes is nplab's", () => {
  assertEquals(parseScript("+0 > R. ...(0) ack 1\n").dialect, "nplab");
  assertEquals(parseScript("+0 > R. 0:0(0) ack 1\n").dialect, "packetdrill");
  assertThrows(() => parseScript("+0 > R. ...(0) ack 1\n", { dialect: "packetdrill" }), ScriptError);
});

Deno.test("a PSP script that does not parse still says that it needs wire mode", () => {
  assert(refused("--psp_udp_port=1000\n0 > . 1:1(0) ack 1 <mss MSS>\n").needsWireMode);
  assert(!refused("0 > . 1:1(0) ack 1 <mss MSS>\n").needsWireMode);
});

Deno.test("a word that is kept for later says so", () => {
  assertProblems("0 > dev eth0 . 1:1(0) ack 1", ["1:5: 'dev' is reserved"]);
});

Deno.test("interfaces, Ethernet headers and ARP", () => {
  const { events, superset } = parseScript(`
0 eth0 < eth 02:00:00:00:00:07 > * vlan 5: arp who-has 192.0.2.1 tell 192.0.2.2 tha 02:00:00:00:00:08
0 > arp reply 192.0.2.1 is-at 02:00:00:00:00:01 to 192.0.2.2
0 eth0 >? . 1:1(0) ack 1
`);
  const packets = events.map(({ action }) => action.kind === "packet" ? action : undefined);
  assertEquals(packets.map((packet) => packet?.interface?.name), ["eth0", undefined, "eth0"]);
  const ethernet = packets[0]?.ethernet;
  assertEquals([ethernet?.source, ethernet?.destination, ethernet?.vlan], ["02:00:00:00:00:07", undefined, 5]);
  const said = packets.slice(0, 2).map((packet) => {
    if (packet?.transport.kind !== "arp") throw new Error("no ARP");
    const { operation, sender, target, senderHardware, targetHardware } = packet.transport;
    return [operation, sender, target, senderHardware, targetHardware];
  });
  assertEquals(said, [
    [1, "192.0.2.2", "192.0.2.1", undefined, "02:00:00:00:00:08"],
    [2, "192.0.2.1", "192.0.2.2", "02:00:00:00:00:01", undefined],
  ]);
  assertEquals([...new Set(superset.map(({ feature }) => feature))].sort(), ["arp", "ethernet", "interface", "repeat"]);
});

Deno.test("messages in words: options and records in their order", () => {
  const bodies = (text: string, ipVersion: "ipv4" | "ipv6") =>
    parseScript(text, { ipVersion }).events.map(({ action }) =>
      action.kind === "packet" && action.transport.kind === "message" ? action.transport : undefined
    );
  const [ra, na] = bodies(
    `0 < nd ra hlim 9 lifetime 10 mtu 1400 prefix 2001:db8::/64 auto valid 20
0 > nd na fe80::1 router override ...`,
    "ipv6",
  );
  if (ra?.message.protocol !== "nd" || ra.message.body.kind !== "router-advertisement") throw new Error("no RA");
  assertEquals(ra.message.body.options.map(({ name }) => name), ["mtu", "prefix"]);
  assertEquals([ra.message.body.curHopLimit, ra.message.body.routerLifetime], [9, 10]);
  if (na?.message.protocol !== "nd" || na.message.body.kind !== "neighbor-advertisement") throw new Error("no NA");
  assertEquals([na.message.body.flags, na.open], [0xa0000000, true]);
  const [report] = bodies("0 > igmp report to_ex 239.1.1.1 192.0.2.1 192.0.2.2, allow 239.1.1.2", "ipv4");
  if (report?.message.protocol !== "igmp" || report.message.body.kind !== "report3") throw new Error("no report");
  assertEquals(report.message.body.records.map(({ type, sources }) => [type, sources.length]), [[4, 2], [5, 0]]);
});

Deno.test("what can't be: ARP in IPv6, neighbour discovery in IPv4, unknown messages", () => {
  assertProblems("0 > nd rs", ["1:5: nd in an ipv4 script"]);
  assertProblems("0 > igmp wave 239.1.1.1", ["1:10: syntax error at 'wave'"]);
  assertProblems("0 > arp whistle", ["1:9: syntax error at 'whistle'"]);
  assertProblems("0 > eth 02:00:00:00:00 > *: arp reply 1.2.3.4", ["1:9: syntax error at '02'"]);
});

Deno.test("superset words are recorded with their place", () => {
  const script = parseScript("+0 < [id 7] frag 0:8 udp (0)\n+1 > none\n");
  assertEquals(script.superset.map(({ feature, span }) => [feature, span.line]), [
    ["IP header fields", 1],
    ["frag", 1],
    ["none", 2],
  ]);
});

Deno.test("silence and counters", () => {
  assertEquals(parseAction("> none").kind, "silence");
  const growth = parseAction('mib("Udp.InCsumErrors") = +1');
  assert(growth.kind === "mib");
  assertEquals([growth.counter, growth.relation, growth.relative, growth.value], ["Udp.InCsumErrors", "=", true, 1]);
  const least = parseAction('mib("Ip.InReceives") >= 3');
  assert(least.kind === "mib");
  assertEquals([least.relation, least.relative, least.value], [">=", false, 3]);
  assertProblems('+0 mib("nonsense") = 1\n', ['1:8: bad counter name "nonsense"']);
});

Deno.test("nested brackets beyond any script are refused, not a stack overflow", () => {
  const { problems } = refused(`+0 f(${"[".repeat(100_000)}\n`);
  assertEquals(problems[0]?.message, "expression is nested too deeply");
});
