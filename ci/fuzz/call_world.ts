/**
 * A stack that calls with odd arguments are made on.
 *
 * @module
 */
import fc from "fast-check";
import { CallbackDevice } from "../../stack/link/callback_device.ts";
import { Stack } from "../../stack/stack.ts";
import { sockaddr } from "../../stack/socket/posix.ts";
import type { SystemCallRequest } from "../../abi/system_call.ts";
import { type CallKinds, oddCall, Slots } from "./odd_calls.ts";

const LOOPBACK = sockaddr("127.0.0.1", 8080);
const NONBLOCK = 0x800;
const to = { address: LOOPBACK, length: LOOPBACK.length };

const KINDS: CallKinds = {
  address: fc.oneof(
    fc.constantFrom(
      LOOPBACK,
      LOOPBACK,
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

/** A listener, a connection with both its ends, a datagram socket that talks to itself, and one of the rest. */
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

/** A call, and the time that goes by after it, µs. */
export type CallStep = readonly [request: SystemCallRequest, elapsed: number];

/** Any call, and mostly little time. */
export const callStep: fc.Arbitrary<CallStep> = fc.tuple(
  oddCall(KINDS),
  fc.oneof({ weight: 4, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.nat(3_000_000) }),
);

/** One stack and its descriptors. */
export class CallWorld {
  readonly #stack = new Stack();
  readonly #slots = new Slots();
  /** How often which call came to what. */
  readonly outcomes: Map<string, number>;
  /** The longest that a call took, ms, and which it was. */
  slowest: { readonly ms: number; readonly what: string } = { ms: 0, what: "" };

  /** Counts outcomes into `outcomes`. */
  constructor(outcomes: Map<string, number> = new Map()) {
    this.outcomes = outcomes;
    this.#stack.addDevice(new CallbackDevice({ transmit: () => {} }));
    for (const request of PRELUDE) this.step([request, 0]);
  }

  /** Makes a call. Throws for an outcome that no call has. */
  step([plan, elapsed]: CallStep): void {
    const request = this.#slots.resolve(plan);
    const before = performance.now();
    const { outcome } = this.#stack.sockets.call(request);
    const ms = performance.now() - before;
    if (ms > this.slowest.ms) this.slowest = { ms, what: request.name };
    const key = `${request.name} ${outcome === undefined ? "waits" : outcome.result < 0 ? outcome.errno : "done"}`;
    this.outcomes.set(key, (this.outcomes.get(key) ?? 0) + 1);
    if (outcome !== undefined) {
      const good = outcome.result >= 0 ? outcome.errno === 0 : outcome.result === -1 && outcome.errno > 0;
      if (!good) throw new Error(`${request.name} came to ${outcome.result} with errno ${outcome.errno}`);
      for (const fd of this.#slots.made(plan, outcome)) this.#stack.sockets.call({ name: "close", fd });
    }
    this.#stack.runUntil(this.#stack.net.now + elapsed);
  }

  /** Closes everything and lets timers run out. */
  end(): void {
    this.#stack.sockets.closeAll();
    this.#stack.runUntil(this.#stack.net.now + 400_000_000);
  }
}
