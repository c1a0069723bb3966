import { assert, assertEquals, assertThrows } from "@std/assert";
import { Stack } from "../../../../stack/stack.ts";
import { CallbackDevice } from "../../../../stack/link/callback_device.ts";
import { IpAddress } from "../../../../stack/wire/address.ts";
import { sockaddrIn } from "../../../../stack/inet/sockaddr.ts";
import type { SystemCallRequest } from "../../../../abi/system_call.ts";
import { Counter } from "../../../../stack/mib.ts";
import { UnsupportedError } from "../../target.ts";
import { DiskFiles } from "../disk.ts";
import { WorldFiles } from "../files.ts";
import { WorldShell } from "./world_shell.ts";
import { Jobs } from "./jobs.ts";
import { ShellTrees } from "./tree.ts";
import type { ShellWorld } from "./world.ts";

interface TestWorld extends ShellWorld {
  readonly shell: WorldShell;
}

function world(): TestWorld {
  const stack = new Stack();
  const device = new CallbackDevice({ gso_max_size: 65_536, transmit: () => {} });
  stack.addDevice(device);
  stack.addAddress(device, "192.168.0.1/16");
  stack.addRoute({ prefix: { address: IpAddress.parse("192.0.2.1"), length: 32 }, device });
  const files = new WorldFiles("/tmp", new DiskFiles());
  const own = {
    stack,
    device,
    files,
    cwd: "/tmp",
    environment: {},
    flushTcpMetrics: () => {},
    nstatHistory: new Map<string, number>(),
  };
  return { ...own, shell: new WorldShell(own, new Jobs(stack), new ShellTrees()) };
}

function runShell(text: string, { shell }: TestWorld) {
  return shell.run(text);
}

function routeTo(w: ShellWorld, address: string) {
  const route = w.stack.ip.routes.route_output({ family: 4, destination: IpAddress.parse(address) });
  if (typeof route === "number") throw new Error(`no route: ${route}`);
  return route;
}

Deno.test("what the world does not have is said, never passed over", () => {
  const commands = [
    "frobnicate",
    "ip netns add x",
    "tc filter add",
    "while true; do :; done",
    "echo 1 > /sys/x",
    "grep -P x",
    "select x in a; do :; done",
    "cat <(echo x)",
    "echo $RANDOM",
    "awk 'BEGIN { system(1) }'",
    "sed -n w/x",
    "kill 1",
    "command -v tcpdump",
    "ss -m",
    "sysctl -q net.ipv4.tcp_migrate_req=1",
    "echo 1 > /proc/sys/net/ipv4/tcp_migrate_req",
  ];
  for (const command of commands) assertThrows(() => runShell(command, world()), UnsupportedError, "", command);
  assertThrows(() => runShell("tc qdisc add dev tun0 root netem delay 10ms", world()), UnsupportedError, "netem");
});

Deno.test("settings are written and read", () => {
  const w = world();
  const text = 'sysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))"\necho 0 > /proc/sys/net/ipv4/tcp_sack';
  assertEquals(runShell(text, w).status, 0);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_rmem").split(/\s+/), ["4096", "540000", "15728640"]);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_sack"), "0");
  const refused = runShell("echo nonsense > /proc/sys/net/ipv4/tcp_sack", w);
  assertEquals(refused.status, 1);
  assert(refused.output.includes("Invalid argument"), refused.output);
});

Deno.test("set_sysctls.py writes settings and the script that restores them", () => {
  const w = world();
  const set = "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 \\\n  /proc/sys/net/ipv4/tcp_sack=0";
  assertEquals(runShell(set, w).status, 0);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_timestamps"), "0");
  assertEquals(runShell("/tmp/sysctl_restore_${PPID}.sh", w).status, 0);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_timestamps"), "1");
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_sack"), "1");
  assertEquals(runShell("set_sysctls.py /proc/sys/no/such=0", w).status, 1);
});

Deno.test("ip changes routes, addresses and links", () => {
  const w = world();
  const change =
    "ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 600 mtu lock 640 initcwnd 11 rto_min lock 5ms";
  assertEquals(runShell(change, w).status, 0);
  assertEquals(routeTo(w, "192.0.2.1").metrics, {
    advmss: 600,
    mtu: 640,
    mtu_lock: true,
    initcwnd: 11,
    rto_min: 5_000,
  });
  assertEquals(runShell("ip route change 198.51.100.0/24 dev tun0", w).status, 2);
  assertEquals(runShell("ip route add 192.0.2.1 dev tun0", w).output, "RTNETLINK answers: File exists\n");
  assertEquals(runShell("ip route add 192.0.2.9 dev tun9", w).output, 'Cannot find device "tun9"\n');
  assertEquals(runShell("ip -6 route add 2001:db8::/32 dev tun0 mtu 1400; ip route add default dev tun0", w).status, 0);
  assertEquals(routeTo(w, "203.0.113.1").device, w.device);
  assertEquals(
    runShell("ip route del default && ip link set dev tun0 mtu 1280 && ip addr add 10.0.0.1/8 dev tun0", w).status,
    0,
  );
  assertEquals(w.device.mtu, 1280);
  assertEquals(w.stack.ip.routes.address_type(IpAddress.parse("10.0.0.1")), "local");
});

Deno.test("ethtool turns segmentation by the device off and on", () => {
  const w = world();
  assertEquals(runShell("ethtool -K tun0 tso off gso off", w).status, 0);
  assertEquals(w.device.gso_max_size, 0);
  assertEquals(runShell("ethtool -K tun0 tso on", w).status, 0);
  assertEquals(w.device.gso_max_size, 65_536);
  assertEquals(runShell("ethtool -K tun7 tso on", w).status, 75);
});

Deno.test("nstat tells what has grown since it was asked last", () => {
  const w = world();
  w.stack.net.mib.inc(Counter.IpInReceives);
  assertEquals(runShell("nstat | grep -q IpInReceives", w).status, 0);
  assertEquals(runShell("nstat | grep -q IpInReceives", w).status, 1);
  w.stack.net.mib.inc(Counter.IpInReceives);
  assertEquals(runShell("nstat -s | grep -q 'IpInReceives *1 '", w).status, 0);
  assertEquals(runShell("nstat > /dev/null; nstat -a | grep -q 'IpInReceives *2 '", w).status, 0);
});

Deno.test("/proc/net/tcp lists listeners", () => {
  const w = world();
  const call = (request: SystemCallRequest) => w.stack.sockets.call(request).outcome?.result ?? -1;
  const fd = call({ name: "socket", domain: 2, type: 1, protocol: 6 });
  const address = sockaddrIn({ address: IpAddress.parse("192.168.0.1"), port: 8080 });
  assertEquals(call({ name: "bind", fd, address, length: 16 }), 0);
  const listing = 'grep " 0A " /proc/net/tcp /proc/net/tcp6 | grep ":1F90"';
  assertEquals(runShell(listing, w).status, 1);
  assertEquals(call({ name: "listen", fd, backlog: 1 }), 0);
  assertEquals(runShell(listing, w).status, 0);
  assert(runShell("cat /proc/net/tcp", w).output.includes("   0: 0100A8C0:1F90 00000000:0000 0A "));
});

Deno.test("time goes on while a command sleeps", () => {
  const w = world();
  const before = w.stack.net.now;
  runShell("sleep 0.5", w);
  assertEquals(w.stack.net.now - before, 500_000);
});

Deno.test("what has no end is said", () => {
  for (const text of ["while :; do :; done", "f() { f; }; f", "sed ':a;ba' <<< x", "awk 'BEGIN { while (1) i++ }'"]) {
    assertThrows(() => runShell(text, world()), UnsupportedError, "", text);
  }
});

Deno.test("a command in the background goes on in the world's time", () => {
  const w = world();
  const text =
    "{ sleep 0.5; echo 1 > /proc/sys/net/ipv4/tcp_fastopen; echo 0 > /proc/sys/net/ipv4/tcp_sack; } & echo now";
  assertEquals(runShell(text, w).output, "now\n");
  const before = w.stack.net.now;
  w.stack.runUntil(before + 499_999);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_sack"), "1");
  w.stack.runUntil(before + 500_000);
  assertEquals(w.stack.net.sysctl.get("net.ipv4.tcp_sack"), "0");
});

Deno.test("wait takes as long as the command does, and a killed one ends at once", () => {
  const w = world();
  const before = w.stack.net.now;
  assertEquals(runShell("(sleep 2; exit 3) & wait $!; echo $?", w).output, "3\n");
  assertEquals(w.stack.net.now - before, 2_000_000);
  assertEquals(runShell("sleep 100 & kill $!; wait $!; echo $?", w).output, "143\n");
  assertEquals(w.stack.net.now - before, 2_000_000);
});

Deno.test("a script is run by its name if it can be executed", () => {
  const w = world();
  const text = "echo 'echo $1' > x.sh; ./x.sh a; echo $?; chmod +x x.sh; ./x.sh b; sh x.sh c";
  assertEquals(runShell(text, w).output, "sh: ./x.sh: Permission denied\n126\nb\nc\n");
});

Deno.test("ss lists sockets by state, family, port and address", () => {
  const w = world();
  const call = (request: SystemCallRequest) => w.stack.sockets.call(request).outcome?.result ?? -1;
  const fd = call({ name: "socket", domain: 2, type: 1, protocol: 6 });
  call({ name: "bind", fd, address: sockaddrIn({ address: IpAddress.parse("192.168.0.1"), port: 8080 }), length: 16 });
  assertEquals(call({ name: "listen", fd, backlog: 5 }), 0);
  const counted = (options: string) => runShell(`ss -H ${options} | wc -l`, w).output.trim();
  assertEquals(counted("-n"), "0");
  assertEquals(counted("-ltn"), "1");
  assertEquals(counted("-tan"), "1");
  assertEquals(counted("-6 -tan"), "0");
  assertEquals(counted("-n state LISTENING"), "1");
  assertEquals(counted("-n state SYN-RECV"), "0");
  assertEquals(counted("-ltn '( sport = :8080 )' src 192.168.0.1/32"), "1");
  assertEquals(counted("-ltn sport = :8081 or dport = :8080"), "0");
  assertEquals(
    runShell("ss -Hltn | awk '{print $1, $2, $3, $4, $5}'", w).output,
    "LISTEN 0 5 192.168.0.1:8080 0.0.0.0:*\n",
  );
});

Deno.test("settings that Linux refuses are refused", () => {
  const w = world();
  const text = "sysctl -q net.ipv4.tcp_congestion_control=nosuch; echo $?; sysctl net.ipv4.tcp_ecn=3; echo $?";
  assertEquals(
    runShell(text, w).output,
    'sysctl: setting key "net.ipv4.tcp_congestion_control": No such file or directory\n1\n' +
      'sysctl: setting key "net.ipv4.tcp_ecn": Invalid argument\n1\n',
  );
});
