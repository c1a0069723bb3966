/**
 * Superset `> none`: the stack under test sends nothing.
 *
 * @module
 */
import type { SilenceAction } from "../script/syntax.ts";
import type { Capture } from "./capture.ts";
import type { EventPlace, RunContext } from "./context.ts";
import { PacketMismatch, ScriptFailure, ScriptFault } from "./failure.ts";
import { dumpTime, formatLivePacket } from "./format.ts";
import { isPassedOver } from "./housekeeping.ts";
import type { LivePacket } from "./live.ts";
import { mappedForDisplay } from "./match.ts";

/** Waits until the event's time, which is returned; nothing may be sent until then, by the one interface that is named or by any. */
export async function expectSilence(
  run: RunContext,
  capture: Capture,
  action: SilenceAction,
  place: EventPlace,
): Promise<number> {
  const until = place.time.end_us ?? place.time.start_us;
  const through = interfaceOf(run, action, place.line);
  // What another interface sends is left for the lines of that one.
  const others: LivePacket[] = [];
  for (;;) {
    const live = await capture.next(Math.min(until, run.limit_us));
    if (live === undefined) break;
    if (through !== undefined && live.interface !== through) others.push(live);
    else if (!isPassedOver(live, run.worded) && (!live.foreign || run.extended)) throw broken(run, live, place.line);
  }
  for (const live of others.reverse()) capture.pushBack(live);
  return until;
}

function interfaceOf(run: RunContext, action: SilenceAction, line: number): string | undefined {
  if (action.interface === undefined) return undefined;
  try {
    return run.interfaces.of(action);
  } catch (error) {
    if (!(error instanceof PacketMismatch)) throw error;
    throw new ScriptFault("packet", `error handling packet: ${error.reason}`, line);
  }
}

function broken(run: RunContext, live: LivePacket, line: number): ScriptFailure {
  run.evidence.refused([live], line);
  const header = mappedForDisplay(live, run.sockets.underTest);
  return new ScriptFailure("unexpected-packet", "error handling packet: a packet where none was expected", line, {
    expected: "none",
    actual: `${dumpTime(live.time_us)} ${formatLivePacket(live, header)}`,
    actualBytes: live.bytes,
  });
}
