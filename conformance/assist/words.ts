/**
 * What words of the language mean, in a line each: shown beside completions, and where the pointer rests.
 *
 * @module
 */
import { HEADER_KEYS } from "../script/header.ts";

type HeaderKey = typeof HEADER_KEYS[number];

/** Keys of the header comment. */
export const HEADER_WORDS: Readonly<Record<HeaderKey, string>> = {
  title: "one line for reports",
  requires: "RFC clauses that the script shows, by id, with commas between them",
  deviates: "TARGET — REASON: a target that is expected to differ",
  strict: "yes: a packet that nobody expected fails the script, after its last line too",
  offload: "no: the device does neither segmentation nor checksums for the stack",
  device: "tun or tap: IP packets as they are, or Ethernet frames",
  quiet: "no: what the stack does by itself on an Ethernet link is done, and seen",
  interface: "NAME ADDRESS/LENGTH …: another interface, or further addresses of the first",
  route: "PREFIX via ADDRESS dev NAME: a route beside the one to the other end",
  targets: "the targets that the script is meant for",
  programs: "programs that the script's commands need",
  variants: "ipv4, ipv6, ipv4-mapped-ipv6: the families that the script is meant for",
};

/** Words of packets. */
export const PACKET_WORDS: Readonly<Record<string, string>> = {
  ack: "acknowledgement number, relative to the other side's first",
  win: "window as it stands in the header",
  urg: "urgent pointer",
  mss: "TCP option: maximum segment size",
  wscale: "TCP option: shift count of the window",
  sackOK: "TCP option: selective acknowledgements are permitted",
  sack: "TCP option: selective acknowledgement, blocks as START:END",
  TS: "TCP option: timestamps, TS val N ecr N",
  val: "timestamp value",
  ecr: "timestamp echo reply",
  nop: "TCP option: one octet of padding",
  eol: "TCP option: end of the list",
  md5: "TCP option: MD5 signature",
  FO: "TCP option: Fast Open cookie, in hex",
  FOEXP: "TCP option: Fast Open cookie under the experimental kind",
  ECN: "TCP option: accurate ECN counters",
  AO: "TCP option: authentication",
  udp: "a UDP datagram: udp (LENGTH)",
  icmp: "an ICMP message of the script's family",
  tos: "type of service, or traffic class",
  ttl: "time to live, or hop limit",
  flowlabel: "flow label of IPv6",
  ect0: "ECN-capable transport (0)",
  ect1: "ECN-capable transport (1)",
  ce: "congestion experienced",
  noecn: "not ECN-capable",
  id: "IP identification, or id of an echo",
  df: "do not fragment",
  mf: "more fragments",
  csum: "checksum: bad, or the one given",
  payload: "the octets, as text or hex",
  none: "nothing is sent until the event's time",
  exact: "everything in the message is compared",
};

/** What flags of TCP look like in front of a segment. */
export const FLAG_WORDS: Readonly<Record<string, string>> = {
  "S": "SYN",
  "S.": "SYN, ACK",
  ".": "ACK",
  "P.": "PSH, ACK",
  "F.": "FIN, ACK",
  "FP.": "FIN, PSH, ACK",
  "R": "RST",
  "R.": "RST, ACK",
};

/** What a code block can do wherever it is run. */
export const CODE_WORDS: Readonly<Record<string, string>> = {
  assert: "assert CONDITION, MESSAGE: fails the script where the condition does not hold",
  print: "print(VALUE): shown where the script fails",
  and: "both",
  or: "one of them",
  not: "the contrary",
  abs: "without its sign",
  min: "the smallest",
  max: "the largest",
  len: "how many",
};
