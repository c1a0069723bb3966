/**
 * What talking to Linux costs: `deno task bench`, or `deno bench --allow-ffi --allow-run bench/host_bench.ts`. Each
 * group has the runtime's own way as its baseline, where there is one. Lateness is measured by `bench/lateness.ts`.
 *
 * @module
 */
import {
  callOnThread,
  effectiveUserId,
  macrotask,
  must,
  NetworkNamespace,
  PacketSocket,
  probeTun,
  Reactor,
  read,
  realtime,
  RouteSocket,
  run,
  syscall,
  TunDevice,
  write,
  writeSysctl,
} from "../host/mod.ts";
import { openLibcRead } from "../host/_libc_read.ts";

const reactor = new Reactor();
const buffer = new Uint8Array(8);

{
  const libcRead = openLibcRead();
  const zero = must("openat", -100, new TextEncoder().encode("/dev/zero\0"), 0);
  Deno.bench("read 8 bytes: libc's syscall(), errno out of reach", { group: "system call", baseline: true }, () => {
    libcRead(zero, buffer);
  });
  Deno.bench("read 8 bytes: our own code, -errno returned", { group: "system call" }, () => {
    read(zero, buffer);
  });
  Deno.bench("read 8 bytes: any system call by name", { group: "system call" }, () => {
    syscall("read", zero, buffer, 8);
  });
}

Deno.bench("Date.now", { group: "clock", baseline: true }, () => {
  Date.now();
});
Deno.bench("realtime, microseconds", { group: "clock" }, () => {
  realtime();
});

Deno.bench("a system call on a thread of its own", { group: "thread" }, async () => {
  await callOnThread({ name: "getpid", args: [] }, reactor).settled;
});

Deno.bench("Deno.Command", { group: "child process", baseline: true }, async () => {
  await new Deno.Command("true", { stdin: "null" }).output();
});
Deno.bench("run", { group: "child process" }, async () => {
  await run({ command: "true" }, reactor);
});

const obstacle = effectiveUserId() !== 0 ? "needs root" : probeTun();
if (obstacle === "needs root" || !obstacle.granted) {
  const reason = obstacle === "needs root" ? obstacle : obstacle.granted ? "" : obstacle.reason;
  Deno.bench({ name: `namespaces and TUN [ignored: ${reason}]`, ignore: true, fn: () => {} });
} else {
  Deno.bench("network namespace: make, close", { group: "network namespace", n: 100, warmup: 5 }, () => {
    NetworkNamespace.create()[Symbol.dispose]();
  });
  for (const persistent of [false, true]) {
    const name = `with a TUN device, ${persistent ? "left to the namespace to destroy" : "destroyed when closed"}`;
    Deno.bench(name, { group: "network namespace", n: 100, warmup: 5 }, () => {
      using namespace = NetworkNamespace.create();
      namespace.run(() => openWorld(persistent)[Symbol.dispose]());
    });
  }
  const namespace = NetworkNamespace.create();
  Deno.bench("enter and leave", { group: "network namespace" }, () => {
    namespace.run(() => {});
  });

  const tun = namespace.run(() => openWorld(false));
  const [near, far] = [ping(), new Uint8Array(2048)];
  Deno.bench("ping: write to the TUN device, read the kernel's reply", { group: "TUN" }, () => {
    write(tun.fd, near);
    if (read(tun.fd, far) !== near.length) throw new Error("no reply");
  });
  const sniffer = namespace.run(() => {
    using route = new RouteSocket();
    return new PacketSocket({ interfaceIndex: route.indexOf(tun.name) });
  });
  Deno.bench("ping, and both packets captured with the kernel's time", { group: "TUN" }, () => {
    write(tun.fd, near);
    read(tun.fd, far);
    sniffer.receive();
    if (!sniffer.receive()) throw new Error("not captured");
  });
}

// Last, because the timers that it leaves behind slow down what follows.
{
  const channel = new MessageChannel();
  let done = () => {};
  channel.port1.onmessage = () => done();
  Deno.bench("MessageChannel", { group: "letting the event loop turn" }, () =>
    new Promise<void>((resolve) => {
      done = resolve;
      channel.port2.postMessage(0);
    }));
  Deno.bench(
    "setTimeout(0)",
    { group: "letting the event loop turn", baseline: true },
    () =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, 0);
      }),
  );
  Deno.bench("macrotask (setImmediate)", { group: "letting the event loop turn" }, () => macrotask());
}

function openWorld(persistent: boolean): TunDevice {
  // Without IPv6 nothing comes out of the device but replies.
  writeSysctl("net.ipv6.conf.all.disable_ipv6", 1);
  const tun = TunDevice.open({ name: "tun0", persistent });
  using route = new RouteSocket();
  route.setLink("tun0", { up: true, clearFlags: 0x1000 });
  route.addAddress("tun0", "10.0.0.1/24");
  route.addRoute({ destination: "192.0.2.0/24", gateway: "10.0.0.2", device: "tun0" });
  return tun;
}

/** An ICMP echo request from 10.0.0.2 to 10.0.0.1 with right checksums. */
function ping(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(84);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x45000054);
  view.setUint32(4, 0x00014000);
  view.setUint16(8, 0x4001);
  view.setUint32(12, 0x0a000002);
  view.setUint32(16, 0x0a000001);
  view.setUint16(20, 0x0800);
  const sum = (from: number, to: number) => {
    let total = 0;
    for (let at = from; at < to; at += 2) total += view.getUint16(at);
    return ~((total & 0xffff) + (total >> 16)) & 0xffff;
  };
  view.setUint16(10, sum(0, 20));
  view.setUint16(22, sum(20, 84));
  return bytes;
}
