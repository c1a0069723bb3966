import { assertEquals } from "@std/assert";
import { checkScript } from "./check.ts";
import { parseScript } from "./parser.ts";

const SOCKET = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

function findings(text: string, dialect: "packetdrill" | "nplab" = "packetdrill"): string[] {
  return checkScript(parseScript(text, { path: "t.pkt", dialect })).map(({ span, severity, message }) =>
    `${span.line}:${span.column} ${severity}: ${message}`
  );
}

const CASES: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  ["a script in order", `${SOCKET}+0 connect(3, ..., ...) = 0\n+0 close(3) = 0\n`, []],
  ["first event not at 0", "0.1 `a`\n", ["1:1 run-time: first event should be at time 0"]],
  ["time going backwards", "0 `a`\n2 `b`\n1 `c`\n", [
    "3:1 run-time: time goes backward in script from 2000000 usec to 1000000 usec",
  ]],
  ["relative times in between are not compared", "0 `a`\n2 `b`\n+0 `c`\n1 `d`\n", []],
  ["unknown call", "0 sokcet(..., 1, 6) = 3\n", ["1:3 run-time: Unknown system call: 'sokcet'"]],
  ["argument count", `${SOCKET}+0 listen(3) = 0\n`, [
    "2:4 run-time: runtime error in listen call: Expected 2 args but got 1",
  ]],
  ["unknown symbol", `${SOCKET}+0 setsockopt(3, SOL_SOCKET, SO_NOPE, [1], 4) = 0\n`, [
    "2:30 run-time: runtime error in setsockopt call: unknown symbol: 'SO_NOPE'",
  ]],
  ["unknown errno", `${SOCKET}+0 close(3) = -1 ENOPE (x)\n`, [
    "2:18 run-time: runtime error in close call: unknown symbol: 'ENOPE'",
  ]],
  ["result that is no literal", `${SOCKET}+0 fcntl(3, F_GETFL) = O_RDWR\n`, [
    "2:24 run-time: runtime error in fcntl call: Bad type; actual: word expected: integer",
  ]],
  ["ellipsis for a value", `${SOCKET}+0 listen(3, ...) = 0\n`, [
    "2:14 run-time: runtime error in listen call: Bad type; actual: ellipsis expected: integer",
  ]],
  ["value for an ellipsis", `${SOCKET}+0 bind(3, 1, ...) = 0\n`, [
    "2:12 run-time: runtime error in bind call: Bad type; actual: integer expected: ellipsis",
  ]],
  ["buffer that is none", `${SOCKET}+0 write(3, 5, 10) = 10\n`, [
    "2:13 run-time: runtime error in write call: Expected ... or NULL for buffer",
  ]],
  ["NULL buffers are fine", `${SOCKET}+0 write(3, NULL, 10) = -1 EFAULT (x)\n+0 write(3, 0, 10) = -1 EFAULT (x)\n`, []],
  ["descriptor never made", `${SOCKET}+0 close(4) = 0\n`, [
    "2:10 run-time: runtime error in close call: unable to find fd with script fd 4",
  ]],
  ["descriptor used after close", `${SOCKET}+0 close(3) = 0\n+0 close(3) = 0\n`, [
    "3:10 run-time: runtime error in close call: unable to find fd with script fd 3",
  ]],
  ["descriptor made twice", `${SOCKET}+${SOCKET}`, [
    "2:44 run-time: runtime error in socket call: duplicate fd 3 in script",
  ]],
  ["pipes make two", "0 pipe([4, 5]) = 0\n+0 close(5) = 0\n+0 close(4) = 0\n", []],
  ["lists and their counts", `${SOCKET}+0 readv(3, [{..., 5}], 2) = 5\n+0 poll([{fd=3, events=0}], 2, 0) = 0\n`, [
    "2:13 run-time: runtime error in readv call: iov_count 2 does not match 1-element iovec array",
    "3:9 run-time: runtime error in poll call: nfds 2 does not match 1-element pollfd array",
  ]],
  ["sendmsg's flags", `${SOCKET}+0 sendmsg(3, {msg_name(...)=..., msg_iov(2)=[{..., 5}], msg_flags=1}, 0) = 5\n`, [
    "2:46 run-time: runtime error in sendmsg call: msg_iovlen 2 does not match 1-element iovec array",
    "2:68 run-time: runtime error in sendmsg call: sendmsg ignores msg_flags field in msghdr",
  ]],
  ["getsockopt's forms", `${SOCKET}+0 getsockopt(3, 0, 0, [1], [8]) = 0\n+0 getsockopt(3, 0, 0, ..., [4]) = 0\n`, [
    "2:24 run-time: runtime error in getsockopt call: Unsupported getsockopt optlen: 8",
    "3:24 run-time: runtime error in getsockopt call: unsupported getsockopt value type: ellipsis",
  ]],
  ["bad escape", '0 open("a\\0", 0) = 3\n', ["1:8 run-time: runtime error in open call: unsupported escape code: '0'"]],
  ["32 bits", `${SOCKET}+0 listen(3, 4294967296) = 0\n`, [
    "2:14 run-time: runtime error in listen call: Value out of range for 32-bit integer: 4294967296",
  ]],
  ["packet without socket", "0 > . 1:1(0)\n", ["1:3 run-time: no matching socket for script packet"]],
  ["inbound TCP makes its own", "0 < S 0:0(0) win 5\n+0 > R. 0:0(0) ack 1\n", []],
  ["UDP needs a socket", "0 < udp (5)\n", ["1:3 run-time: no matching socket for script packet"]],
  ["protocol 0", "0 socket(..., SOCK_STREAM, 0) = 3\n+0 > . 1:1(0)\n", [
    "2:4 run-time: the socket was made with protocol 0: packetdrill cannot tell what its packets are",
  ]],
  [
    "ecr never sent",
    `${SOCKET}+0 connect(3, ..., ...) = 0\n+0 > S 0:0(0) <nop,nop,TS val 100 ecr 0>\n` +
    "+0 < . 1:1(0) ack 1 win 5 <nop,nop,TS val 1 ecr 100>\n+0 < . 1:1(0) ack 1 win 5 <nop,nop,TS val 1 ecr 0>\n",
    ["5:36 run-time: unable to infer live TS ecr for script TS ecr 0;  no matching or preceding outbound TS val"],
  ],
  ["code without socket", "0 %{ pass }%\n", ["1:3 run-time: runtime error in code: no socket to use for code"]],
  ["fragment beyond its datagram", `${SOCKET}+0 > frag 16:48 udp (20)\n`, [
    "2:6 run-time: the datagram has 28 bytes: it has no fragment 16:48",
  ]],
  ["cleanup that never runs", "0 `a`\n`b`\n", [
    "2:1 warning: the cleanup command never runs: the script has no init command",
  ]],
  ["requirement ids", "// requires: MUST-5\n0 `a`\n", ["1:4 warning: 'MUST-5' is not a requirement id"]],
  ["a datagram to a socket without addresses", "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 < udp (5)\n", [
    "2:4 run-time: can't be injected: the addresses of the socket under test are not known yet",
  ]],
  ["a bound socket hears", "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (5)\n", []],
  [
    "a sender that was heard is answered",
    "0 socket(..., SOCK_DGRAM, 17) = 3\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n" +
    "+0 > udp (5)\n+0 < udp (5)\n",
    [],
  ],
  ["a SYN-ACK without its SYN", `${SOCKET}+0 connect(3, ..., ...) = 0\n+0 < S. 0:0(0) ack 1 win 5\n`, [
    "3:4 run-time: can't be injected: the addresses of the socket under test are not known yet",
  ]],
  [
    "ports that no connection has",
    `${SOCKET}+0 listen(3, 1) = 0\n+0 < 1 > 8080 S 0:0(0) win 5\n+0 > 8080 > 2 S. 0:0(0) ack 1\n`,
    [
      "4:4 run-time: no connection of the script has ports 8080 > 2",
    ],
  ],
  [
    "connections by their ports",
    `${SOCKET}+0 listen(3, 1) = 0\n+0 < 1 > 8080 S 0:0(0) win 5\n+0 < 2 > 8080 S 0:0(0) win 5\n` +
    "+0 > 8080 > 2 S. 0:0(0) ack 1\n+0 > 8080 > 1 S. 0:0(0) ack 1\n",
    [],
  ],
  ["ports that packetdrill does not compare", `${SOCKET}+0 connect(3, ..., ...) = 0\n+0 > 5 > 6 S 0:0(0)\n`, []],
  ["PSP", "--psp_udp_port=1000\n0 `a`\n", ["1:1 warning: PSP needs packetdrill's wire mode"]],
  ["a call back before it starts", `${SOCKET}+.2....1 read(3, ..., 5) = 5\n`, [
    "2:1 warning: the call is to return before it starts",
  ]],
];

for (const [what, text, expected] of CASES) {
  Deno.test(`check: ${what}`, () => assertEquals(findings(text), [...expected]));
}
