/**
 * Every check of system calls, times, commands and code can fail: what a call does, what the script says, what is said.
 */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { int, timespec } from "../../abi/memory.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { needing } from "../../host/test_support.ts";
import { type FakeSession, python, type Replay, replay } from "./_fake_session.ts";

const PYTHON = { programs: ["python3"] };

const SOCKET = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

type Answer = Partial<SystemCallOutcome> & { blocks_us?: number; took_us?: number };

/** Answers the call of that name, and lets sockets be made. */
function answers(name: SystemCallRequest["name"], answer: Answer): Replay {
  return { calls: (request) => request.name === name ? answer : undefined };
}

function cmsg(level: number, type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + ((data.length + 7) & ~7));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(16 + data.length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  bytes.set(data, 16);
  return bytes;
}

/** `sock_extended_err` and an IPv4 offender. */
function extendedError(
  errno: number,
  origin: number,
  type: number,
  code: number,
  info: number,
  data: number,
): Uint8Array {
  const bytes = concatBytes(int(errno), Uint8Array.of(origin, type, code, 0), int(info), int(data));
  return concatBytes(bytes, new Uint8Array(16));
}

const RECVMSG = (rest: string, flags = "0") =>
  `recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=${flags}${rest}}, 0) = 5`;
const ERROR =
  ", msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=1, ee_origin=2, ee_type=3, " +
  "ee_code=4, ee_info=5, ee_data=6}}]";
const STAMP =
  ", msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0,scm_nsec=20000000}}]";
const INQ = ", msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=7}]";
const STATISTICS = ", msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING_OPT_STATS, " +
  "cmsg_data={TCP_NLA_BUSY=100, TCP_NLA_SND_CWND=10, TCP_NLA_CA_STATE=...}}]";

function stamp(us: number): Uint8Array {
  return concatBytes(timespec(1_000_000_000_000 + us), new Uint8Array(32));
}

function attribute(type: number, value: number, size: 1 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(4 + Math.max(4, size));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + size, true);
  view.setUint16(2, type, true);
  if (size === 1) bytes[4] = value;
  else if (size === 4) view.setUint32(4, value, true);
  else view.setBigUint64(4, BigInt(value), true);
  return bytes;
}

const STATS = (busy: number, cwnd: number) =>
  cmsg(1, 54, concatBytes(attribute(1, busy, 8), attribute(8, cwnd, 4), attribute(14, 3, 1)));

/** A call, what it does, and what is said; undefined: it passes. */
const CALLS: readonly [call: string, name: SystemCallRequest["name"], answer: Answer, message: RegExp | undefined][] = [
  ["write(3, ..., 100) = 100", "write", { result: 100 }, undefined],
  ["write(3, ..., 100) = 100", "write", { result: 99 }, /Expected result 100 but got 99 with errno 0 \(Success\)$/],
  [
    "write(3, ..., 100) = 100",
    "write",
    { result: -1, errno: 32 },
    /Expected result 100 but got -1 with errno 32 \(Broken pipe\)$/,
  ],
  ["write(3, ..., 100) = -1", "write", { result: -1, errno: 32 }, undefined],
  ["write(3, ..., 100) = -1 EPIPE (x)", "write", { result: -1, errno: 32 }, undefined],
  [
    "write(3, ..., 100) = -1 EAGAIN (x)",
    "write",
    { result: -1, errno: 32 },
    /Expected errno 11 \(Resource temporarily unavailable\) but got 32 \(Broken pipe\)$/,
  ],
  ["write(3, ..., 100) = -1 EAGAIN (x)", "write", { result: 100 }, /Expected result -1 but got 100/],
  [
    "accept(3, ..., ...) = 4",
    "accept",
    { result: -1, errno: 11 },
    /Expected non-negative result but got -1 with errno 11/,
  ],
  [
    "accept(3, ..., ...) = 4",
    "accept",
    { result: 7 },
    /unable to find socket matching accept\(\) call; expect the SYN-ACK of its connection before$/,
  ],
  ["write(9, ..., 100) = 100", "write", {}, /unable to find fd with script fd 9; open here: 3$/],
  ["write(3, 1, 100) = 100", "write", {}, /Expected \.\.\. or NULL for buffer$/],
  ["write(3, ...) = 100", "write", {}, /Expected 3 args but got 2$/],
  ["write(..., ..., 100) = 100", "write", {}, /Bad type; actual: ellipsis expected: integer$/],
  ["bind(3, 1, ...) = 0", "bind", {}, /Bad type; actual: integer expected: ellipsis$/],
  [
    "listen(3, NO_SUCH_NAME) = 0",
    "listen",
    {},
    /unknown symbol: 'NO_SUCH_NAME'; write its number, or define it: -D NO_SUCH_NAME=…$/,
  ],
  ["listen(3, 4294967296) = 0", "listen", {}, /Value out of range for 32-bit integer: 4294967296$/],
  ["frobnicate(3) = 0", "write", {}, /Unknown system call: 'frobnicate'$/],
  ["socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", "socket", { result: 7 }, /duplicate fd 3 in script$/],
  ["fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)", "fcntl", { result: 0x802 }, /Expected result 2 but got 2050/],
  ["ioctl(3, SIOCINQ, [1000]) = 0", "ioctl", { data: int(1000) }, undefined],
  ["ioctl(3, SIOCINQ, [1000]) = 0", "ioctl", { data: int(999) }, /Bad ioctl optval: expected: 1000 actual: 999$/],
  ["getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0", "getsockopt", { data: int(0) }, undefined],
  [
    "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
    "getsockopt",
    { data: int(111) },
    /Bad getsockopt optval: expected: 0 actual: 111$/,
  ],
  [
    "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
    "getsockopt",
    { data: Uint8Array.of(0) },
    /Bad getsockopt optlen: expected: 4 actual: 1$/,
  ],
  [
    'getsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", [4]) = 0',
    "getsockopt",
    { data: Uint8Array.of(114, 101, 110, 111) },
    undefined,
  ],
  [
    'getsockopt(3, SOL_TCP, TCP_CONGESTION, "reno", [4]) = 0',
    "getsockopt",
    { data: Uint8Array.of(99, 117, 98, 105) },
    /Bad getsockopt optval: expected: 'reno' actual: 'cubi'$/,
  ],
  [
    "getsockopt(3, SOL_SOCKET, SO_ERROR, [1], [4]) = -1",
    "getsockopt",
    { result: -1, errno: 9 },
    /expected: 1 actual: 0$/,
  ],
  [
    "getsockopt(3, SOL_SOCKET, SO_LINGER, ..., [8]) = 0",
    "getsockopt",
    {},
    /unsupported getsockopt value type: ellipsis$/,
  ],
  ["poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1", "poll", { result: 1, revents: [1] }, undefined],
  [
    "poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1",
    "poll",
    { result: 1, revents: [0x11] },
    /Expected revents of POLLIN but got POLLIN\|POLLHUP for pollfd 0$/,
  ],
  ["poll([{fd=3, events=POLLIN}], 2, 0) = 1", "poll", {}, /nfds 2 does not match 1-element pollfd array$/],
  ["readv(3, [{..., 1}, {..., 2}], 1) = 3", "readv", {}, /iov_count 1 does not match 2-element iovec array$/],
  [RECVMSG(""), "recvmsg", { result: 5, msg_flags: 0 }, undefined],
  [RECVMSG(""), "recvmsg", { result: 5, msg_flags: 8 }, /Expected msg_flags 0x00000000 but got 0x00000008$/],
  [RECVMSG(INQ), "recvmsg", { result: 5, msg_flags: 0, control: cmsg(6, 36, int(7)) }, undefined],
  [RECVMSG(INQ), "recvmsg", { result: 5, msg_flags: 0, control: cmsg(6, 36, int(8)) }, /Bad data in cmsg 0/],
  [
    RECVMSG(INQ),
    "recvmsg",
    { result: 5, msg_flags: 0, control: cmsg(7, 36, int(7)) },
    /Bad level in cmsg 0: expected=6 actual=7$/,
  ],
  [
    RECVMSG(INQ),
    "recvmsg",
    { result: 5, msg_flags: 0, control: cmsg(6, 35, int(7)) },
    /Bad type in cmsg 0: expected=36 actual=35$/,
  ],
  [
    RECVMSG(INQ),
    "recvmsg",
    { result: 5, msg_flags: 0, control: cmsg(6, 36, new Uint8Array(8)) },
    /Bad len in cmsg 0: expected=20 actual=24$/,
  ],
  [RECVMSG(INQ), "recvmsg", { result: 5, msg_flags: 0 }, /received only 0 cmsgs$/],
  [
    RECVMSG(INQ),
    "recvmsg",
    { result: 5, msg_flags: 0, control: concatBytes(cmsg(6, 36, int(7)), cmsg(6, 36, int(7))) },
    /received more than 1 cmsgs$/,
  ],
  [
    RECVMSG(ERROR),
    "recvmsg",
    { result: 5, msg_flags: 0, control: cmsg(0, 11, extendedError(1, 2, 3, 4, 5, 6)) },
    undefined,
  ],
  ...(["errno", "origin", "type", "code", "info", "data"] as const).map((field, i) => {
    const values: [number, number, number, number, number, number] = [1, 2, 3, 4, 5, 6];
    values[i] = 9;
    return [
      RECVMSG(ERROR),
      "recvmsg",
      { result: 5, msg_flags: 0, control: cmsg(0, 11, extendedError(...values)) },
      new RegExp(`Bad ${field} in extended err 0: expected=${i + 1} actual=9$`),
    ] as const;
  }).map((row): [string, "recvmsg", Answer, RegExp] => [...row]),
  [RECVMSG(STAMP), "recvmsg", { result: 5, msg_flags: 0, control: cmsg(1, 37, stamp(20_000)) }, undefined],
  [RECVMSG(STAMP), "recvmsg", { result: 5, msg_flags: 0, control: cmsg(1, 37, stamp(23_999)) }, undefined],
  [
    RECVMSG(STAMP),
    "recvmsg",
    { result: 5, msg_flags: 0, control: cmsg(1, 37, stamp(24_001)) },
    /Bad timestamp 0 in scm timestamping/,
  ],
  [RECVMSG(STATISTICS), "recvmsg", { result: 5, msg_flags: 0, control: STATS(100, 10) }, undefined],
  [RECVMSG(STATISTICS), "recvmsg", { result: 5, msg_flags: 0, control: STATS(4_000, 10) }, undefined],
  [
    RECVMSG(STATISTICS),
    "recvmsg",
    { result: 5, msg_flags: 0, control: STATS(4_101, 10) },
    /Bad value of attribute 1 in TCP statistics/,
  ],
  [
    RECVMSG(STATISTICS),
    "recvmsg",
    { result: 5, msg_flags: 0, control: STATS(100, 11) },
    /Bad value of attribute 8 in TCP statistics: expected=10 actual=11$/,
  ],
  [
    "sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=1}, 0) = 10",
    "sendmsg",
    {},
    /sendmsg ignores msg_flags field in msghdr$/,
  ],
  [
    "sendmsg(3, {msg_name(...)=..., msg_iov(2)=[{..., 10}], msg_flags=0}, 0) = 10",
    "sendmsg",
    {},
    /msg_iovlen 2 does not match 1-element iovec array$/,
  ],
];

for (const [call, name, answer, message] of CALLS) {
  const what = JSON.stringify(answer, (_key, value) => value instanceof Uint8Array ? [...value].join(" ") : value);
  Deno.test(`${call} when it does ${what}`, async () => {
    const replayed = {
      calls: (request: SystemCallRequest, i: number) => i > 0 && request.name === name ? answer : undefined,
    };
    const outcome = await replay(`${SOCKET}+0 ${call}\n`, replayed);
    if (message === undefined) {
      assertEquals(outcome.message, "");
      return;
    }
    assertEquals(outcome.failure?.kind, message.source.includes("timestamp") ? "call-time" : "call", outcome.message);
    assert(message.test(outcome.message), outcome.message);
    const function_ = call.slice(0, call.indexOf("("));
    assert(outcome.message.startsWith(`test.pkt:2: runtime error in ${function_} call: `), outcome.message);
  });
}

/** What `epoll_wait` compares. */
const EPOLL: readonly [event: string, events: number, data: bigint, passes: boolean][] = [
  ["{events=EPOLLIN, fd=3}", 1, 100n, true],
  ["{events=EPOLLIN, fd=3}", 5, 100n, false],
  ["{events=EPOLLIN, fd=3}", 1, 101n, false],
  ["{events=EPOLLIN, u32=5}", 1, 5n, true],
  ["{events=EPOLLIN, u32=5}", 1, 6n, false],
  ["{events=EPOLLIN, u64=0x100000000}", 1, 0x100000000n, true],
  ["{events=EPOLLIN, ptr=0x100000000}", 1, 0n, false],
];

for (const [event, events, data, passes] of EPOLL) {
  Deno.test(`epoll_wait for ${event} when events are ${events} and data ${data}`, async () => {
    const script = `${SOCKET}+0 epoll_create(1) = 4\n+0 epoll_wait(4, ${event}, 1, 0) = 1\n`;
    const outcome = await replay(script, answers("epoll_wait", { result: 1, events: [{ events, data }] }));
    assertEquals(outcome.verdict, passes ? "pass" : "fail", outcome.message);
  });
}

Deno.test("epoll_ctl wants the same descriptor twice", async () => {
  const script = `${SOCKET}+0 epoll_create(1) = 4\n+0 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, fd=4}) = 0\n`;
  assert(/wrong fd specified in epoll_event$/.test((await replay(script)).message));
});

Deno.test("a result that is no literal is an error when the call is made", async () => {
  const outcome = await replay(`${SOCKET}+0 fcntl(3, F_GETFL) = O_RDWR\n`);
  assert(/Bad type; actual: word expected: integer$/.test(outcome.message), outcome.message);
});

/** Blocking calls: when they return, and what is said. */
const BLOCKING: readonly [spec: string, answer: Answer, rest: string, kind: string | undefined, message: RegExp][] = [
  ["+0...0.5", { blocks_us: 500_000 }, "+1 `true`\n", undefined, /^$/],
  ["+0...0.5", { blocks_us: 562_000 }, "+1 `true`\n", undefined, /^$/],
  [
    "+0...0.5",
    { blocks_us: 563_000 },
    "+1 `true`\n",
    "call-time",
    /:2: timing error: expected system call return at 0\.500000 sec but happened at 0\.563000 sec; tolerance 0\.062500 sec$/,
  ],
  ["+0...0.5", { blocks_us: 400_000 }, "+1 `true`\n", "call-time", /system call return/],
  [
    "+0...0.5",
    { blocks_us: 500_000, result: 1 },
    "+1 `true`\n",
    "call",
    /:2: runtime error in connect call: Expected result 0 but got 1/,
  ],
  [
    "+0...0.5",
    { blocks_us: 3_000_000 },
    "",
    "blocked",
    /:2: runtime error: exiting while a blocking system call is in progress$/,
  ],
  ["+0...0.5", { blocks_us: 600_000, result: 0 }, "", "call-time", /system call return/],
  [
    "+0...0.5",
    { blocks_us: 5_000_000 },
    "+0...1 read(3, ..., 5) = 5\n",
    "blocked",
    /:3: blocking system call while another blocking system call is already in progress$/,
  ],
  [
    "+0...0.5",
    { blocks_us: 500_000 },
    "+0 listen(3, 1) = 0\n",
    "time",
    /:3: timing error: expected system call start at 0\.000000 sec but happened at 0\.500000 sec/,
  ],
  ["+0", { blocks_us: 500_000 }, "+0 `true`\n", undefined, /^$/],
  [
    "+0",
    { blocks_us: Infinity },
    "+0 `true`\n",
    "blocked",
    /:2: runtime error in connect call: the call does not return$/,
  ],
];

for (const [spec, answer, rest, kind, message] of BLOCKING) {
  Deno.test(`${spec} connect that returns after ${answer.blocks_us} µs, then ${rest.trim() || "nothing"}`, async () => {
    const outcome = await replay(`${SOCKET}${spec} connect(3, ..., ...) = 0\n${rest}`, answers("connect", answer));
    assertEquals(outcome.failure?.kind, kind, outcome.message);
    assert(message.test(outcome.message), outcome.message);
  });
}

Deno.test("a blocked call that goes wrong ends the script at once", async () => {
  const text = `${SOCKET}+0...0.5 connect(3, ..., ...) = 0\n+10 \`late\`\n`;
  const outcome = await replay(text, answers("connect", { blocks_us: 100_000 }));
  assertEquals(outcome.failure?.kind, "call-time");
  assertEquals(outcome.session.commands, []);
  assertEquals(outcome.session.now(), 100_000);
});

Deno.test("the first event is due at 0", async () => {
  assertEquals(
    (await replay("0.5 `true`\n")).message,
    "test.pkt:1: first event should be at time 0: start with 0 or +0",
  );
  assertEquals((await replay("+0.5 `true`\n")).verdict, "error");
});

Deno.test("absolute times must not go backwards", async () => {
  const outcome = await replay("0 `true`\n0.5 `true`\n0.4 `true`\n");
  assertEquals(outcome.message, "test.pkt:3: time goes backward in script from 500000 usec to 400000 usec");
});

Deno.test("an event that starts too late fails, and lateness of the runner itself is told", async () => {
  const text = "0 `true`\n+0.01 `true`\n";
  assertEquals((await replay(text, { late_us: 3_000 })).verdict, "pass");
  const virtual = await replay(text, { late_us: 5_000 });
  assert(
    /timing error: expected command at 0\.010000 sec but happened at 0\.015000 sec; tolerance 0\.004000 sec$/.test(
      virtual.message,
    ),
  );
  assertEquals(virtual.facts, undefined);
  const real = await replay(text, { late_us: 5_000 }, { virtualTime: false });
  const { late_line, late_us, late_in_all_us, late_share, off_us } = real.facts!;
  assertEquals([late_line, late_us, late_in_all_us, late_share, off_us], [2, 5_000, 5_000, 1.25, 1_000]);
  assertEquals((await replay(text, {}, { virtualTime: false })).facts!.late_us, 0);
});

Deno.test("trains of injected packets keep to the script's times, others to when the event before was over", async () => {
  const segment = "< . 1:1(0) ack 1 win 100";
  const text = `0 ${segment}\n+0.01 ${segment}\n+0.01 ${segment}\n`;
  const { session } = await replay(text, { late_us: 1_000 });
  assertEquals(session.injected.slice(0, 3).map((one) => one.time_us), [0, 11_000, 21_000]);
});

Deno.test("a run is no quicker than packetdrill, which it sees to where it waits anyway", async () => {
  const end = async (text: string, late_us: number) => {
    const { message, session } = await replay(text, { late_us }, { virtualTime: false });
    assertEquals(message, "");
    return session.now();
  };
  const LISTEN = "listen(3, 1) = 0\n";
  // Quicker: as many events later as came before.
  assertEquals(await end(`${SOCKET}+0 ${LISTEN}+0.01 ${LISTEN}`, 0), 10_160);
  // Slower: nothing is made up for.
  assertEquals(await end(`${SOCKET}+0.01 ${LISTEN}+0.01 ${LISTEN}`, 800), 21_680);
  // A program takes as long in packetdrill.
  assertEquals(await end(`${SOCKET}+0 \`true\`\n+0.01 ${LISTEN}`, 0), 10_000);
  // A time when nothing may be sent is as long as the script says.
  assertEquals(await end(`${SOCKET}+0.01 > none\n+0.01 ${LISTEN}`, 0), 20_000);
  // Absolute times are what they are.
  assertEquals(await end(`${SOCKET}0.01 ${LISTEN}0.02 ${LISTEN}`, 0), 20_000);
});

Deno.test("a call that hung is told, one that is meant to block is not", async () => {
  const hung = await replay(`${SOCKET}+0 listen(3, 1) = 0\n`, answers("listen", { took_us: 114_000 }), {
    virtualTime: false,
  });
  assertEquals([hung.message, hung.facts!.held_us], ["", 114_000]);
  const text = `${SOCKET}+0...0.02 connect(3, ..., ...) = 0\n+0.05 \`true\`\n`;
  const blocked = await replay(text, answers("connect", { blocks_us: 20_000 }), { virtualTime: false });
  assertEquals([blocked.message, blocked.facts!.held_us], ["", 0]);
});

needing(
  PYTHON,
  "what it takes to begin a call on the side is the runner's own, what a call or a command takes is not",
  async () => {
    const facts = async (text: string, connect: Answer, listen?: Answer) => {
      const { calls } = answers("connect", connect);
      const both: Replay["calls"] = (request, index) => request.name === "listen" ? listen : calls!(request, index);
      return (await replay(`${SOCKET}+0${text}`, { calls: both }, { virtualTime: false })).facts!;
    };
    const begun = await facts("...0.02 connect(3, ..., ...) = 0\n", { took_us: 900, blocks_us: 19_100 });
    assertEquals([begun.late_us, begun.late_in_all_us], [900, 900]);
    const called = await facts(" connect(3, ..., ...) = 0\n", { took_us: 900 });
    assertEquals([called.late_us, called.held_us], [0, 900]);
    const meanwhile = await facts("...3 connect(3, ..., ...) = 0\n+1.1 listen(3, 1) = 0\n+2 `true`\n", {
      took_us: 0,
      blocks_us: 3e6,
    }, { took_us: 900 });
    assertEquals([meanwhile.late_us, meanwhile.held_us], [0, 900]);
    const sampled = await replay(`${SOCKET}+0 %{ x = 1 }%\n`, answers("getsockopt", { took_us: 300 }), {
      virtualTime: false,
    });
    assertEquals([sampled.message, sampled.facts!.held_us], ["", 0]);
    const commanded = await replay(`${SOCKET}+0 \`true\`\n`, { commands_us: 3000 }, { virtualTime: false });
    assertEquals([commanded.facts!.late_us, commanded.facts!.held_us], [0, 3000]);
  },
);

Deno.test("a call may use what a call on the side returned while it was waited for", async () => {
  const text = `${SOCKET}+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 100\n+0 > S. 0:0(0) ack 1 win 1\n` +
    "+0 < . 1:1(0) ack 1 win 100\n+0...1.5 accept(3, ..., ...) = 4\n+2 write(4, ..., 100) = 100\n";
  const peer = new Uint8Array(16);
  peer.set([2, 0, 40_001 >> 8, 40_001 & 0xff, 192, 0, 2, 1]);
  const outcome = await replay(text, {
    packets: ["0 > S. 0:0(0) ack 1 win 1"],
    calls: ({ name }) =>
      name === "accept"
        ? { blocks_us: 1.5e6, result: 7, address: peer }
        : name === "write"
        ? { result: 100 }
        : undefined,
  });
  assertEquals(outcome.message, "");
});

Deno.test("a call that is to block may be made early enough to begin in time, however small the tolerance", async () => {
  const text =
    `--tolerance_usecs=100\n--tolerance_percent=0\n${SOCKET}+0.01...0.02 connect(3, ..., ...) = 0\n+0.05 \`true\`\n`;
  const connects = answers("connect", { blocks_us: 10_500 });
  assertEquals((await replay(text, { ...connects, lead_us: 500 })).message, "");
  const late = await replay(text, { ...connects, lead_us: 500, late_us: 700 });
  assert(/expected system call start at/.test(late.message), late.message);
});

/** What a command's end means. */
const COMMANDS: readonly [status: number, signal: number | undefined, message: RegExp | undefined][] = [
  [0, undefined, undefined],
  [1, undefined, /:2: error executing `x` command: non-zero status 1$/],
  [130, 2, /:2: error executing `x` command: got signal 2 \(Interrupt\)$/],
  [137, 9, undefined],
];

for (const [status, signal, message] of COMMANDS) {
  Deno.test(`a command that ends with status ${status} and signal ${signal}`, async () => {
    const outcome = await replay("0 `true`\n+0 `x`\n", {
      command: (text) => text === "x" ? { status, signal } : {},
    });
    if (message === undefined) assertEquals(outcome.message, "");
    else assert(message.test(outcome.message), outcome.message);
  });
}

Deno.test("the cleanup command runs if the init command did, also when the script fails", async () => {
  const fails = (what: string): Replay => ({ command: (text) => text === what ? { status: 3 } : {} });
  const text = "`init`\n0 `x`\n`cleanup`\n";
  assertEquals((await replay(text)).session.commands, ["init", "x", "cleanup"]);
  assertEquals((await replay(text, fails("x"))).session.commands, ["init", "x", "cleanup"]);
  const init = await replay(text, fails("init"));
  assertEquals(init.session.commands, ["init"]);
  assertEquals(init.message, "test.pkt: error executing init command: non-zero status 3");
  const cleanup = await replay(text, fails("cleanup"));
  assertEquals(cleanup.message, "test.pkt: error executing cleanup command: non-zero status 3");
  assertEquals((await replay("0 `x`\n`cleanup`\n")).session.commands, ["x"]);
});

/** A `tcp_info` with a congestion window of 10. */
function tcpInfo(): Uint8Array {
  const bytes = new Uint8Array(280);
  bytes[0] = 1;
  new DataView(bytes.buffer).setUint32(80, 10, true);
  return bytes;
}

const SAMPLED: Replay = {
  calls: (request) =>
    request.name === "getsockopt" ? { data: request.option === 11 ? tcpInfo() : new Uint8Array(36) } : undefined,
};

/** Code blocks and what is said of them. */
const CODE: readonly [code: string, message: RegExp | undefined][] = [
  ["assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd", undefined],
  ["assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd", /^test\.pkt:2: error in Python code: AssertionError: 10$/],
  ["assert tcpi_state == TCP_ESTABLISHED and SK_MEMINFO_DROPS == 0", undefined],
  ["no_such_name", /error in Python code: NameError/],
  ["raise SystemExit(3)", /error in Python code: SystemExit: 3$/],
  ["import os; os._exit(0)", /error in Python code: the interpreter ended with status 0 inside the code blocks$/],
  ["x = (", /error in Python code: SyntaxError/],
];

for (const [code, message] of CODE) {
  needing(PYTHON, `code: ${code}`, async () => {
    const outcome = await replay(`${SOCKET}+0 %{ ${code} }%\n`, SAMPLED);
    if (message === undefined) assertEquals(outcome.message, "");
    else {
      assert(message.test(outcome.message), outcome.message);
      assertEquals(outcome.failure?.kind, "code");
    }
  });
}

needing(PYTHON, "code blocks share one namespace, and see their own snapshot", async () => {
  const text =
    `${SOCKET}+0 %{ kept = tcpi_snd_cwnd }%\n+0 %{ assert kept == 10, kept }%\n+0 %{ assert kept == 9, kept }%\n`;
  const outcome = await replay(text, SAMPLED);
  assertEquals(outcome.message, "test.pkt:4: error in Python code: AssertionError: 10");
});

needing(
  PYTHON,
  "no assertion is looked at when an event has failed, and none survives into the next script",
  async () => {
    const outcome = await replay(`${SOCKET}+0 %{ leak = 1; assert False }%\n+0 listen(3, 1) = 5\n`, SAMPLED);
    assertEquals(outcome.failure?.kind, "call");
    assertEquals((await replay(`${SOCKET}+0 %{ leak }%\n`, SAMPLED)).failure?.kind, "code");
  },
);

Deno.test("code needs a socket with a descriptor", async () => {
  const none = await replay("0 `true`\n+0 %{ pass }%\n", SAMPLED);
  assertEquals(none.message, "test.pkt:2: runtime error in code: no socket to use for code; call socket() before");
  assertEquals(none.verdict, "error");
  const child = await replay("0 < S 0:0(0) win 100\n+0 %{ pass }%\n", SAMPLED);
  assertEquals(
    child.message,
    "test.pkt:2: runtime error in code: can't find getsockopt to get TCP info; accept() the connection before",
  );
});

Deno.test("a script that never ends is ended", async () => {
  const forever = { ...SAMPLED, packets: ["0 > S. 0:0(0) ack 1 win 1"] };
  const text = "0 < S 0:0(0) win 100\n+0 > S. 0:0(0) ack 1\n" +
    "+0 <{65535} . 1:1(0) ack 1 win 100\n".repeat(100);
  const outcome = await replay(text, forever, { limit_us: 20_000 });
  assertEquals(outcome.failure?.kind, "blocked", outcome.message);
});

Deno.test("what happened is told, in order and bounded", async () => {
  const text = `${SOCKET}+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 100\n`;
  const { evidence } = await replay(text);
  assertEquals(evidence.map(({ kind, line }) => [kind, line]), [
    ["call", 1],
    ["return", 1],
    ["call", 2],
    ["return", 2],
    ["inbound", 3],
  ]);
  assertEquals(evidence[2]?.text, "listen(3, 1) = 0");
  assert((evidence[4]?.bytes?.length ?? 0) === 80);
  const few = await replay(text, {}, { evidenceLimit: 2 });
  assert(few.evidence.length <= 3);
  assertFalse(few.evidence.some((entry) => entry.text.startsWith("socket")));
});

Deno.test("connections are reset at the end as packetdrill does", async () => {
  const text = "0 < S 0:0(0) win 100\n+0 > S. 7:7(0) ack 1\n+0 < . 1:11(10) ack 1 win 99\n";
  const passed = await replay(text, { packets: ["0 > S. 0:0(0) ack 1 win 1"] });
  const last = passed.session.injected.at(-1)!.packet.bytes;
  assertEquals([...last.subarray(24, 36)], [0, 0, 0, 11, 0x10, 0, 0, 1, 0x50, 0x14, 0, 99]);
  const failed = await replay(`${text}+0 \`x\`\n`, {
    packets: ["0 > S. 0:0(0) ack 1 win 1"],
    command: () => ({ status: 1 }),
  });
  assertEquals(failed.session.injected.length, 2);
});

Deno.test("descriptors are names: what is closed can be named again, and is closed at the end", async () => {
  const text = `${SOCKET}+0 close(3) = 0\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`;
  const { session, verdict } = await replay(text);
  assertEquals(verdict, "pass");
  const closed = (session as FakeSession).requests.filter((request) => request.name === "close");
  assertEquals(closed.length, 2);
});

Deno.test({ name: "the interpreter ends", fn: () => python.close(), sanitizeOps: false, sanitizeResources: false });
