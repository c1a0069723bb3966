/**
 * The transport checksums of what the stack under test sends. packetdrill does not look at them.
 *
 * @module
 */
import { pseudoHeaderSum4, pseudoHeaderSum6 } from "../../stack/wire/checksum.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { Octets } from "./fields.ts";
import type { LivePacket } from "./live.ts";

/** A checksum that is not right. */
export interface ChecksumFault {
  /** One sentence. */
  readonly reason: string;
  /** Where the field is. */
  readonly at: Octets;
}

/** Looks at the innermost transport checksum; undefined where it is right, absent, or can't be judged. */
export function checksumFault(live: LivePacket): ChecksumFault | undefined {
  if (live.checksumPartial || live.gsoSize > 0 || live.fragment !== undefined || live.fault !== undefined) {
    return undefined;
  }
  const { bytes, transport: at, end } = live;
  switch (live.transportKind) {
    case "TCP":
      if (tcp.verifyChecksum(bytes, at, end, pseudo(live))) return undefined;
      return fault("TCP", at + tcp.CHECKSUM);
    case "UDP":
      if (udp.checksum(bytes, at) === 0) {
        return live.family === 4 ? undefined : fault("UDP", at + 6, "is 0, which IPv6 does not allow");
      }
      return udp.verifyChecksum(bytes, at, end, pseudo(live)) ? undefined : fault("UDP", at + 6);
    case "ICMPV4":
      return icmpv4.verifyChecksum(bytes, at, end) ? undefined : fault("ICMP", at + icmpv4.CHECKSUM);
    case "ICMPV6":
      // The sum over data that holds its own checksum is that of any other transport.
      return tcp.verifyChecksum(bytes, at, end, pseudo(live)) ? undefined : fault("ICMPv6", at + icmpv4.CHECKSUM);
    default:
      return undefined;
  }
}

function fault(name: string, offset: number, what = "is wrong"): ChecksumFault {
  return { reason: `outbound ${name} checksum ${what}`, at: { start: offset, end: offset + 2 } };
}

function pseudo(live: LivePacket): number {
  const length = live.end - live.transport;
  return live.family === 4
    ? pseudoHeaderSum4(live.bytes, live.ip + ipv4.SOURCE, live.finalDestinationAt, live.protocol, length)
    : pseudoHeaderSum6(live.bytes, live.ip + ipv6.SOURCE, live.finalDestinationAt, live.protocol, length);
}
