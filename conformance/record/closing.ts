/**
 * How the local program ended the connection.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import type { DraftCall } from "./draft_call.ts";
import type { Opening } from "./opening.ts";
import type { Step, Track } from "./track.ts";

/** How the local program ended the connection. */
export interface Closing {
  /** The packet by which it did; the number of packets if by none. */
  readonly at: number;
  readonly calls: readonly DraftCall[];
  /** What can't be told about it. */
  readonly doubt: string | undefined;
}

/** A RST that follows a segment within this may be an answer to it, µs. */
const ANSWER_US = 1_000;

/** Finds out how. */
export function closingOf({ steps }: Track, { kind, fd }: Opening): Closing {
  const none = { at: steps.length, calls: [], doubt: undefined };
  if (kind !== "listen" && kind !== "connect") return none;
  const fin = steps.find((step) => isLocal(step, tcp.FIN));
  const rst = steps.find((step) => isLocal(step, tcp.RST));
  if (fin !== undefined && (rst === undefined || fin.index < rst.index)) return finished(steps, fin, fd);
  if (rst !== undefined) return aborted(steps, rst, fd);
  return none;
}

function isLocal({ from, segment }: Step, flag: number): boolean {
  return from === "local" && segment !== undefined && (segment.flags & flag) !== 0;
}

function finished(steps: readonly Step[], fin: Step, fd: number): Closing {
  const after = steps.slice(fin.index + 1);
  const received = after.find(({ from, segment, fresh }) =>
    from === "remote" && segment !== undefined && segment.length > 0 && fresh[1] > fresh[0]
  );
  const reset = after.some((step) => isLocal(step, tcp.RST));
  const half = received !== undefined && !reset;
  return {
    at: half ? steps.length : fin.index,
    calls: [{
      time_us: fin.time_us,
      before: fin.index,
      text: half ? `shutdown(${fd}, SHUT_WR) = 0` : `close(${fd}) = 0`,
    }],
    doubt: half || received !== undefined
      ? undefined
      : "whether the program closed the connection or only shut its sending side down: nothing came after its FIN",
  };
}

function aborted(steps: readonly Step[], rst: Step, fd: number): Closing {
  const asked = steps[rst.index - 1];
  const answers = asked?.from === "remote" && rst.time_us - asked.time_us < ANSWER_US &&
    (asked.segment?.length ?? 0) === 0;
  const at = { time_us: rst.time_us, before: rst.index };
  if (answers) {
    return {
      at: steps.length,
      calls: [],
      doubt:
        "whether the RST was the stack's answer to the packet before or the program's doing: it is left to the stack",
    };
  }
  return {
    at: rst.index,
    calls: [
      { ...at, text: `setsockopt(${fd}, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0` },
      { ...at, text: `close(${fd}) = 0` },
    ],
    doubt: "why a RST ended the connection: SO_LINGER of 0 stands for all reasons, such as closing with data unread",
  };
}
