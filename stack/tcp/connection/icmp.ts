/**
 * ICMP errors about a connection's segments (RFC 9293 section 3.9.2.2, RFC 1191, RFC 8201, RFC 5927).
 *
 * @module
 */
import type { IcmpError } from "../../ip/interface.ts";
import { Counter } from "../../mib.ts";
import { between } from "../../wire/seq.ts";
import type { Connection } from "./connection.ts";

const DEST_UNREACHABLE = 3;
const SOURCE_QUENCH = 4;
const REDIRECT = 5;
const FRAGMENTATION_NEEDED = 4;
const PACKET_TOO_BIG6 = 2;
const REDIRECT6 = 137;
/** Codes of an unreachable network or host, for RFC 6069. */
const UNREACHABLE_SOFT = [0, 1];

/** Takes an error whose quoted segment has sequence number `seq`. */
export function takeIcmpError(connection: Connection, error: IcmpError, seq: number): void {
  const { sender, context, endpoint } = connection;
  // RFC 5927 section 4: an attacker who cannot see the connection does not know what is in flight.
  if (!connection.handshake || connection.opening.fastOpenChild) {
    // RFC1191-6.4-tcp-validate
    if (!between(seq, sender.sndUna, sender.sndNxt)) return context.net.mib.inc(Counter.TcpExtOutOfWindowIcmps);
  } else if (seq !== sender.iss && !between(seq, sender.sndUna, sender.sndNxt)) {
    return context.net.mib.inc(Counter.TcpExtOutOfWindowIcmps);
  }
  const four = error.family === 4;
  // RFC9293-MUST-55
  if (four && (error.type === SOURCE_QUENCH || error.type === REDIRECT)) return;
  if (!four && error.type === REDIRECT6) return;
  const tooBig = four
    ? error.type === DEST_UNREACHABLE && error.code === FRAGMENTATION_NEEDED
    : error.type === PACKET_TOO_BIG6;
  // RFC8201-5.2-notify, RFC1191-6.2-notify
  if (tooBig) return takeMtu(connection, error.info, seq);
  if (four && error.type === DEST_UNREACHABLE && UNREACHABLE_SOFT.includes(error.code) && seq === sender.sndUna) {
    // RFC6069: the path is broken, not full.
    sender.recovery.onUnreachable();
  }
  // RFC1122-3.2.2.1-du-hint
  if (connection.handshake && (error.fatal || context.deviations.unreachableEndsHandshake)) {
    // RFC9293-3.9.2.2-hard-portunreach-syn, RFC9293-SHLD-26, RFC9293-MUST-56
    connection.fail(error.errno);
    return;
  }
  // RFC9293-SHLD-26
  if (error.fatal && !context.deviations.hardErrorsAreSoft) return connection.fail(error.errno);
  // RFC9293-MUST-56: nothing that is known to be passing ends the connection.
  // RFC9293-MUST-47, RFC9293-SHLD-25
  if (endpoint.recverr && !endpoint.sock_dead) {
    endpoint.sk_err = error.errno;
    endpoint.error_report();
  } else {
    endpoint.sk_err_soft = error.errno;
  }
}

/** A smaller path MTU was learned. */
// RFC9293-3.7.2-pmtud
function takeMtu(connection: Connection, mtu: number, seq: number): void {
  const { sender, path, endpoint } = connection;
  if (endpoint.pmtudisc === 0 && endpoint.wire_family === 4) return;
  const before = path.mtu();
  if (mtu >= before && mtu !== 0) return;
  const route = path.route();
  if (typeof route === "number") return;
  const now = endpoint.af_ops.mtu_reduced(endpoint.ip, route, mtu);
  path.invalidate();
  // RFC1191-6.4-tcp-no-multi
  if (now >= before) return;
  const { fastOpen } = connection.opening;
  if (connection.handshake) {
    // What went with the SYN was too large, not the SYN.
    if (fastOpen !== undefined && fastOpen.octets > 0 && seq === sender.iss) connection.resendSynWithoutText();
    return;
  }
  // RFC8201-5.4-rexmit, RFC8201-4-reduce, RFC1191-3-reduce
  sender.recovery.onSegmentsTooLarge(sender.mss);
  sender.transmit();
}
