/**
 * Faults of TCP connections: handshake, MSS, options, RST, closing.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

/** From SYN to TIME-WAIT. */
export const TCP_CONNECTION_FAULTS: readonly Fault[] = [
  {
    name: "tcp-checksum-odd",
    about: "the last octet of an odd segment is not covered by the checksum (RFC 9293 section 3.1)",
    file: "stack/link/segment.ts",
    find: "const sum = internetChecksum(bytes, at, tail, pseudo);",
    replace: "const sum = internetChecksum(bytes, at, tail - (length & 1), pseudo);",
  },
  {
    name: "mss-advertised-mtu",
    about: "the MSS option leaves out the IPv4 header (RFC 9293 MUST-67)",
    file: "stack/ip/rtable.ts",
    find: "const headers = TCP_HEADER + 20;",
    replace: "const headers = TCP_HEADER;",
  },
  {
    name: "tcp-option-length-zero",
    about: "an option of length 0 is not the end, and the options are gone through for ever (RFC 9293 MUST-7)",
    file: "stack/wire/tcp_options.ts",
    find: "    if (length < 2 || at + length > end) return;\n    parseOneInto",
    replace: "    if (at + length > end) return;\n    parseOneInto",
  },
  {
    name: "tcp-option-unknown-ends",
    about: "an unknown option hides those after it (RFC 9293 MUST-6)",
    file: "stack/wire/tcp_options.ts",
    find: "    parseOneInto(bytes, at, kind, length, out);",
    replace: "    parseOneInto(bytes, at, kind, length, out);\n    if (out.saw_unknown) return;",
  },
  {
    name: "wscale-above-14",
    about: "a shift above 14 is used as it is (RFC 7323 section 2.3)",
    file: "stack/wire/tcp_options.ts",
    find: "out.snd_wscale = shift > TCP_MAX_WSCALE ? TCP_MAX_WSCALE : shift;",
    replace: "out.snd_wscale = shift;",
  },
];
