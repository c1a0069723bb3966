import { assertEquals } from "@std/assert";
import { Definitions, replacement, symbolValue } from "./symbols.ts";
import { ERRNO } from "../../abi/errno_text.ts";
import { LINUX_NAMES, LINUX_SYMBOLS } from "./symbol_tables.ts";
import { icmpCode, icmpCodeName, icmpType, icmpTypeName } from "./icmp_names.ts";

Deno.test("Linux's values", () => {
  const values: Record<string, number> = {
    AF_INET6: 10,
    SO_ZEROCOPY: 60,
    SOF_TIMESTAMPING_OPT_ID_TCP: 0x10000,
    TCP_NLA_SRTT: 22,
    TCP_CM_INQ: 36,
    MSG_ZEROCOPY: 0x4000000,
    EPOLLET: 0x80000000,
    SIOCINQ: 0x541b,
    CAP_NET_ADMIN: 12,
    EINPROGRESS: 115,
    NULL: 0,
  };
  for (const [name, value] of Object.entries(values)) assertEquals(symbolValue(name), value, name);
});

Deno.test("whole families, as the man pages have them", () => {
  const values: Record<string, number> = {
    SO_PEEK_OFF: 42,
    SO_MEMINFO: 55,
    IP_ADD_MEMBERSHIP: 35,
    IP_PKTINFO: 8,
    IPV6_V6ONLY: 26,
    IPV6_RECVPKTINFO: 49,
    TCP_WINDOW_CLAMP: 10,
    TCP_CC_INFO: 26,
    TCP_ULP: 31,
    UDP_SEGMENT: 103,
    SIOCATMARK: 0x8905,
    SIOCOUTQ: 0x5411,
    SOCK_CLOEXEC: 0x80000,
    IPPROTO_MPTCP: 262,
    SO_EE_ORIGIN_ICMP6: 3,
    ICMP_UNREACH_NEEDFRAG: 4,
    ENOTSUP: 95,
    EHWPOISON: 133,
  };
  for (const [name, value] of Object.entries(values)) assertEquals(symbolValue(name), value, name);
});

Deno.test("names that Linux does not have stay unknown", () => {
  for (const name of ["TCP_NOOPT", "SO_NOSIGPIPE", "SO_USELOOPBACK"]) assertEquals(symbolValue(name), undefined, name);
  assertEquals(symbolValue("TCP_NOOPT", "nplab"), 8);
});

Deno.test("tables are whole: no name twice, no value missing", () => {
  assertEquals(new Set(LINUX_NAMES).size, LINUX_NAMES.length);
  for (const table of [LINUX_SYMBOLS, ERRNO]) {
    for (const [name, value] of table) {
      assertEquals([/^[A-Z]\w+$/.test(name), Number.isInteger(value)], [true, true], name);
    }
  }
  assertEquals([LINUX_SYMBOLS.size >= 839, ERRNO.size], [true, 134]);
});

Deno.test("what a defined word turns into", () => {
  assertEquals(replacement("10"), { kind: "integer", text: "10" });
  assertEquals(replacement("0x1f"), { kind: "integer", text: "31" });
  assertEquals(replacement("010"), { kind: "integer", text: "8" });
  assertEquals(replacement("-3"), { kind: "integer", text: "-3" });
  assertEquals(replacement("08"), { kind: "word", text: "08" });
  assertEquals(replacement('"a b"'), { kind: "string", text: "a b" });
  assertEquals(replacement("`a b`"), { kind: "backquoted", text: "a b" });
  assertEquals(replacement("3021b9d8"), { kind: "word", text: "3021b9d8" });
  assertEquals(replacement("0x1f", "nplab"), { kind: "hex", text: "0x1f" });
  assertEquals(replacement("010", "nplab"), { kind: "integer", text: "010" });
});

Deno.test("the command line's definitions win", () => {
  const definitions = new Definitions({ A: "1" });
  definitions.define("A", "2");
  definitions.define("B", "3");
  assertEquals([definitions.get("A"), definitions.get("B"), definitions.get("C")], ["1", "3", undefined]);
});

Deno.test("ICMP names by family", () => {
  assertEquals([icmpType("ipv4", "packetdrill", "unreachable"), icmpType("ipv6", "packetdrill", "unreachable")], [
    3,
    1,
  ]);
  assertEquals(icmpType("ipv4", "packetdrill", "packet_too_big"), undefined);
  assertEquals(icmpCode("ipv4", "packetdrill", 3, "frag_needed"), 4);
  assertEquals(icmpCode("ipv4", "packetdrill", 11, "ttl_exceeded_in_transit"), undefined);
  assertEquals(icmpCode("ipv4", "nplab", 11, "ttl_exceeded_in_transit"), 0);
  assertEquals(icmpCode("ipv6", "nplab", 1, "net_unreachable"), undefined);
  assertEquals([icmpType("ipv4", "packetdrill", "type_300"), icmpCode("ipv4", "packetdrill", 3, "code_7")], [
    undefined,
    7,
  ]);
  assertEquals([icmpTypeName("ipv6", 2), icmpCodeName("ipv6", 1, 4), icmpCodeName("ipv4", 11, 0)], [
    "packet_too_big",
    "port_unreachable",
    "code_0",
  ]);
  assertEquals(icmpType("ipv4", "packetdrill", "constructor"), undefined);
});
