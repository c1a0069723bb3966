/**
 * Waiting for a server to be ready.
 *
 * @module
 */
import { realtime } from "../../../host/clock.ts";
import { readKernelText } from "../../../host/kernel_file.ts";
import type { Reactor } from "../../../host/reactor.ts";

const LOOK_EVERY_US = 10_000;
/** State of a listening socket in `/proc/net/tcp`. */
const LISTENING = "0A";
const STATE_COLUMN = 3;

/** Whether somebody listens in the network namespace of a process. */
function hasListener(pid: number): boolean {
  return ["tcp", "tcp6"].some((table) =>
    (readKernelText(`/proc/${pid}/net/${table}`) ?? "").split("\n").some((line) =>
      line.trim().split(/\s+/)[STATE_COLUMN] === LISTENING
    )
  );
}

/** Waits until somebody listens in the namespace of process `pid`, while `running()`; whether that came true in time. */
export async function untilListening(
  pid: number,
  limit_us: number,
  running: () => boolean,
  reactor: Reactor,
): Promise<boolean> {
  const end = realtime() + limit_us;
  while (!hasListener(pid)) {
    if (!running() || realtime() > end) return false;
    await reactor.sleepUntil(realtime() + LOOK_EVERY_US);
  }
  return true;
}
