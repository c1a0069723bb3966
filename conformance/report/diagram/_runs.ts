/** Runs as a results document has them, for tests. */
import type { EvidenceEntry } from "../results.ts";
import type { DiagramRun } from "./model.ts";

/** Octets of a SYN of the stack's, from 192.168.0.1 port 50852 to 192.0.2.1 port 8080. */
const SYN = "4500003c000040004006b811c0a80001c0000201c6a41f9004d05c3b00000000a002faf03f6d0000020405b40402080a3165124f" +
  "000000000103030a";
/** The answer. */
const SYN_ACK = "4500002c00000000ff063921c0000201c0a800011f90c6a40000232804d05c3c6012ffffab020000020405b4";
/** What acknowledges that. */
const ACK = "45000028000040004006b825c0a80001c0000201c6a41f9004d05c3c000023295010faf0c7ce0000";
/** Ten octets of data. */
const DATA = "45000032000040004006b81bc0a80001c0000201c6a41f9004d05c3c000023295018faf0c7bc000000000000000000000000";

/** A connection that the stack opens, with ten octets of data. */
export const OPENING: readonly EvidenceEntry[] = [
  { kind: "command", time_us: 0, line: 1, text: "sysctl -q net.ipv4.tcp_sack=1 = 0" },
  { kind: "call", time_us: 0, line: 4, text: "socket(..., SOCK_STREAM, IPPROTO_TCP) = 3" },
  { kind: "return", time_us: 0, line: 4, text: "socket(…) = 3", call: { name: "socket", result: "3" } },
  { kind: "call", time_us: 0, line: 6, text: "...0.1 connect(3, ..., ...) = 0" },
  {
    kind: "outbound",
    time_us: 0,
    line: 7,
    text: "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 828707407 ecr 0,nop,wscale 10>",
    bytes: SYN,
  },
  { kind: "inbound", time_us: 10000, line: 8, text: "S. 9000:9000(0) ack 1 win 65535 <mss 1460>", bytes: SYN_ACK },
  { kind: "return", time_us: 10000, line: 6, text: "connect(…) = 0", call: { name: "connect", result: "0" } },
  { kind: "outbound", time_us: 10000, line: 9, text: ". 1:1(0) ack 1 win 64240", bytes: ACK },
  { kind: "call", time_us: 10000, line: 10, text: "write(3, ..., 10) = 10" },
  { kind: "return", time_us: 10000, line: 10, text: "write(…) = 10", call: { name: "write", result: "10" } },
  { kind: "outbound", time_us: 220000, line: 11, text: "P. 1:11(10) ack 1 win 64240", bytes: DATA },
];

/** A run that passed. */
export const PASSED: DiagramRun = { verdict: "pass", message: "", evidence: OPENING };

/** The last packet is not what its line wants. */
export const REFUSED: DiagramRun = {
  verdict: "fail",
  message: "/a/b.pkt:11: error handling packet: live packet field tcp_seq: expected: 11 (0xb) vs actual: 1 (0x1)\nmore",
  line: 11,
  failure: {
    kind: "packet",
    expected: " 0.010000 P. 1:12(11) ack 1 ",
    actual: " 0.220000 P. 1:11(10) ack 1 win 64240 ",
    actual_bytes: DATA,
    differences: [{ field: "tcp_seq", expected: "11 (0xb)", actual: "1 (0x1)" }],
    requirements: ["RFC9293-MUST-1"],
  },
  evidence: [...OPENING.slice(0, -1), { ...OPENING.at(-1)!, fate: "refused" }],
};
