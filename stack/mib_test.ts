import { assert, assertEquals, assertThrows } from "@std/assert";
import { Counter, counterIndex, Mib } from "./mib.ts";
import { COUNTER_GROUPS, COUNTERS } from "./mib_counters.ts";

Deno.test("mib: counters are numbered without gaps, group after group", () => {
  assertEquals(Object.values(Counter), Array.from({ length: COUNTERS }, (_, index) => index));
  let next = 0;
  for (const group of COUNTER_GROUPS) {
    assertEquals(group.first, next);
    next += group.count;
  }
  assertEquals(next, COUNTERS);
  assertEquals(counterIndex("Tcp.ActiveOpens"), Counter.TcpActiveOpens);
  assertEquals(counterIndex("TcpExt.TCPTimeouts"), Counter.TcpExtTCPTimeouts);
});

Deno.test("mib: counts by index, read by name", () => {
  const mib = new Mib();
  mib.inc(Counter.IpInReceives);
  mib.add(Counter.TcpCurrEstab, 2);
  mib.add(Counter.TcpCurrEstab, -1);
  mib.icmpOut(3);
  mib.icmp6In(128);
  assertEquals(mib.get("Ip.InReceives"), 1);
  assertEquals(mib.get(Counter.TcpCurrEstab), 1);
  assertEquals(mib.get("IcmpMsg.OutType3"), 1);
  assertEquals(mib.get("Icmp6.InType128"), 1);
  assertThrows(() => mib.get("Ip.Nothing"), RangeError, "Ip.Nothing");
});

Deno.test("mib: text as /proc shows it", () => {
  const mib = new Mib();
  mib.icmpOut(3);
  mib.inc(Counter.Ip6InReceives);
  const snmp = mib.snmp();
  assert(snmp.startsWith("Ip: Forwarding DefaultTTL InReceives "));
  assert(snmp.includes("\nIcmpMsg: OutType3\nIcmpMsg: 1\n"));
  assert(snmp.includes("\nTcp: 1 200 120000 -1 0 "));
  assertEquals(mib.netstat().split("\n").length, 5);
  assert(mib.snmp6().startsWith("Ip6InReceives                   \t1\n"));
  assertEquals(mib.snapshot().get("Ip6.InReceives"), 1);
});
