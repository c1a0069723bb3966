/**
 * How the local program opened the connection.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import type { Conversation, Happening } from "./conversation.ts";
import type { DraftCall } from "./draft_call.ts";
import type { SegmentSight } from "./sight.ts";

/** How a connection was opened. */
export interface Opening {
  readonly kind: "listen" | "connect" | "refused" | "refuses" | "unanswered";
  readonly calls: readonly DraftCall[];
  /** The descriptor of the connection. */
  readonly fd: number;
}

/** A conversation that can't be opened by a script. */
export class OpeningError extends Error {
  /** `OpeningError`. */
  override name = "OpeningError";
}

const SOCKET = "socket(..., SOCK_STREAM, IPPROTO_TCP) = 3";
const LISTENER = 3;
const ACCEPTED = 4;

/** Finds out how. Throws {@link OpeningError} where the capture does not show it. */
export function openingOf({ happenings }: Conversation): Opening {
  const first = happenings[0]?.what;
  if (first?.kind !== "segment" || !has(first, tcp.SYN) || has(first, tcp.ACK)) {
    throw new OpeningError(
      "the capture begins in the middle of the connection: without its first SYN, a script can't open it",
    );
  }
  return happenings[0]!.from === "remote" ? passive(happenings) : active(happenings);
}

function has({ flags }: SegmentSight, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** The number of the first packet from `end` with one of `flags`, `without` others. */
function find(happenings: readonly Happening[], end: Happening["from"], flags: number, without = 0): number {
  return happenings.findIndex(({ from, what }) =>
    from === end && what.kind === "segment" && (what.flags & flags) !== 0 && (what.flags & without) === 0
  );
}

function passive(happenings: readonly Happening[]): Opening {
  const answer = find(happenings, "local", tcp.SYN);
  const refusal = find(happenings, "local", tcp.RST);
  if (answer < 0 && refusal < 0) {
    throw new OpeningError("the local end never answers the SYN: why can't be seen, and there is nothing to expect");
  }
  if (answer < 0) return { kind: "refuses", calls: [], fd: LISTENER };
  const calls = [
    SOCKET,
    "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
    "bind(3, ..., ...) = 0",
    "listen(3, 1) = 0",
  ].map((text): DraftCall => ({ time_us: 0, before: 0, text }));
  // The handshake is done with the acknowledgement of the SYN-ACK.
  const done = happenings.findIndex(({ from, what }, i) =>
    i > answer && from === "remote" && what.kind === "segment" && has(what, tcp.ACK) && !has(what, tcp.SYN | tcp.RST)
  );
  if (done >= 0) {
    calls.push({ time_us: happenings[done]!.time_us, before: done + 1, text: "accept(3, ..., ...) = 4" });
  }
  return { kind: "listen", calls, fd: ACCEPTED };
}

/** The errors that a connect in progress ends with, by the ICMP message about its SYN (`tcp(7)`, RFC 9293 section 3.9.2.2). */
function icmpError({ what }: Happening): string | undefined {
  if (what.kind !== "icmp") return undefined;
  if (what.family === 4) {
    if (what.type !== 3) return undefined;
    if (what.code === 2 || what.code === 3) return "ECONNREFUSED (Connection refused)";
    return what.code <= 1 ? "EHOSTUNREACH (No route to host)" : undefined;
  }
  if (what.type !== 1) return undefined;
  if (what.code === 4) return "ECONNREFUSED (Connection refused)";
  return what.code === 3 ? "EHOSTUNREACH (No route to host)" : undefined;
}

function active(happenings: readonly Happening[]): Opening {
  const answer = find(happenings, "remote", tcp.SYN, tcp.RST);
  const reset = find(happenings, "remote", tcp.RST);
  const socket: DraftCall = { time_us: 0, before: 0, text: SOCKET };
  const connect = (end_us: number, result: string): DraftCall => ({
    time_us: 0,
    before: 0,
    text: `connect(3, ..., ...) = ${result}`,
    lasts_us: end_us,
  });
  const result = (kind: Opening["kind"], calls: readonly DraftCall[]) => ({ kind, calls: [socket, ...calls], fd: 3 });
  if (answer >= 0 && (reset < 0 || answer < reset)) {
    return result("connect", [connect(happenings[answer]!.time_us, "0")]);
  }
  if (reset >= 0) {
    const end_us = happenings[reset]!.time_us;
    return result("refused", [connect(end_us, "-1 ECONNREFUSED (Connection refused)")]);
  }
  const last = happenings.at(-1)!;
  const error = icmpError(last);
  if (error !== undefined) return result("refused", [connect(last.time_us, `-1 ${error}`)]);
  // Nobody knows how long the program waited.
  return result("unanswered", [
    { time_us: 0, before: 0, text: "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0" },
    { time_us: 0, before: 0, text: "connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)" },
  ]);
}
