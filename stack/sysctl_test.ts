import { assert, assertEquals, assertThrows } from "@std/assert";
import { EACCES, EINVAL, ENOENT } from "./inet/errno.ts";
import { Sysctl } from "./sysctl.ts";

Deno.test("sysctl: Linux's defaults", () => {
  const sysctl = new Sysctl();
  assertEquals(sysctl.getNumber("net.ipv4.tcp_syn_retries"), 6);
  assertEquals(sysctl.get("net.ipv4.tcp_congestion_control"), "cubic");
  assertEquals([...sysctl.getVector("net.ipv4.tcp_wmem")], [4096, 16384, 4194304]);
  assertEquals(sysctl.get("net.ipv4.ip_local_port_range"), "32768\t60999");
  assertEquals(sysctl.getNumber("net.ipv4.conf.lo.disable_policy"), 1);
  assertEquals(sysctl.getNumber("net.ipv4.conf.all.accept_source_route"), 0);
  assertEquals(sysctl.getNumber("net.ipv6.neigh.default.locktime"), 0);
  assertEquals(sysctl.getNumber("net.ipv4.neigh.default.locktime"), 100);
  assert(sysctl.names().length > 450);
});

Deno.test("sysctl: writes are checked as the kernel checks them", () => {
  const sysctl = new Sysctl();
  assertEquals(sysctl.set("net/ipv4/tcp_sack", "0\n"), 0);
  assertEquals(sysctl.getNumber("net.ipv4.tcp_sack"), 0);
  assertEquals(sysctl.set("net.ipv4.tcp_sack", "256"), -EINVAL);
  assertEquals(sysctl.set("net.ipv4.tcp_sack", "yes"), -EINVAL);
  assertEquals(sysctl.set("net.ipv4.tcp_sack", "1 2"), -EINVAL);
  assertEquals(sysctl.set("net.ipv4.no_such", "1"), -ENOENT);
  assertEquals(sysctl.set("net.ipv4.tcp_available_ulp", "tls"), -EACCES);
  assertEquals(sysctl.set("net.ipv4.tcp_rmem", "4096 1000"), 0);
  assertEquals(sysctl.get("net.ipv4.tcp_rmem"), "4096\t1000\t33554432");
  assertEquals(sysctl.set("net.ipv4.ip_local_reserved_ports", "9,3-5,4-7"), 0);
  assertEquals(sysctl.get("net.ipv4.ip_local_reserved_ports"), "3-7,9");
  assertEquals(sysctl.set("net.ipv4.ip_local_reserved_ports", "9-3"), -EINVAL);
});

Deno.test("sysctl: forwarding reaches every interface, and ip_forward is conf.all.forwarding", () => {
  const sysctl = new Sysctl();
  sysctl.addInterface("tun0");
  assertEquals(sysctl.set("net.ipv4.ip_forward", "1"), 0);
  assertEquals(sysctl.getNumber("net.ipv4.conf.all.forwarding"), 1);
  assertEquals(sysctl.getNumber("net.ipv4.conf.tun0.forwarding"), 1);
  sysctl.addInterface("tun1");
  assertEquals(sysctl.getNumber("net.ipv4.conf.tun1.forwarding"), 1);
  sysctl.set("net.ipv4.conf.all.forwarding", "0");
  assertEquals(sysctl.getNumber("net.ipv4.ip_forward"), 0);
  assertEquals(sysctl.set("net.ipv4.conf.tun9.forwarding", "1"), -ENOENT);
});

Deno.test("sysctl: a kept entry sees writes; guards refuse, watchers follow", () => {
  const sysctl = new Sysctl({ "net.ipv4.icmp_ratelimit": 0 });
  const entry = sysctl.entry("net.ipv4.icmp_ratelimit");
  assertEquals(entry.value, 0);
  const seen: number[] = [];
  sysctl.watch("net.ipv4.icmp_ratelimit", (setting) => seen.push(setting.value));
  sysctl.guard("net.ipv4.icmp_ratelimit", (text) => text === "13" ? -EINVAL : 0);
  assertEquals(sysctl.set("net.ipv4.icmp_ratelimit", "13"), -EINVAL);
  assertEquals(sysctl.set("net.ipv4.icmp_ratelimit", "12"), 0);
  assertEquals(entry.value, 12);
  assertEquals(seen, [12]);
});

Deno.test("sysctl: wrong names and values in overrides are told", () => {
  assertThrows(() => new Sysctl({ "net.ipv4.tcp_shack": 1 }), RangeError, "tcp_shack");
  assertThrows(() => new Sysctl({ "net.ipv4.tcp_sack": "x" }), RangeError, '"x"');
});
