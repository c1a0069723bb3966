/**
 * What a time-sequence diagram shows, as plain data: who is drawn, and a row for each thing that happened. Renderers need
 * nothing else.
 *
 * @module
 */
import type { RunResult } from "../results.ts";
import type { PacketLayer } from "./packet_layers.ts";

/** What of a run a diagram is made from. */
export type DiagramRun = Pick<RunResult, "verdict" | "message" | "line" | "failure" | "evidence">;

/** Who a packet goes from and to. */
export type Lane = "runner" | "stack";

/** What is said of a packet beside itself. */
export type ArrowFate =
  /** An event of the script asked for it, or it was injected. */
  | "taken"
  /** It goes on with the one before: one packet of the script came in several. */
  | "joined"
  /** The event of its line wanted another. */
  | "refused"
  /** No event took it. */
  | "unclaimed"
  /** The script expected it and it did not come so: nothing was on the wire. */
  | "expected";

interface Row {
  /** Name of the row in its diagram. */
  readonly key: string;
  /** Indices of the entries of the evidence that it stands for; none for what did not happen. */
  readonly entries: readonly number[];
  /** µs of script time. */
  readonly time_us: number;
  /** µs since the row before; 0 for the first. */
  readonly since_us: number;
  /** Line of the script, if any. */
  readonly line?: number | undefined;
  /** What failed here, in words, where the run failed at this row. */
  readonly failure?: string | undefined;
  /** Calls that have begun before and return later, as the script writes them. */
  readonly waiting: readonly string[];
}

/** Words of a packet, apart as far as they can be told. */
export interface PacketWords {
  /** What comes first: a segment's flags and sequence numbers, or the kind of message. */
  readonly lead: string;
  /** The rest. */
  readonly rest: string;
}

/** A packet. */
export interface ArrowRow extends Row {
  readonly kind: "arrow";
  readonly from: Lane;
  readonly to: Lane;
  readonly fate: ArrowFate;
  /** The packet in the script's terms. */
  readonly text: string;
  readonly words: PacketWords;
  /** Headers and fields; none where octets are not known. */
  readonly layers: readonly PacketLayer[];
}

/** A system call, or one end of it where something happened in between. */
export interface CallRow extends Row {
  readonly kind: "call";
  readonly part: "whole" | "begins" | "returns";
  /** Name of the call. */
  readonly name: string;
  /** As the script writes it, with the result that it expects. */
  readonly text: string;
  /** What it returned; absent where it begins, and where it never returned. */
  readonly result?: string | undefined;
}

/** A shell command, a code block, a note, or where the run failed without a thing to show. */
export interface EventRow extends Row {
  readonly kind: "command" | "code" | "note" | "verdict";
  readonly text: string;
}

/** Something that happened, or that ought to have. */
export type DiagramRow = ArrowRow | CallRow | EventRow;

/** A diagram. */
export interface Diagram {
  /** Rows in the order of time. */
  readonly rows: readonly DiagramRow[];
  /** Key of the row at which the run failed. */
  readonly failing?: string | undefined;
  /** µs of script time of the first row and of the last. */
  readonly from_us: number;
  readonly to_us: number;
}
