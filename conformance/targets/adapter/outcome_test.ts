import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";
import { outcomeProblem, returnTime } from "./outcome.ts";

const octets = (length: number) => new Uint8Array(length);
const done = { result: 0, errno: 0 };

const GOOD: readonly (readonly [SystemCallRequest, SystemCallOutcome])[] = [
  [{ name: "close", fd: 3 }, done],
  [{ name: "close", fd: 3 }, { result: -1, errno: 9 }],
  [{ name: "read", fd: 3, buffer: true, length: 5 }, { result: 5, errno: 0, data: octets(5) }],
  [{ name: "read", fd: 3, buffer: true, length: 5 }, { result: 5, errno: 0 }],
  [{ name: "accept", fd: 3, flags: 0 }, { result: 4, errno: 0, address: octets(28) }],
  [{ name: "accept", fd: 3, flags: 0 }, { result: -1, errno: 11 }],
  [{ name: "getsockopt", fd: 3, level: 1, option: 4, length: 4 }, { ...done, data: octets(4) }],
  [{ name: "ioctl", fd: 3, command: 1, argument: null }, done],
  [{ name: "poll", fds: [{ fd: 3, events: 1 }], timeout_ms: 0 }, { ...done, revents: [0] }],
  [{ name: "epoll_wait", epfd: 3, max_events: 1, timeout_ms: 0 }, done],
  [{ name: "pipe" }, { ...done, fds: [3, 4] }],
];

const BAD: readonly (readonly [SystemCallRequest, SystemCallOutcome, string])[] = [
  [{ name: "close", fd: 3 }, { result: -9, errno: 0 }, "result -9"],
  [{ name: "close", fd: 3 }, { result: -1, errno: 0 }, "without an errno"],
  [{ name: "read", fd: 3, buffer: true, length: 5 }, { result: 5, errno: 0, data: octets(6) }, "room for 5"],
  [{ name: "readv", fd: 3, lengths: [1, 2] }, { result: 3, errno: 0, data: octets(4) }, "room for 3"],
  [{ name: "accept", fd: 3, flags: 0 }, { result: 4, errno: 0 }, "no peer address"],
  [{ name: "accept", fd: 3, flags: 0 }, { result: 4, errno: 0, address: octets(2) }, "no peer address"],
  [{ name: "getsockopt", fd: 3, level: 1, option: 4, length: 4 }, done, "no value"],
  [{ name: "getsockopt", fd: 3, level: 1, option: 4, length: 4 }, { ...done, data: octets(8) }, "room for 4"],
  [{ name: "ioctl", fd: 3, command: 1, argument: 0 }, { ...done, data: octets(1) }, "4 octets"],
  [{ name: "poll", fds: [{ fd: 3, events: 1 }], timeout_ms: 0 }, { ...done, revents: [] }, "0 revents for 1"],
  [{ name: "epoll_wait", epfd: 3, max_events: 1, timeout_ms: 0 }, { result: 1, errno: 0 }, "0 events, result 1"],
  [{ name: "pipe" }, done, "two in fds"],
];

Deno.test("outcome: what can be passes", () => {
  for (const [request, outcome] of GOOD) assertEquals(outcomeProblem(request, outcome), undefined, request.name);
});

for (const [request, outcome, part] of BAD) {
  Deno.test(`outcome: ${request.name} with ${part} can't be`, () => {
    assertStringIncludes(outcomeProblem(request, outcome) ?? "", part);
  });
}

Deno.test("outcome: a return time is between request and answer, else it is nonsense", () => {
  const [asked, answered] = [1_700_000_000_000_000, 1_700_000_000_000_500];
  assertEquals(returnTime(undefined, asked, answered), answered);
  assertEquals(returnTime(asked + 100, asked, answered), asked + 100);
  // A coarse clock, and rounding.
  assertEquals(returnTime(asked - 4000, asked, answered), asked);
  assertEquals(returnTime(answered + 1, asked, answered), answered);
  for (
    const [said, part] of [
      [0, "before it was asked"],
      [-1e300, "before it was asked"],
      [1e300, "after its answer"],
      [asked * 1000, "after its answer"],
      [Math.round(asked / 1000), "before it was asked"],
      [answered + 5_000_000, "5000000 µs after its answer"],
    ] as const
  ) {
    const time = returnTime(said, asked, answered);
    assertStringIncludes(typeof time === "number" ? "" : time.problem, part);
  }
});
