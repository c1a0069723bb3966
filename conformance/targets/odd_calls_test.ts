import { F_GETLK, F_NOTIFY, F_SETOWN, POLLNVAL } from "../../abi/file_constants.ts";
import { EFAULT, EINVAL } from "../../abi/errno.ts";
import { AF_INET, IPPROTO_TCP, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { oddCall } from "../../ci/fuzz/odd_calls.ts";
import { needed } from "../../host/test_support.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { runText } from "../run_text.ts";
import { outcomeSchema, systemCallSchema, toWire } from "./adapter/protocol.ts";
import { KernelTarget } from "./kernel.ts";
import { SimTarget } from "./sim.ts";
import type { Session, Target } from "./target.ts";
import { TestPeer, worldOf } from "./test_peer.ts";
import { TunTarget } from "./tun.ts";
import { type Came, kindsOf, OddWorld } from "./_odd_world.ts";

const NEEDS = { privilege: "tun" } as const;
const OPTIONS = worldOf("ipv4", "/tmp");

function sim(): SimTarget {
  return new SimTarget();
}

/** Points in which sim is known to part from Linux 6.18 without any script minding. */
function known(request: SystemCallRequest, linux: Came): boolean {
  switch (request.name) {
    case "setsockopt":
      // An unknown option is told before bad memory, also where its level is not the socket's.
      if (linux === -92 && (request.value === null || request.length > 1 << 28)) return true;
      return request.level === 6 && request.option === 29; // TCP_REPAIR_WINDOW
    case "getsockopt":
      return request.level === 136;
    case "open":
      return (request.flags & 0o200000) !== 0; // O_DIRECTORY, and what goes with it
    case "cap_set":
      return request.set !== 0;
    case "sendto":
    case "sendmsg":
    case "connect":
      // Of several faults of one call another is told: in the address, the control messages, the state.
      return request.name !== "connect" && typeof linux === "number" && linux < 0;
    default:
      return false;
  }
}

const isMaking = (name: string) => ["socket", "accept", "open", "epoll_create", "pipe", "fcntl"].includes(name);

function equal(request: SystemCallRequest, linux: Came, ours: Came): boolean {
  if (linux === ours || linux === "refused") return true;
  const both = typeof linux === "number" && typeof ours === "number";
  // Numbers of descriptors differ, and what fits into a send buffer depends on its bookkeeping.
  return both && linux >= 0 && ours >= 0 && (isMaking(request.name) || request.name.startsWith("send"));
}

Deno.test("calls with odd arguments come to what they come to on Linux", async () => {
  const target = sim();
  const text = Deno.readTextFileSync(new URL("recordings/odd_calls.jsonl", import.meta.url));
  const differences: string[] = [];
  let calls = 0;
  for (const [number, line] of text.trimEnd().split("\n").entries()) {
    const session = await target.open(OPTIONS);
    await session.start();
    const world = new OddWorld(session, OPTIONS);
    await world.begin();
    for (const step of JSON.parse(line) as { request: unknown; came: Came }[]) {
      const request = systemCallSchema.parse(step.request);
      const { came } = await world.call(request);
      calls++;
      if (equal(request, step.came, came)) continue;
      if (!known(request, step.came)) {
        differences.push(`${number}: ${JSON.stringify(step.request)}: Linux ${step.came}, sim ${came}`);
      }
      // From here on the worlds may not be alike.
      if (!request.name.endsWith("sockopt") && (Number(step.came) >= 0) !== (Number(came) >= 0)) break;
    }
    await session.close();
  }
  assertEquals(differences, []);
  assert(calls > 1800, `${calls} calls`);
});

/** The session behind the adapter protocol: what is asked and answered goes over the wire and back. */
function overTheWire(session: Session): Session {
  const over = <T>(value: T, schema: { parse(value: unknown): T }): T =>
    schema.parse(JSON.parse(JSON.stringify(toWire(value))));
  return new Proxy(session, {
    get: (target, key) => {
      if (key !== "call") {
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (request: SystemCallRequest) => {
        const call = target.call(over(request, systemCallSchema));
        return {
          ...call,
          started: call.started,
          get outcome() {
            return call.outcome && { ...over<SystemCallOutcome>(call.outcome, outcomeSchema), ended_us: 0 };
          },
        };
      };
    },
  });
}

/** Worlds with odd calls in them; returns how many were made and how long the longest kept its thread, ms. */
async function worldsOf(
  target: Target,
  worlds: number,
  seed: number,
  wrap = (session: Session) => session,
): Promise<{ readonly calls: number; readonly longest: number }> {
  let calls = 0;
  let longest = 0;
  for (let i = 0; i < worlds; i++) {
    const session = wrap(await target.open(OPTIONS));
    await session.start();
    const world = new OddWorld(session, OPTIONS);
    await world.begin();
    for (const request of fc.sample(oddCall(kindsOf(OPTIONS)), { numRuns: 50, seed: seed + i })) {
      const { outcome } = await world.call(request);
      calls++;
      if (outcome !== undefined) {
        assert(outcome.result >= 0 ? outcome.errno === 0 : outcome.result === -1 && outcome.errno > 0);
      }
    }
    longest = Math.max(longest, world.longest);
    assertEquals(await session.close(), undefined);
  }
  return { calls, longest };
}

Deno.test("sim: odd calls, as they are and over the adapter protocol", async () => {
  const there = await worldsOf(sim(), 100, 1000);
  const over = await worldsOf(sim(), 100, 2000, overTheWire);
  assertEquals([there.calls, over.calls], [5000, 5000]);
});

Deno.test({
  ...needed(NEEDS, "kernel: odd calls end at once, or wait on a thread of their own"),
  fn: async () => {
    const target = new KernelTarget();
    try {
      const { calls, longest } = await worldsOf(target, 8, 3000);
      assertEquals(calls, 400);
      assert(longest < 500, `${longest} ms`);
    } finally {
      await target.close();
    }
  },
});

Deno.test({
  ...needed(NEEDS, "tun: odd calls go to our stack in its own process and back"),
  fn: async () => {
    const target = new TunTarget();
    try {
      assertEquals((await worldsOf(target, 3, 4000)).calls, 150);
    } finally {
      await target.close();
    }
  },
});

Deno.test({
  ...needed(NEEDS, "kernel: whatever length it is told, what a call sends is the script's"),
  fn: async () => {
    const target = new KernelTarget();
    const session = await target.open(OPTIONS);
    try {
      await session.start();
      const peer = new TestPeer(session, OPTIONS);
      const listener = await peer.listen();
      await peer.open();
      const { result: fd } = await peer.call({ name: "accept", fd: listener, flags: 0x800 });
      const data = new Uint8Array(100).fill(7);
      const sends: SystemCallRequest[] = [-1, -5, -0x80000000, 0x7fffffff].flatMap((length): SystemCallRequest[] => [
        { name: "write", fd, data, length },
        { name: "sendto", fd, data, length, flags: 0x40, address: null, address_length: 0 },
      ]);
      for (const request of sends) {
        const { result, errno } = await peer.call(request);
        assert(result === -1 && (errno === EFAULT || errno === EINVAL), `${request.name}: ${result}, errno ${errno}`);
      }
      assertEquals((await peer.call({ name: "write", fd, data, length: 200 })).result, 200);
      const packet = await session.receive(session.now() + 1_000_000);
      assertEquals(packet?.bytes.subarray(-200), Uint8Array.from({ length: 200 }, (_, i) => i < 100 ? 7 : 0));
      assertEquals(await session.receive(session.now() + 20_000), undefined);
    } finally {
      await session.close();
      await target.close();
    }
  },
});

Deno.test({
  ...needed(NEEDS, "kernel: a script has no pointers, no signals, and none of the process's descriptors"),
  fn: async () => {
    const target = new KernelTarget();
    const session = await target.open(OPTIONS);
    try {
      await session.start();
      const peer = new TestPeer(session, OPTIONS);
      const made = { name: "socket", domain: AF_INET, type: SOCK_STREAM, protocol: IPPROTO_TCP } as const;
      const { result: fd } = await peer.call(made);
      const refused = async (request: SystemCallRequest) => {
        try {
          return (await peer.call(request)).errno;
        } catch (error) {
          return (error as Error).name;
        }
      };
      assertEquals(await refused({ name: "fcntl", fd, command: F_SETOWN, argument: Deno.pid }), "UnsupportedError");
      assertEquals(await refused({ name: "fcntl", fd, command: F_NOTIFY, argument: 2 }), "UnsupportedError");
      assertEquals(await refused({ name: "fcntl", fd, command: F_GETLK, argument: 0x10000 }), EFAULT);
      const value = new Uint8Array(16);
      const filter = { name: "setsockopt", fd, level: 1, option: 26, value, length: 16 } as const;
      assertEquals(await refused(filter), "UnsupportedError");
      const polled = await peer.call({
        name: "poll",
        fds: [{ fd: 0, events: 1 }, { fd: 2, events: 4 }],
        timeout_ms: 0,
      });
      assertEquals(polled.revents, [POLLNVAL, POLLNVAL]);
      assertEquals(await refused({ name: "write", fd: 2, data: value, length: 16 }), 9);
      let last = 0;
      for (let i = 0; i < 1100 && last >= 0; i++) last = (await peer.call(made)).result;
      assertEquals(last, -1);
    } finally {
      await session.close();
      await target.close();
    }
  },
});

const ODD_SCRIPT = `--tolerance_usecs=1000000
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 pipe([5, 6]) = 0
+0 read(4, ..., -1) = -1 EFAULT (Bad address)
+0 write(4, ..., -1) = -1 EFAULT (Bad address)
+0 splice(4, NULL, 6, NULL, -1, 0) = -1 EINVAL (Invalid argument)
+0 sendto(4, ..., -5, 0, ..., ...) = -1 EFAULT (Bad address)
+0 getsockopt(4, SOL_TCP, TCP_NODELAY, "", [-1]) = -1 EINVAL (Invalid argument)
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], -1) = -1 EINVAL (Invalid argument)
+0 sendfile(4, 5, [-1], 3) = -1 ESPIPE (Illegal seek)
+0 < P. 1:11(10) ack 1 win 65535
+0 > . 1:1(0) ack 11
+0 recv(4, ..., -1, 0) = -1 EFAULT (Bad address)
+0 read(4, ..., 100) = 10
`;

Deno.test("sim: a script with lengths below zero comes to Linux's errors", async () => {
  const { verdict, message } = await runText(ODD_SCRIPT, { target: sim() });
  assertEquals([verdict, message], ["pass", ""]);
});

for (const target of [() => new KernelTarget(), () => new TunTarget()]) {
  Deno.test({
    ...needed(NEEDS, `${target().name}: a script with lengths below zero comes to Linux's errors`),
    fn: async () => {
      const live = target();
      try {
        const { verdict, message } = await runText(ODD_SCRIPT, { target: live, limit_us: 10e6 });
        assertEquals([verdict, message], ["pass", ""]);
      } finally {
        await live.close();
      }
    },
  });
}

Deno.test("a buffer that is too large is the script's fault, at its line", async () => {
  for (
    const call of [
      "read(3, ..., 2147483647)",
      "readv(3, [{..., 268435456}, {..., 1}], 2)",
      "recv(3, ..., 268435457, 0)",
    ]
  ) {
    const { verdict, message } = await runText(`0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 ${call} = 1\n`);
    assertEquals(verdict, "error");
    assert(message.includes("script.pkt:2") && message.includes("are not supported"), message);
  }
});
