/** Connections known by their ports, and what of a script is its own fault. */
import { assert, assertEquals } from "@std/assert";
import { type Replay, replay } from "./_fake_session.ts";

type Calls = NonNullable<Replay["calls"]>;

const open = (port: number, rest = "") =>
  `+0 < ${port} > 8080 S 0:0(0) win 1000\n+0 > 8080 > ${port} S. 0:0(0) ack 1\n` +
  `+0 < ${port} > 8080 . 1:1(0) ack 1 win 1000\n${rest}`;
const synAck = (port: number) => `0 > 8080 > ${port} S. 0:0(0) ack 1 win 1`;
const data = (port: number, seq = "1:11(10)") => `8080 > ${port} P. ${seq} ack 1`;
const LISTEN = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 5) = 0\n";

/** `sockaddr_in` of the script's side. */
function peer(port: number): Uint8Array {
  return Uint8Array.of(2, 0, port >> 8, port & 255, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
}

const TWO = LISTEN + open(5001) + open(5002);
const PACKETS = [synAck(5001), synAck(5002)];

function accepting(...ports: readonly number[]): Calls {
  let next = 0;
  return ({ name }) => name === "accept" ? { result: 50, address: peer(ports[next++] ?? 0) } : undefined;
}

Deno.test("two connections at once by their ports, with or without a comment", async () => {
  const text = `${TWO}+0 accept(3, ..., ...) = 4\n+0 accept(3, ..., ...) = 5\n+0 > ${data(5001)}\n+0 > ${data(5002)}\n`;
  const packets = [...PACKETS, `0 > ${data(5001)} win 1`, `0 > ${data(5002)} win 1`];
  for (const comment of ["", "// strict: yes\n", "// requires: RFC9293-MUST-5\n// strict: no\n"]) {
    const outcome = await replay(comment + text, { packets, calls: accepting(5001, 5002) });
    assertEquals(outcome.message, "", comment);
  }
});

Deno.test("accept takes the connection that it was, not the newest", async () => {
  const text = `${TWO}+0 accept(3, ..., ...) = 4\n`;
  assertEquals((await replay(text, { packets: PACKETS, calls: accepting(5001) })).message, "");
  const third = await replay(text, { packets: PACKETS, calls: accepting(5003) });
  assertEquals(third.verdict, "fail", third.message);
});

Deno.test("the packets of one connection do not stand for another's", async () => {
  const text = `${TWO}+0 > ${data(5001)}\n`;
  assertEquals((await replay(text, { packets: [...PACKETS, `0 > ${data(5001)} win 1`] })).message, "");
  const other = await replay(text, { packets: [...PACKETS, `0 > ${data(5002)} win 1`] });
  assertEquals(other.failure?.kind, "missing-packet", other.message);
});

Deno.test("connections keep their own order: one need not wait for the other", async () => {
  const text = `${TWO}+0 > ${data(5001)}\n+0 > ${data(5002)}\n`;
  const crossed = [...PACKETS, `0 > ${data(5002)} win 1`, `0 > ${data(5001)} win 1`];
  assertEquals((await replay(text, { packets: crossed })).message, "");
  const strict = await replay(`// strict: yes\n${TWO}+0 > ${data(5001)}\n`, { packets: crossed });
  assertEquals(strict.failure?.kind, "unexpected-packet", strict.message);
});

Deno.test("lines without ports mean the first connection", async () => {
  const text = `${TWO}+0 > P. 1:11(10) ack 1\n`;
  assertEquals((await replay(text, { packets: [...PACKETS, `0 > ${data(5001)} win 1`] })).message, "");
  assertEquals((await replay(text, { packets: [...PACKETS, `0 > ${data(5002)} win 1`] })).verdict, "fail");
});

Deno.test("numbers count from each connection's own", async () => {
  const second = `+0 < 5002 > 8080 S 500:500(0) win 1000\n+0 > 8080 > 5002 S. 0:0(0) ack 501\n`;
  const packets = [
    synAck(5001),
    "0 > 8080 > 5002 S. 0:0(0) ack 501 win 1",
    "0 > 8080 > 5002 P. 1:11(10) ack 501 win 1",
  ];
  const text = (ack: number) => `${LISTEN}${open(5001)}${second}+0 > 8080 > 5002 P. 1:11(10) ack ${ack}\n`;
  assertEquals((await replay(text(1), { packets })).message, "");
  assertEquals((await replay(text(501), { packets })).verdict, "fail");
});

const FAULTS: readonly [what: string, text: string, line: number, message: RegExp][] = [
  [
    "ports that no connection has",
    `${LISTEN}${open(5001)}+0 > 8080 > 5009 . 1:1(0) ack 1\n`,
    7,
    /no connection .* 8080 > 5009; there are 8080 > 5001/,
  ],
  [
    "a datagram to a socket without addresses",
    "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 < udp (10)\n",
    2,
    /can't be injected: .* bind\(\) the socket/,
  ],
  [
    "a segment to a socket that neither listens nor connects",
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < . 1:1(0) ack 1 win 5\n",
    2,
    /can't be injected: .* listen\(\)/,
  ],
  [
    "an answer to a SYN that nobody expected",
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = 0\n+0 < S. 0:0(0) ack 1 win 5\n",
    3,
    /can't be injected: .* expect the packet/,
  ],
  [
    "an echo of a time stamp that never came",
    `${LISTEN}${open(5001)}+0 < 5001 > 8080 . 1:1(0) ack 1 win 5 <nop,nop,TS val 1 ecr 9>\n`,
    7,
    /unable to infer live TS ecr/,
  ],
  ["an unknown symbol", "0 socket(..., SOCK_STREAM, NO_SUCH) = 3\n", 1, /unknown symbol: 'NO_SUCH'; write its number/],
  ["an unknown errno", "0 socket(..., SOCK_STREAM, 6) = -1 ENOSUCH (x)\n", 1, /unknown symbol: 'ENOSUCH'/],
  ["an unknown call", "0 sokcet(1) = 0\n", 1, /Unknown system call: 'sokcet'/],
  ["a descriptor that is not open", "0 close(9) = 0\n", 1, /unable to find fd with script fd 9; none is open here/],
  ["time going backwards", "0 `true`\n1 `true`\n0.5 `true`\n", 3, /time goes backward/],
];

for (const [what, text, line, message] of FAULTS) {
  Deno.test(`${what}: the script's fault, at its line`, async () => {
    const calls: Calls = ({ name }) =>
      name === "socket" && text.includes("ENOSUCH") ? { result: -1, errno: 22 } : undefined;
    const outcome = await replay(text, { packets: [synAck(5001)], calls });
    assertEquals([outcome.verdict, outcome.line], ["error", line], outcome.message);
    assert(message.test(outcome.message), outcome.message);
    assert(outcome.session.now() <= 1_000_000, "nothing is waited for");
  });
}

Deno.test("a bound UDP socket hears the sender that packets come from", async () => {
  const text = "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0 < udp (64)\n" +
    "+0 recvfrom(3, ..., 64, 0, ..., ...) = 64\n+0 sendto(3, ..., 32, 0, ..., ...) = 32\n+0 > udp (32)\n";
  const calls: Calls = ({ name }) =>
    name === "recvfrom" ? { result: 64 } : name === "sendto" ? { result: 32 } : undefined;
  const good = await replay(text, { packets: ["0 > udp 8080 > 8080 (32)"], calls });
  assertEquals(good.message, "");
  assertEquals(good.session.injected.length, 1);
  assertEquals((await replay(text, { packets: ["0 > udp 8080 > 8080 (31)"], calls })).verdict, "fail");
});

Deno.test("the reset of connect(AF_UNSPEC) still is the connection's; the next connection is its own", async () => {
  const text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = 0\n+0 > S 0:0(0)\n" +
    "+0 < S. 0:0(0) ack 1 win 5\n+0 > . 1:1(0) ack 1\n+0 connect(3, AF_UNSPEC, ...) = 0\n+0 > R. 1:1(0) ack 1\n" +
    "+0 connect(3, ..., ...) = 0\n+0 > S 0:0(0)\n+0 < S. 0:0(0) ack 1 win 5\n+0 > . 1:1(0) ack 1\n";
  const from = (port: number, rest: string) => `0 > ${port} > 8080 ${rest} win 1`;
  const packets = [
    from(3001, "S 0:0(0)"),
    from(3001, ". 1:1(0) ack 1"),
    from(3001, "R. 1:1(0) ack 1"),
    from(3002, "S 0:0(0)"),
    from(3002, ". 1:1(0) ack 1"),
  ];
  assertEquals((await replay(text, { packets })).message, "");
  const wrong = packets.with(2, from(3001, "R 1:1(0)"));
  assertEquals((await replay(text, { packets: wrong })).failure?.kind, "packet");
});

Deno.test("a protocol that the target has not got skips the script", async () => {
  const refuse = (errno: number): Replay => ({
    calls: ({ name }) => name === "socket" ? { result: -1, errno } : undefined,
  });
  const text = (protocol: string) => `0 socket(..., SOCK_STREAM, ${protocol}) = 3\n`;
  assertEquals((await replay(text("IPPROTO_MPTCP"), refuse(93))).verdict, "skip");
  assertEquals((await replay(text("IPPROTO_MPTCP"), refuse(13))).verdict, "fail");
  assertEquals((await replay(text("IPPROTO_TCP"), refuse(93))).verdict, "fail");
});
