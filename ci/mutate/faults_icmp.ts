/**
 * Faults of ICMP.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

const ICMP4 = "stack/icmp/icmpv4.ts";
const CONVERT = "stack/icmp/err_convert.ts";

/** Errors sent, errors received, echo. */
export const ICMP_FAULTS: readonly Fault[] = [
  {
    name: "icmp-checksum-header-only",
    about: "the checksum does not cover the data (RFC 792)",
    at: "RFC792-intro-checksum",
    find: "icmpv4.fillChecksum(message.bytes, message.data, message.tail);",
    replace: "icmpv4.fillChecksum(message.bytes, message.data, message.data + icmpv4.HEADER_LENGTH);",
  },
  {
    name: "icmp6-checksum-no-pseudo-header",
    about: "the checksum leaves out the pseudo-header (RFC 4443 section 2.3)",
    at: "RFC4443-2.3-checksum",
    find: "icmpv6.fillChecksum(message.bytes, message.data, message.tail, pseudo);",
    replace: "icmpv6.fillChecksum(message.bytes, message.data, message.tail, 0 * pseudo);",
  },
  {
    name: "icmp-checksum-unverified",
    about: "a wrong ICMP checksum is not noticed (RFC 792)",
    at: "RFC792-intro-checksum",
    find: `if (packet.ip_summed === "none" && !icmpv4.verifyChecksum(bytes, at, tail)) {`,
    replace: "if (false) {",
  },
  {
    name: "icmp6-checksum-unverified",
    about: "a wrong ICMPv6 checksum is not noticed (RFC 4443 section 2.3)",
    at: "RFC4443-2.3-checksum",
    find: `if (packet.ip_summed === "none" && !icmpv6.verifyChecksum(bytes, at, tail, pseudo)) {`,
    replace: "if (false) {",
  },
  {
    name: "port-unreachable-not-sent",
    about: "a datagram for a port that nobody has vanishes (RFC 1122 section 4.1.3.1)",
    at: "RFC1122-4.1.3.1-port-unreach",
    find: `this.ip.icmp_send(packet, { kind: "port-unreachable" });`,
    replace: "",
  },
  {
    name: "protocol-unreachable-not-sent",
    about: "a datagram of an unknown protocol vanishes (RFC 1122 section 3.2.2.1)",
    at: "RFC1122-3.2.2.1-du-gen",
    find: "ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);",
    replace: "",
  },
  {
    name: "icmp-error-about-error",
    about: "an ICMP error is answered with an ICMP error (RFC 1122 section 3.2.2)",
    at: "RFC1122-3.2.2-no-err-icmp",
    find: "if (isErrorType(bytes[at + header_length]!)) return;",
    replace: "",
  },
  {
    name: "icmp6-error-about-error",
    about: "an ICMPv6 error is answered with an ICMPv6 error (RFC 4443 section 2.4 (e.1))",
    at: "RFC4443-2.4-e1-err",
    find: "if (isIneligible(about)) return;",
    replace: "",
  },
  {
    name: "icmp-error-about-fragment",
    about: "an error is sent about a fragment that is not the first (RFC 1122 section 3.2.2)",
    at: "RFC1122-3.2.2-no-err-frag",
    find: "if (ipv4.fragmentOffset(bytes, at) !== 0) return;",
    replace: "",
  },
  {
    name: "icmp6-error-about-multicast",
    about: "an error is sent about a packet to a group (RFC 4443 section 2.4 (e.3))",
    at: "RFC4443-2.4-e3-mcast",
    find: "if (type !== ICMPV6_PKT_TOOBIG && !unrecognized) return;",
    replace: "",
  },
  {
    name: "icmp-quote-too-long",
    about: "errors are longer than 576 octets (RFC 1812 section 4.3.2.3)",
    at: ICMP4,
    find: "const MAX_ERROR_LENGTH = 576;",
    replace: "const MAX_ERROR_LENGTH = 1500;",
  },
  {
    name: "icmp-quote-too-short",
    about: "ICMPv6 errors quote the header and 8 octets, as ICMPv4 once did (RFC 4443 section 2.4 (c))",
    at: "RFC4443-2.4-c-quote",
    find: "const quoted = Math.min(about.tail - at, MAX_QUOTE);",
    replace: "const quoted = Math.min(about.tail - at, ipv6.HEADER_LENGTH + 8);",
  },
  {
    name: "icmp-not-limited",
    about: "errors are sent as fast as they are asked for (RFC 1812 section 4.3.2.8)",
    at: "RFC4443-2.4-f-rate",
    find: "if (savings.at(this.net.now, limit) < cost) return false;",
    replace: "",
  },
  {
    name: "icmp-broadcast-echo",
    about: "an echo request to the broadcast address is answered (RFC 1122 section 3.2.2.6, the smurf attack)",
    at: "RFC1122-3.2.2.6-echo-bcast",
    find: "if (query && icmp.echo_ignore_broadcasts.value !== 0) return mib.inc(Counter.IcmpInErrors);",
    replace: "",
  },
  {
    name: "icmp-echo-data-cut",
    about: "an echo reply has only the first 64 octets of the request's data (RFC 1122 section 3.2.2.6)",
    at: "RFC1122-3.2.2.6-echo-data",
    find: "const length = timestamp ? icmpv4.HEADER_LENGTH + 12 : tail - at;",
    replace: "const length = timestamp ? icmpv4.HEADER_LENGTH + 12 : Math.min(tail - at, 72);",
  },
  {
    name: "errno-of-port-unreachable",
    about: "port and protocol unreachable mean each other's errno (RFC 1122 section 4.2.3.9)",
    at: CONVERT,
    find: "  hard(ENOPROTOOPT),\n  hard(ECONNREFUSED),\n",
    replace: "  hard(ECONNREFUSED),\n  hard(ENOPROTOOPT),\n",
  },
  {
    name: "errno6-of-no-route",
    about: "no route to destination means EHOSTUNREACH over IPv6 (RFC 4443 section 3.1)",
    at: CONVERT,
    find: "  soft(ENETUNREACH),\n  hard(EACCES),",
    replace: "  soft(EHOSTUNREACH),\n  hard(EACCES),",
  },
  {
    name: "icmp-sequence-unchecked",
    about: "an error about a sequence number never sent is believed (RFC 5927 section 4.1)",
    at: "RFC1191-6.4-tcp-validate",
    find:
      "    if (!between(seq, sender.sndUna, sender.sndNxt)) return context.net.mib.inc(Counter.TcpExtOutOfWindowIcmps);\n",
    replace: "",
  },
  {
    name: "icmp-soft-error-fatal",
    about: "an unreachable network ends an established connection (RFC 1122 section 4.2.3.9)",
    at: "RFC9293-SHLD-26",
    find: "  if (error.fatal && !context.deviations.hardErrorsAreSoft) return connection.fail(error.errno);",
    replace: "  return connection.fail(error.errno);",
  },
  {
    name: "pmtu-tcp-not-resent",
    about: "what was too large for the path waits for the timer (RFC 1191 section 6.4)",
    at: "RFC8201-5.4-rexmit",
    find: "  sender.recovery.onSegmentsTooLarge(sender.mss);\n",
    replace: "",
  },
  {
    name: "source-quench-heeded",
    about: "a source quench reaches the program as an error (RFC 6633 section 3)",
    at: "RFC9293-MUST-55",
    find: "  if (four && (error.type === SOURCE_QUENCH || error.type === REDIRECT)) return;",
    replace: "  if (four && error.type === REDIRECT) return;",
  },
];
