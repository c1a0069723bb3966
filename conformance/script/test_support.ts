/** Helpers of this folder's tests. */
import { assert, assertEquals } from "@std/assert";
import { ScriptError } from "./diagnostics.ts";
import { type ParseOptions, parseScript } from "./parser.ts";
import type { Action, Event, PacketAction, Script, SystemCallAction, TcpSegment } from "./syntax.ts";

/** Parse one event behind a `+0`. */
export function parseAction(text: string, options: ParseOptions = {}): Action {
  return firstEvent(`+0 ${text}\n`, options).action;
}

export function firstEvent(text: string, options: ParseOptions = {}): Event {
  const [event] = parseScript(text, { path: "t.pkt", dialect: "packetdrill", ...options }).events;
  assert(event !== undefined);
  return event;
}

export function parsePacketLine(text: string, options: ParseOptions = {}): PacketAction {
  const action = parseAction(text, options);
  assert(action.kind === "packet");
  return action;
}

export function parseTcpLine(text: string, options: ParseOptions = {}): TcpSegment {
  const { transport } = parsePacketLine(text, options);
  assert(transport.kind === "tcp");
  return transport;
}

export function parseCall(text: string, options: ParseOptions = {}): SystemCallAction {
  const action = parseAction(text, options);
  assert(action.kind === "syscall");
  return action;
}

/** The problems that refuse a script. */
export function refused(text: string, options: ParseOptions = {}): ScriptError {
  let thrown: unknown;
  try {
    parseScript(text, { path: "t.pkt", dialect: "packetdrill", ...options });
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof ScriptError, `accepted: ${text}`);
  return thrown;
}

/** The script is refused with exactly these problems, each `line:column: message`. */
export function assertProblems(text: string, expected: readonly string[], options: ParseOptions = {}): void {
  const { problems } = refused(text, options);
  assertEquals(problems.map((problem) => `${problem.span.line}:${problem.span.column}: ${problem.message}`), [
    ...expected,
  ]);
}

/** A tree without what formatting may change: places, source, comments. */
export function meaning(script: Script): string {
  const skip = new Set(["span", "line", "source", "comments", "header", "superset"]);
  return JSON.stringify(script, (key, value: unknown) => {
    if (skip.has(key) || key.endsWith("Span")) return undefined;
    if (typeof value === "bigint" || value === Number.POSITIVE_INFINITY) return String(value);
    return value;
  });
}
