/**
 * What a SYN with a Fast Open option brought (RFC 7413 section 4.1.3, 4.2).
 *
 * @module
 */
import { Counter } from "../../mib.ts";
import { gt } from "../../wire/seq.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { Connection } from "./connection.ts";

/** The SYN-ACK has come, or (`undefined`) the SYN has to be sent again: cookie and text were in vain. */
export function rememberFastOpen(connection: Connection, segment: ReceivedSegment | undefined): void {
  const { opening: { fastOpen }, context, sender } = connection;
  if (fastOpen === undefined || (fastOpen.over && segment === undefined)) return;
  const record = context.peers.record(connection.localAddress, connection.remoteAddress);
  if (segment === undefined) {
    // RFC7413-4.1.3.1-disable: what carries options that a box on the way dislikes is not tried again at once.
    fastOpen.over = true;
    if (fastOpen.octets > 0) {
      record.synDataLost++;
      record.synDataLostAt = context.net.now;
      context.net.mib.inc(Counter.TcpExtTCPFastOpenActiveFail);
    } else if (fastOpen.cookie !== undefined) {
      record.tryExperimental = 0;
    }
    fastOpen.octets = 0;
    return;
  }
  const late = fastOpen.over;
  fastOpen.over = true;
  const { options, packet } = segment;
  const asked = fastOpen.cookie !== undefined;
  const acknowledged = gt(segment.ack, (sender.iss + 1) >>> 0);
  if (options.mss_clamp > 0) record.mss = options.mss_clamp;
  if (options.foc_len > 0 && asked) {
    record.cookie = packet.bytes.slice(options.foc_offset, options.foc_offset + options.foc_len);
    record.experimental = options.foc_exp;
    record.tryExperimental = 0;
  } else if (!late && asked && fastOpen.cookie!.length === 0) {
    // RFC 7413 came with another option kind than the experiments before: the next time the other is tried.
    record.tryExperimental++;
  }
  if (fastOpen.octets > 0) {
    if (acknowledged) {
      record.synDataLost = 0;
      context.net.mib.inc(Counter.TcpExtTCPFastOpenActive);
    } else {
      context.net.mib.inc(Counter.TcpExtTCPFastOpenActiveFail);
    }
  }
}
