/**
 * Event times: when an event is due, how far off it may be, and what is said if it is further off.
 *
 * All times are whole µs of script time.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import type { TimeSpec } from "../script/syntax.ts";

/** A time with its base applied. */
export interface EventTime {
  readonly kind: "point" | "range" | "any";
  /** When it is due; the earliest moment of a range. */
  readonly start_us: number;
  /** The latest moment of a range, or when a blocking call returns. */
  readonly end_us: number | undefined;
  /** What was added, 0 for absolute times. */
  readonly base_us: number;
  /** Whether it was written with a base. */
  readonly relative: boolean;
}

/** Applies `base_us` to a time. A blocking call's end has the same base as its start. */
export function resolveTime(spec: TimeSpec, base_us: number, blockingEnd_us: number | undefined): EventTime {
  switch (spec.kind) {
    case "absolute":
      return { kind: "point", start_us: spec.at_us, end_us: blockingEnd_us, base_us: 0, relative: false };
    case "relative":
      return {
        kind: "point",
        start_us: base_us + spec.delta_us,
        end_us: blockingEnd_us === undefined ? undefined : base_us + blockingEnd_us,
        base_us,
        relative: true,
      };
    case "any":
      return { kind: "any", start_us: base_us, end_us: undefined, base_us, relative: true };
    case "absolute-range":
      return { kind: "range", start_us: spec.from_us, end_us: spec.to_us, base_us: 0, relative: false };
    case "relative-range":
      return {
        kind: "range",
        start_us: base_us + spec.from_us,
        end_us: base_us + spec.to_us,
        base_us,
        relative: true,
      };
  }
}

/** Whether a time is written without a base. */
export function isAbsolute(spec: TimeSpec): boolean {
  return spec.kind === "absolute" || spec.kind === "absolute-range";
}

/** How far an event at `time_us` may be off; `previous_us` is the resolved time of the event before it, if there is one. */
export function tolerance(config: ScriptConfig, time_us: number, previous_us: number | undefined): number {
  if (previous_us === undefined) return config.tolerance_usecs;
  return Math.max(config.tolerance_usecs, Math.trunc((config.tolerance_percent / 100) * (time_us - previous_us)));
}

/** What a time check is about, in packetdrill's words. */
export type TimedThing =
  | "inbound packet"
  | "outbound packet"
  | "system call start"
  | "system call return"
  | "command"
  | "data collection for code";

/** Checks `live_us` against a time: undefined if it is within tolerance, else the message. */
export function checkTime(
  thing: TimedThing,
  time: EventTime,
  live_us: number,
  tolerance_us: number,
): string | undefined {
  if (time.kind === "any") return undefined;
  const end_us = time.kind === "range" ? time.end_us ?? time.start_us : time.start_us;
  if (live_us >= time.start_us - tolerance_us && live_us <= end_us + tolerance_us) return undefined;
  if (time.kind === "point") {
    return `timing error: expected ${thing} at ${seconds(time.start_us)} sec but happened at ` +
      `${seconds(live_us)} sec; tolerance ${seconds(tolerance_us)} sec`;
  }
  if (time.relative) {
    const base = time.base_us;
    return `timing error: expected ${thing} in relative time range +${seconds(time.start_us - base)}~+` +
      `${seconds(end_us - base)} sec but happened at ${live_us >= base ? "+" : ""}${seconds(live_us - base)} sec`;
  }
  return `timing error: expected ${thing} in time range ${seconds(time.start_us)}~${seconds(end_us)} sec ` +
    `but happened at ${seconds(live_us)} sec`;
}

/** `%.6f`. */
export function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}

/**
 * When to give up on an outbound packet, as packetdrill's receive time-out has it: whole seconds, from the moment of looking.
 *
 * @param previous_us resolved time of the event before, 0 for the first
 */
export function receiveTimeout(time: EventTime, previous_us: number): number {
  if (time.kind === "any") return Infinity;
  const end_us = time.kind === "range" ? time.end_us ?? -1 : -1;
  const gap_us = Math.max(time.start_us - previous_us, end_us - previous_us);
  return Math.trunc(gap_us / 1e6 + 2) * 1_000_000;
}
