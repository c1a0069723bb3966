import { assert, assertEquals, assertThrows } from "@std/assert";
import { EACCES, EINVAL, EIO, ENOENT } from "../abi/errno.ts";
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
  // What stands behind the last number that is wanted is not looked at.
  assertEquals(sysctl.set("net.ipv4.tcp_sack", "2 x"), 0);
  assertEquals(sysctl.getNumber("net.ipv4.tcp_sack"), 2);
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
  const sysctl = new Sysctl({ "net.ipv4.ip_default_ttl": 1 });
  const entry = sysctl.entry("net.ipv4.ip_default_ttl");
  assertEquals(entry.value, 1);
  const seen: number[] = [];
  sysctl.watch("net.ipv4.ip_default_ttl", (setting) => seen.push(setting.value));
  sysctl.guard("net.ipv4.ip_default_ttl", (text) => text === "13" ? -EINVAL : 0);
  assertEquals(sysctl.set("net.ipv4.ip_default_ttl", "13"), -EINVAL);
  assertEquals(sysctl.set("net.ipv4.ip_default_ttl", "12"), 0);
  assertEquals(entry.value, 12);
  assertEquals(seen, [12]);
});

Deno.test("sysctl: wrong names and values in overrides are told", () => {
  assertThrows(() => new Sysctl({ "net.ipv4.tcp_shack": 1 }), RangeError, "tcp_shack");
  assertThrows(() => new Sysctl({ "net.ipv4.tcp_sack": "x" }), RangeError, '"x"');
});

/** What a text makes of a setting at its default: what it reads as then, or the errno. */
const WRITES: readonly [name: string, text: string, result: string | number][] = [
  ["net.ipv4.tcp_ecn", "3", -EINVAL],
  ["net.ipv4.tcp_ecn", "2", "2"],
  ["net.ipv4.tcp_syn_retries", "0", -EINVAL],
  ["net.ipv4.tcp_syn_retries", "128", -EINVAL],
  ["net.ipv4.tcp_fastopen", "0x403", "1027"],
  ["net.ipv4.tcp_fastopen", "010", "8"],
  ["net.ipv4.tcp_fastopen", "08", -EINVAL],
  ["net.ipv4.tcp_fastopen", "+1", -EINVAL],
  ["net.ipv4.tcp_fastopen", "1k", -EINVAL],
  ["net.ipv4.tcp_fastopen", "", -EINVAL],
  ["net.ipv4.tcp_fastopen", "2147483648", -EINVAL],
  ["net.ipv4.tcp_notsent_lowat", "4294967295", "4294967295"],
  ["net.ipv4.tcp_notsent_lowat", "-1", -EINVAL],
  ["net.ipv4.tcp_comp_sack_delay_ns", "18446744073709551615", "18446744073709551615"],
  ["net.ipv4.tcp_fin_timeout", "8589934", "8589934"],
  ["net.ipv4.tcp_fin_timeout", "8589935", -EINVAL],
  ["net.ipv4.icmp_ratelimit", "1", "4"],
  ["net.ipv4.icmp_ratelimit", "-1", -EINVAL],
  ["net.ipv4.icmp_ratelimit", "4294967297", "4"],
  ["net.ipv4.neigh.lo.locktime", "7", "6"],
  ["net.ipv4.neigh.lo.locktime", "-1", "-0"],
  ["net.ipv4.tcp_rmem", "1 0", -EINVAL],
  ["net.ipv4.tcp_rmem", "1 2 3 4", "1\t2\t3"],
  ["net.ipv4.ip_local_port_range", "1000", -EINVAL],
  ["net.ipv4.ip_local_port_range", "40000 30000", -EINVAL],
  ["net.ipv4.ip_unprivileged_port_start", "32769", -EINVAL],
  ["net.ipv4.ping_group_range", "5 4", "1\t0"],
  ["net.ipv4.tcp_reordering", "301", -EINVAL],
  ["net.ipv4.ipfrag_high_thresh", "1", -EINVAL],
  ["net.ipv4.tcp_fastopen_key", "1-2-3-4", "00000001-00000002-00000003-00000004"],
  ["net.ipv4.tcp_fastopen_key", "1-2-3", -EINVAL],
  ["net.ipv4.tcp_congestion_control", "nosuch", -ENOENT],
  ["net.ipv4.tcp_congestion_control", "reno", "reno"],
  ["net.ipv4.ip_local_reserved_ports", "0x10", "16"],
  ["net.ipv6.conf.lo.mtu", "1279", -EINVAL],
  ["net.ipv6.conf.lo.stable_secret", "fe80::1", "fe80:0000:0000:0000:0000:0000:0000:0001"],
  ["net.ipv6.conf.lo.stable_secret", "1", -EIO],
];

for (const [name, text, result] of WRITES) {
  Deno.test(`sysctl: ${name} = ${JSON.stringify(text)}`, () => {
    const sysctl = new Sysctl();
    const status = sysctl.set(name, `${text}\n`);
    assertEquals(status === 0 ? sysctl.get(name) : status, result);
  });
}

Deno.test("sysctl: numbers before the one that is refused are taken", () => {
  const sysctl = new Sysctl();
  assertEquals(sysctl.set("net.ipv4.tcp_rmem", "1 0"), -EINVAL);
  assertEquals(sysctl.get("net.ipv4.tcp_rmem"), "1\t131072\t33554432");
  assertEquals(sysctl.set("net.ipv4.ip_local_port_range", "40000 x"), -EINVAL);
  assertEquals(sysctl.get("net.ipv4.ip_local_port_range"), "32768\t60999");
});

Deno.test("sysctl: what can't be read says why", () => {
  const sysctl = new Sysctl();
  assertEquals(sysctl.readError("net.ipv4.route.flush"), -EACCES);
  assertEquals(sysctl.readError("net.ipv6.conf.lo.stable_secret"), -EIO);
  assertEquals(sysctl.readError("net.ipv4.tcp_sack"), 0);
  sysctl.set("net.ipv6.conf.lo.stable_secret", "fe80::1");
  assertEquals(sysctl.readError("net.ipv6.conf.lo.stable_secret"), 0);
});

Deno.test("sysctl: a default reaches interfaces for which nobody has said otherwise", () => {
  const sysctl = new Sysctl();
  sysctl.addInterface("tun0");
  sysctl.addInterface("tun1");
  sysctl.set("net.ipv4.conf.tun1.rp_filter", "0");
  sysctl.set("net.ipv4.conf.default.rp_filter", "2");
  sysctl.set("net.ipv4.conf.default.route_localnet", "1");
  const values = ["tun0", "tun1", "all"].map((device) => sysctl.get(`net.ipv4.conf.${device}.rp_filter`));
  assertEquals(values, ["2", "0", "0"]);
  assertEquals(sysctl.get("net.ipv4.conf.tun0.route_localnet"), "0");
});

Deno.test("sysctl: one write changes what Linux changes with it", () => {
  const sysctl = new Sysctl();
  sysctl.set("net.ipv4.ip_forward", "1");
  assertEquals(sysctl.get("net.ipv4.conf.all.accept_redirects"), "0");
  sysctl.set("net.ipv4.ip_forward", "0");
  assertEquals(sysctl.get("net.ipv4.conf.all.accept_redirects"), "1");
  sysctl.set("net.ipv6.conf.all.disable_ipv6", "1");
  assertEquals(sysctl.get("net.ipv6.conf.lo.disable_ipv6"), "1");
  sysctl.set("net.ipv6.route.gc_min_interval", "2");
  assertEquals(sysctl.get("net.ipv6.route.gc_min_interval_ms"), "2000");
  sysctl.set("net.ipv4.neigh.lo.unres_qlen", "2");
  assertEquals(sysctl.get("net.ipv4.neigh.lo.unres_qlen_bytes"), "4180");
});
