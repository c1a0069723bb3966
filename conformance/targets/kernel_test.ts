import { ENOTCONN } from "../../abi/errno.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ACK, FIN, PSH } from "../../stack/wire/tcp.ts";
import { needed } from "../../host/test_support.ts";
import { KernelTarget } from "./kernel.ts";
import { type IpVersion, type Session, TargetError } from "./target.ts";
import { TestPeer, worldOf } from "./test_peer.ts";

const NEEDS = { privilege: "tun" } as const;

async function withSession(
  ipVersion: IpVersion,
  body: (session: Session, peer: TestPeer) => Promise<void>,
): Promise<void> {
  const target = new KernelTarget();
  try {
    const options = worldOf(ipVersion, "/tmp");
    const session = await target.open(options);
    try {
      await body(session, new TestPeer(session, options));
    } finally {
      await session.close();
    }
  } finally {
    await target.close();
  }
}

for (const ipVersion of ["ipv4", "ipv6", "ipv4-mapped-ipv6"] as const) {
  Deno.test({
    ...needed(NEEDS, `kernel: a connection over ${ipVersion}: opened, written to, closed`),
    fn: () =>
      withSession(ipVersion, async (session, peer) => {
        await session.start();
        assert(session.now() > -1000 && session.now() < 100_000, `time ${session.now()}`);
        const listening = await peer.listen();
        const isn = await peer.open();
        const accepted = await peer.call({ name: "accept", fd: listening, flags: 0 });
        assert(accepted.result > 2);
        assertEquals(accepted.address?.length, ipVersion === "ipv4" ? 16 : 28);
        const fd = accepted.result;
        const before = session.now();
        assertEquals((await peer.call({ name: "write", fd, data: new Uint8Array(1000), length: 1000 })).result, 1000);
        const data = await peer.receive();
        assertEquals(data?.flags, PSH | ACK);
        assertEquals(data?.payload, 1000);
        assert(Math.abs(data!.time_us - before) < 20_000, `sent at ${data!.time_us}, written at ${before}`);
        peer.send({ flags: ACK | PSH, seq: 1, ack: isn + 1001 >>> 0, payload: 5 });
        const got = await peer.call({ name: "read", fd, buffer: true, length: 100 });
        assertEquals([got.result, got.data?.length], [5, 5]);
        assertEquals((await peer.call({ name: "close", fd })).result, 0);
        assertEquals((await peer.call({ name: "close", fd })).errno, 9);
        let last = await peer.receive();
        if (last?.flags === ACK) last = await peer.receive(); // the ACK of the five octets
        assertEquals(last?.flags, FIN | ACK);
        const counters = await session.counters();
        assert(counters.get("Tcp.PassiveOpens") === 1);
      }),
  });
}

Deno.test({
  ...needed(NEEDS, "kernel: a call that blocks starts, sleeps, and ends when a packet wakes it"),
  fn: () =>
    withSession("ipv4", async (session, peer) => {
      await session.start();
      const listening = await peer.listen();
      const call = session.call({ name: "accept", fd: listening, flags: 0 });
      await call.started;
      assertEquals(call.outcome, undefined);
      await session.waitUntil(50_000);
      assertEquals(call.outcome, undefined);
      await peer.open();
      const accepted = await call.settled;
      assert(accepted.result > 2);
      assert(accepted.ended_us >= 50_000 && accepted.ended_us < 100_000, `ended at ${accepted.ended_us}`);
      assertEquals(call.outcome?.result, accepted.result);
    }),
});

Deno.test({
  ...needed(NEEDS, "kernel: closing a session ends a call that still blocks"),
  fn: async () => {
    let settled: Promise<{ result: number }> | undefined;
    await withSession("ipv4", async (session, peer) => {
      await session.start();
      const fd = await peer.listen();
      const call = session.call({ name: "poll", fds: [{ fd, events: 1 }], timeout_ms: 60_000 });
      await call.started;
      settled = call.settled;
    });
    assertEquals((await settled!).result, -1);
  },
});

Deno.test({
  ...needed(NEEDS, "kernel: commands run in the world, PPID is PACKETDRILL_PID, failures explain themselves"),
  fn: () =>
    withSession("ipv4", async (session) => {
      const links = await session.command(
        "test -e /proc/sys/net/ipv4/conf/tun0; echo $?; pwd; test $PPID = $PACKETDRILL_PID",
      );
      assertEquals(links, { status: 0, signal: undefined, output: "0\n/tmp\n" });
      assertEquals((await session.command("exit 3")).status, 3);
      const options = await session.command('echo "$OPT_IP_VERSION $OPT_LOCAL_IP $OPT_NETMASK_IP $OPT_LOCAL_DEV"');
      assertEquals(options.output, "ipv4 192.168.0.1 255.255.0.0 tun0\n");
      const history = (await session.command('echo "$NSTAT_HISTORY"')).output;
      assertStringIncludes(history, "/tmp/nstat_history_");
      assertEquals((await session.command("echo it\\'s 'two\nlines'")).output, "it's two\nlines\n");
      const missing = await session.command("no_such_program_of_ours");
      assertEquals(missing.status, 127);
      assertStringIncludes(missing.lack?.what ?? "", "no_such_program_of_ours is missing here");
      const file = "/tmp/sysctl_restore_${PPID}.sh";
      const wrote = await session.command(`echo echo restored > ${file}; sh ${file}; echo ${file}`);
      const [restored, path] = wrote.output.split("\n");
      assertEquals(restored, "restored");
      await session.close();
      for (let i = 0; i < 50 && await exists(path!); i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert(!await exists(path!), `${path} is left behind`);
    }),
});

Deno.test({
  ...needed({ ...NEEDS, programs: ["bash", "sysctl"] }, "kernel: Bash sets plain settings itself"),
  fn: () =>
    withSession("ipv4", async (session) => {
      const settings = "net.ipv4.tcp_syn_retries=3 'net.ipv4.tcp_rmem=4096 540000 15728640'";
      const set = await session.command(
        `bash -c "sysctl -q ${settings}; type -t sysctl"; cd /proc/sys/net/ipv4; cat tcp_syn_retries tcp_rmem`,
      );
      assertEquals(set.output.split(/\s+/), ["function", "3", "4096", "540000", "15728640", ""]);
    }),
});

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test({
  ...needed(NEEDS, "kernel: cap_set takes a capability from the calls of its world only"),
  fn: () =>
    withSession("ipv4", async (session, peer) => {
      await session.start();
      const fd = await peer.listen();
      const SOL_SOCKET = 1, SO_MARK = 36, CAP_NET_ADMIN = 12, CAP_NET_RAW = 13;
      const mark = () =>
        peer.call({ name: "setsockopt", fd, level: SOL_SOCKET, option: SO_MARK, value: new Uint8Array(4), length: 4 });
      assertEquals((await mark()).result, 0);
      for (const capability of [CAP_NET_ADMIN, CAP_NET_RAW]) {
        assertEquals((await peer.call({ name: "cap_set", set: 0, capability, operation: 0 })).result, 0);
      }
      assertEquals((await mark()).errno, 1);
      await withSession("ipv4", async (other) => {
        await other.start();
      });
      assertEquals((await peer.call({ name: "cap_set", set: 0, capability: CAP_NET_ADMIN, operation: 1 })).result, 0);
      assertEquals((await mark()).result, 0);
    }),
});

Deno.test({
  ...needed(NEEDS, "kernel: a script reaches no descriptor but its own, and does not see that they are close-on-exec"),
  fn: () =>
    withSession("ipv4", async (session, peer) => {
      await session.start();
      for (const fd of [0, 1, 2, 3, 4, 5, 1000, -1]) {
        assertEquals((await peer.call({ name: "read", fd, buffer: true, length: 1 })).errno, 9);
        assertEquals((await peer.call({ name: "close", fd })).errno, 9);
      }
      const F_GETFD = 1, F_SETFD = 2;
      const fd = await peer.listen();
      assertEquals((await peer.call({ name: "fcntl", fd, command: F_GETFD, argument: 0 })).result, 0);
      assertEquals((await peer.call({ name: "fcntl", fd, command: F_SETFD, argument: 1 })).result, 0);
      assertEquals((await peer.call({ name: "fcntl", fd, command: F_GETFD, argument: 0 })).result, 1);
      const odd = { name: "recvfrom", fd, buffer: true, length: -1, flags: 0, wantAddress: false } as const;
      assertEquals((await peer.call(odd)).errno, ENOTCONN);
    }),
});

Deno.test({
  ...needed(NEEDS, "kernel: a listener that a script closed is closed, also while other worlds start their shells"),
  fn: async () => {
    const target = new KernelTarget();
    const options = worldOf("ipv4", "/tmp");
    let made = 0;
    let over = false;
    const makeOthers = async () => {
      for (; !over; made++) {
        const other = await target.open(options);
        await other.command("true");
        await other.close();
      }
    };
    const session = await target.open(options);
    const others = Promise.all([makeOthers(), makeOthers()]);
    try {
      await session.start();
      const peer = new TestPeer(session, options);
      for (let i = 0; made < 20; i++) {
        const fd = await peer.listen();
        assertEquals((await peer.call({ name: "close", fd })).result, 0);
        if (i % 100 === 0) await session.waitUntil(session.now() + 100);
      }
    } finally {
      over = true;
      await others;
      await session.close();
      await target.close();
    }
  },
});

Deno.test({
  ...needed(NEEDS, "kernel: files, pipes, splice, sendfile, epoll"),
  fn: () =>
    withSession("ipv4", async (session, peer) => {
      await session.start();
      const listening = await peer.listen();
      const isn = await peer.open();
      const connection = (await peer.call({ name: "accept", fd: listening, flags: 0 })).result;
      const file = (await peer.call({ name: "open", path: "/dev/zero", flags: 0 })).result;
      const [out, into] = (await peer.call({ name: "pipe" })).fds!;
      const zeros = await peer.call({ name: "read", fd: file, buffer: true, length: 4 });
      assertEquals(zeros.data, new Uint8Array(4));
      const spliced = { name: "splice", offset_in: null, offset_out: null, length: 100, flags: 2 } as const;
      assertEquals((await peer.call({ ...spliced, fd_in: file, fd_out: into })).result, 100);
      assertEquals((await peer.call({ ...spliced, fd_in: out, fd_out: connection })).result, 100);
      assertEquals((await peer.receive())?.payload, 100);
      const data = { name: "sendfile", out_fd: into, in_fd: file, offset: null, count: 10 } as const;
      assert((await peer.call(data)).result !== 0);

      const epfd = (await peer.call({ name: "epoll_create", size: 1 })).result;
      const EPOLLIN = 1, EPOLLET = -0x80000000;
      const event = { events: EPOLLIN | EPOLLET, data: 0x1234567890n };
      assertEquals((await peer.call({ name: "epoll_ctl", epfd, operation: 1, fd: connection, event })).result, 0);
      const wait = { name: "epoll_wait", epfd, max_events: 2 } as const;
      assertEquals((await peer.call({ ...wait, timeout_ms: 0 })).result, 0);
      const waiting = session.call({ ...wait, timeout_ms: 2000 });
      await waiting.started;
      peer.send({ flags: ACK | PSH, seq: 1, ack: isn + 101 >>> 0, payload: 7 });
      assertEquals((await waiting.settled).events, [{ events: EPOLLIN, data: 0x1234567890n }]);
      assertEquals((await peer.call({ ...wait, timeout_ms: 0 })).result, 0, "edge-triggered: told once");

      const message = { name: "recvmsg", fd: connection, lengths: [3, 10], name_length: 0, control_length: 0 } as const;
      const received = await peer.call({ ...message, flags: 0 });
      assertEquals([received.result, received.data?.length, received.msg_flags], [7, 7, 0]);
      const nothing = await peer.call({ ...message, flags: 0x2000 });
      assertEquals(nothing.errno, 11, "an empty error queue");
    }),
});

Deno.test({
  ...needed(NEEDS, "kernel: an aggregate is injected whole, and what the stack leaves to the device is told"),
  fn: () =>
    withSession("ipv4", async (session, peer) => {
      await session.start();
      const listening = await peer.listen();
      const isn = await peer.open();
      const fd = (await peer.call({ name: "accept", fd: listening, flags: 0 })).result;
      assertEquals((await peer.call({ name: "write", fd, data: new Uint8Array(1072), length: 1072 })).result, 1072);
      const packet = await session.receive(session.now() + 1_000_000);
      // The test peer offers no MSS: segments of 536 octets, two of them left to the device to split.
      assertEquals([packet?.bytes.length, packet?.gsoSize, packet?.checksumPartial], [40 + 1072, 536, true]);
      peer.send({ flags: ACK | PSH, seq: 1, ack: isn + 1073 >>> 0, payload: 3000 }, undefined, 1000);
      assertEquals((await peer.call({ name: "read", fd, buffer: true, length: 9000 })).result, 3000);
      const info = await peer.call({ name: "getsockopt", fd, level: 6, option: 11, length: 24 });
      assertEquals(new DataView(info.data!.buffer).getUint32(20, true), 1000, "tcpi_rcv_mss: the size of one segment");
    }),
});

Deno.test({
  ...needed(NEEDS, "kernel: worlds that can't be made say why"),
  fn: async () => {
    const target = new KernelTarget();
    try {
      const options = worldOf("ipv4", "/");
      const cases = [
        [{ ...options, cwd: "/no/such/folder" }, "/no/such/folder"],
        [{ ...options, remoteIp: options.localIp }, "the remote address 192.168.0.1 is the local one"],
        [{ ...options, gatewayIp: "203.0.113.1" }, "via 203.0.113.1"],
      ] as const;
      for (const [wanted, message] of cases) {
        const error = await assertRejects(() => target.open(wanted), TargetError);
        assertStringIncludes(error.message, message);
      }
    } finally {
      await target.close();
    }
  },
});
