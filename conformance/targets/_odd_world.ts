/**
 * For tests of targets: a world in which every call may be made with odd arguments.
 *
 * @module
 */
import { SOCK_NONBLOCK } from "../../abi/socket_constants.ts";
import fc from "fast-check";
import { type CallKinds, Slots } from "../../ci/fuzz/odd_calls.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { type Session, UnsupportedError, type WorldOptions } from "./target.ts";
import { PORT, socketAddress, TestPeer } from "./test_peer.ts";

/** Wake no thread and wait for nobody. */

/**
 * Calls in a world at `options`. What autoloads modules of the kernel (unknown families, names of congestion controls) is
 * left out, so that a machine is after the test as it was before.
 */
export function kindsOf(options: WorldOptions): CallKinds {
  const { localIp, remoteIp } = options;
  return {
    address: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          socketAddress(localIp, PORT),
          socketAddress(localIp, 0),
          socketAddress(remoteIp, PORT),
          socketAddress(remoteIp, PORT),
          socketAddress(`::ffff:${remoteIp}`, PORT),
          socketAddress("0.0.0.0", 0),
          socketAddress("::", PORT),
          new Uint8Array(128),
          null,
        ),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 140 }) },
    ),
    domain: fc.constantFrom(2, 2, 2, 10, 10, 0, -1, 0x7fffffff),
    typeFlags: SOCK_NONBLOCK,
    path: fc.constantFrom("/dev/zero", "/dev/null", "", "/none/none", "a\0b"),
    request: fc.constantFrom(0x541b, 0x5411, 0x8905, 0x5421, 0x894b, 0x1, 0x7fffffff),
    timeout: fc.constantFrom(0, 0, 1),
  };
}

/** What a call came to: a result, `-errno`, or a word. */
export type Came = number | "waits" | "refused";

/** A session whose descriptors are known by slots. */
export class OddWorld {
  readonly #session: Session;
  readonly #peer: TestPeer;
  readonly #slots = new Slots();
  /** The longest that a call kept the thread, ms. */
  longest = 0;
  /** Which it was. */
  slowest: SystemCallRequest | undefined;

  constructor(session: Session, options: WorldOptions) {
    this.#session = session;
    this.#peer = new TestPeer(session, options);
  }

  /** A listener in slot 0, its connection in slot 1, a datagram socket in slot 2, and one of the rest. */
  async begin(): Promise<void> {
    const address = socketAddress("192.168.0.1", PORT);
    const to = { address, length: address.length };
    const steps: SystemCallRequest[] = [
      { name: "socket", domain: 2, type: 1 | SOCK_NONBLOCK, protocol: 6 },
      { name: "bind", fd: 0, ...to },
      { name: "listen", fd: 0, backlog: 3 },
    ];
    for (const step of steps) await this.call(step);
    await this.#peer.open();
    const more: SystemCallRequest[] = [
      { name: "accept", fd: 0, flags: SOCK_NONBLOCK },
      { name: "socket", domain: 2, type: 2 | SOCK_NONBLOCK, protocol: 17 },
      { name: "bind", fd: 2, ...to },
      { name: "epoll_create", size: 1 },
      { name: "pipe" },
      { name: "open", path: "/dev/zero", flags: 0 },
    ];
    for (const step of more) await this.call(step);
  }

  /** The peer sends data to the connection. */
  feed(seq: number, ack: number, payload: number): void {
    this.#peer.send({ flags: 0x18, seq, ack, payload });
  }

  /** Makes a call and waits a little for its return. */
  async call(plan: SystemCallRequest): Promise<{ readonly came: Came; readonly outcome?: SystemCallOutcome }> {
    const request = this.#slots.resolve(plan);
    const before = performance.now();
    try {
      const call = this.#session.call(request);
      const took = performance.now() - before;
      if (took > this.longest) [this.longest, this.slowest] = [took, request];
      if (call.outcome === undefined) await call.started;
      if (call.outcome === undefined) await this.#session.waitUntil(this.#session.now() + 3000);
      const { outcome } = call;
      if (outcome === undefined) return { came: "waits" };
      for (const fd of this.#slots.made(plan, outcome)) {
        const closing = this.#session.call({ name: "close", fd });
        await closing.started;
      }
      return { came: outcome.result < 0 ? -outcome.errno : outcome.result, outcome };
    } catch (error) {
      if (error instanceof UnsupportedError) return { came: "refused" };
      throw error;
    }
  }
}
