import { assert, assertEquals, assertThrows } from "@std/assert";
import { Stack } from "../../../../stack/stack.ts";
import { CallbackDevice } from "../../../../stack/link/callback_device.ts";
import { IpAddress } from "../../../../stack/wire/address.ts";
import { sockaddrIn } from "../../../../stack/inet/abi.ts";
import type { SystemCallRequest } from "../../../../stack/socket/system_call.ts";
import { Counter } from "../../../../stack/mib.ts";
import { UnsupportedError } from "../../target.ts";
import { WorldFiles } from "../files.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { runShell } from "./interpreter.ts";
import type { ShellWorld } from "./world.ts";

function world(): ShellWorld {
  const stack = new Stack();
  const device = new CallbackDevice({ gso_max_size: 65_536, transmit: () => {} });
  stack.addDevice(device);
  stack.addAddress(device, "192.168.0.1/16");
  stack.addRoute({ prefix: { address: IpAddress.parse("192.0.2.1"), length: 32 }, device });
  const files = new WorldFiles("/nowhere");
  return { stack, device, files, cwd: "/nowhere", flushTcpMetrics: () => {}, nstatHistory: new Map() };
}

function routeTo(w: ShellWorld, address: string) {
  const route = w.stack.ip.routes.route_output({ family: 4, destination: IpAddress.parse(address) });
  if (typeof route === "number") throw new Error(`no route: ${route}`);
  return route;
}

/** What a command prints and its status. */
const TEXTS: readonly [command: string, output: string, status: number][] = [
  ["echo a b  'c  d'", "a b c  d\n", 0],
  ["echo -n x; echo y", "xy\n", 0],
  ["true && echo yes || echo no", "yes\n", 0],
  ["false && echo yes || echo no", "no\n", 0],
  ["! false && echo yes", "yes\n", 0],
  ["false", "", 1],
  ["false; true", "", 0],
  ["exit 3; echo never", "", 3],
  ["echo $((15*1024*1024)) $((1+2*3)) $((0x10 << 2))", "15728640 7 64\n", 0],
  ["echo ${PPID} $PPID '$PPID' \"$PPID\"", "1000 1000 $PPID 1000\n", 0],
  ["A=5; echo $A ${A}x ${B:-none}", "5 5x none\n", 0],
  ['X="a  b"; echo $X "$X"', "a b a  b\n", 0],
  ["echo one # comment\n# all of it\necho two", "one\ntwo\n", 0],
  ["echo a\\\n  b", "a b\n", 0],
  ["echo a | cat | grep -c a", "1\n", 0],
  ["echo a | grep b", "", 1],
  ["echo abc > /tmp/x; cat < /tmp/x; cat /tmp/x | grep -q b", "abc\n", 0],
  ["echo a > /tmp/y; echo b >> /tmp/y; cat /tmp/y", "a\nb\n", 0],
  ["cat /no/such 2>/dev/null; echo $?", "1\n", 0],
  ["cat /no/such > /tmp/z 2>&1; grep -q No /tmp/z && echo told", "told\n", 0],
  ["if test 1 -eq 1; then echo eq; else echo ne; fi", "eq\n", 0],
  ["if [ -n '' ]; then echo full; elif [ a = a ]; then echo same; fi", "same\n", 0],
  ["for i in 1 2 3; do echo -n $i; done", "123", 0],
  ["(echo sub; false) || { echo or; }", "sub\nor\n", 0],
  ["echo $(echo in $(echo ner))", "in ner\n", 0],
  ["printf '%s=%d\\n' a 5", "a=5\n", 0],
  ["cat /proc/sys/net/ipv4/tcp_sack", "1\n", 0],
  ["sysctl -n net.ipv4.tcp_sack", "1\n", 0],
  ["sysctl net/ipv4/tcp_sack", "net.ipv4.tcp_sack = 1\n".replaceAll("net.ipv4.tcp_sack", "net/ipv4/tcp_sack"), 0],
  ["sysctl -q no.such=1 2>/dev/null", "", 255],
  ["sysctl -e -q no.such=1", "", 0],
  ["no_file_here/x.sh", "sh: 1: no_file_here/x.sh: not found\n", 127],
  ["echo 'unfinished", "sh: Unterminated quoted string\n", 2],
  ["echo a;; echo b", 'sh: Syntax error: ";;" unexpected\n', 2],
  ["rm /tmp/none", "rm: cannot remove '/tmp/none': No such file or directory\n", 1],
  ["rm -f /tmp/none", "", 0],
  ["sysctl -q net.ipv4.tcp_sack=0 &> /dev/null || echo not", "", 0],
];

for (const [command, output, status] of TEXTS) {
  Deno.test(`sh: ${JSON.stringify(command)}`, () => {
    const outcome = runShell(command, world());
    assertEquals([outcome.output, outcome.status], [output, status]);
  });
}

Deno.test("what the world does not have is said, never passed over", () => {
  const commands = [
    "frobnicate",
    "ip netns add x",
    "tc filter add",
    "while true; do :; done",
    "echo 1 > /sys/x",
    "grep -P x",
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

Deno.test("loops end", () => {
  const words = Array.from({ length: 200 }, (_, i) => i).join(" ");
  const text = `for i in ${words}; do for j in ${words}; do true; done; done`;
  assertThrows(() => runShell(text, world()), UnsupportedError);
});

Deno.test("arithmetic", () => {
  const value = (text: string) => evaluateArithmetic(text, (name) => name === "x" ? "7" : "");
  assertEquals(value("1 + 2 * 3 - 4 / 2"), 5n);
  assertEquals(value("(1 + 2) * 3 % 5"), 4n);
  assertEquals(value("$x + x + y"), 14n);
  assertEquals(value("-2 * -3 == 6 && 010 == 8"), 1n);
  assertEquals(value("1 << 4 | 3 ^ 1 & ~0"), 18n);
  assertThrows(() => value("1 +"));
  assertThrows(() => value("1 / 0"), Error, "division by zero");
});
