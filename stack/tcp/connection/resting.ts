/**
 * Closed connections that keep their four-tuple for a while: TIME-WAIT, and FIN-WAIT-2 without a program (RFC 9293 section 3.6.1).
 *
 * @module
 */
import { TIME_WAIT_LENGTH, TimeWait } from "../time_wait/time_wait.ts";
import type { Connection } from "./connection.ts";

/** Leaves the four-tuple to an entry in TIME-WAIT. */
// RFC9293-MUST-13
export function enterTimeWait(connection: Connection): void {
  rest(connection, false, TIME_WAIT_LENGTH);
}

/** FIN-WAIT-2 without a program: waits `duration` µs for the peer's FIN. What is longer than a TIME-WAIT is waited for here first. */
export function waitForFin(connection: Connection, duration: number): void {
  const surplus = duration - TIME_WAIT_LENGTH;
  if (surplus <= 0) return rest(connection, true, duration);
  const { timers, now } = connection.context.net;
  connection.finWait ??= timers.create("tcp-fin-wait-2", () => rest(connection, true, TIME_WAIT_LENGTH));
  connection.finWait.arm(now + surplus);
}

/** Leaves the four-tuple to an entry, with `finWait2` to one that still waits for the peer's FIN, for `duration` µs. */
function rest(connection: Connection, finWait2: boolean, duration: number): void {
  const { context, endpoint, sender, receiver, negotiated, recent, outbox } = connection;
  const entry = new TimeWait(context, {
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    boundInterface: connection.boundInterface,
    endpoint,
    sndNxt: sender.sndNxt,
    rcvNxt: receiver.rcvNxt,
    rcvWnd: receiver.rcvWnd,
    windowField: Math.min(receiver.rcvWnd >>> negotiated.receiveScale, 65_535),
    recent: recent.value,
    recentAt: recent.takenAt,
    timestampOffset: negotiated.timestamps ? negotiated.timestampOffset : undefined,
    sign: outbox.sign,
    finWait2,
  });
  context.ports.inherit(endpoint, entry);
  connection.leave();
  entry.enter(duration);
  connection.finish();
}
