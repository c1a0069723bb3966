import { assert } from "@std/assert";
import fc from "fast-check";
import { CallbackDevice } from "../../stack/link/callback_device.ts";
import { Stack } from "../../stack/stack.ts";
import { sockaddr } from "../../stack/socket/posix.ts";
import type { SystemCallRequest } from "../../abi/system_call.ts";
import { type CallKinds, oddCall, Slots } from "./odd_calls.ts";

const KINDS: CallKinds = {
  address: fc.oneof(
    fc.constantFrom(
      sockaddr("127.0.0.1", 8080),
      sockaddr("127.0.0.1", 8080),
      sockaddr("::1", 8080),
      sockaddr("::ffff:127.0.0.1", 8080),
      sockaddr("0.0.0.0", 0),
      sockaddr("192.0.2.1", 9),
      sockaddr("224.0.0.1", 9),
      new Uint8Array(128),
      null,
    ),
    fc.uint8Array({ maxLength: 140 }),
  ),
  domain: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(2, 10) }, { weight: 1, arbitrary: fc.integer() }),
  typeFlags: 0,
  path: fc.constantFrom("/dev/zero", "/dev/null", "file", "", "/none", "a\0b"),
  request: fc.oneof(fc.constantFrom(0x541b, 0x5411, 0x8905, 0x5421, 0x8906), fc.integer()),
  timeout: fc.constantFrom(0, 1, 1000, -1),
};

const LOOPBACK = sockaddr("127.0.0.1", 8080);
const NONBLOCK = 0x800;
const to = { address: LOOPBACK, length: LOOPBACK.length };

/** A listener, a connection with both its ends, and a datagram socket that talks to itself. */
const PRELUDE: readonly SystemCallRequest[] = [
  { name: "socket", domain: 2, type: 1 | NONBLOCK, protocol: 6 },
  { name: "bind", fd: 0, ...to },
  { name: "listen", fd: 0, backlog: 3 },
  { name: "socket", domain: 2, type: 1 | NONBLOCK, protocol: 6 },
  { name: "connect", fd: 1, ...to },
  { name: "accept", fd: 0, flags: NONBLOCK },
  { name: "socket", domain: 2, type: 2 | NONBLOCK, protocol: 17 },
  { name: "bind", fd: 3, ...to },
  { name: "connect", fd: 3, ...to },
  { name: "epoll_create", size: 1 },
  { name: "pipe" },
  { name: "open", path: "/dev/zero", flags: 0 },
];

Deno.test("no call, however odd its arguments, makes the stack throw or take memory without bound", () => {
  const outcomes = new Map<string, number>();
  let calls = 0;
  let longest = 0;
  const step = fc.tuple(
    oddCall(KINDS),
    fc.oneof({ weight: 4, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.nat(3_000_000) }),
  );
  const prelude = PRELUDE.map((request) => [request, 0] as const);
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120 }), (odd) => {
      const stack = new Stack({ tcp: "new" });
      stack.addDevice(new CallbackDevice({ transmit: () => {} }));
      const slots = new Slots();
      for (const [plan, elapsed] of [...prelude, ...odd]) {
        const request = slots.resolve(plan);
        const before = performance.now();
        const call = stack.sockets.call(request);
        longest = Math.max(longest, performance.now() - before);
        calls++;
        const { outcome } = call;
        const key = `${request.name} ${outcome === undefined ? "waits" : outcome.result < 0 ? outcome.errno : "done"}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
        if (outcome !== undefined) {
          assert(outcome.result >= 0 ? outcome.errno === 0 : outcome.result === -1 && outcome.errno > 0, key);
          for (const fd of slots.made(plan, outcome)) stack.sockets.call({ name: "close", fd });
        }
        stack.runUntil(stack.net.now + elapsed);
      }
      stack.sockets.closeAll();
      stack.runUntil(stack.net.now + 400_000_000);
    }),
    { numRuns: 120, seed: 5 },
  );
  assert(calls > 5000, `${calls} calls`);
  assert(longest < 2000, `${longest} ms`);
  // The calls get somewhere: each was made and did something at least once.
  for (const name of ["socket", "bind", "connect", "sendto", "setsockopt", "getsockopt", "epoll_ctl", "splice"]) {
    assert(outcomes.has(`${name} done`), name);
  }
});
