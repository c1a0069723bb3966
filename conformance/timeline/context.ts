/**
 * What the parts of one run share.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import type { Script } from "../script/syntax.ts";
import type { Session } from "../targets/target.ts";
import type { Evidence } from "./evidence.ts";
import type { HousekeepingKind } from "./housekeeping.ts";
import type { Interfaces } from "./interfaces.ts";
import type { SocketTable } from "./sockets.ts";
import type { FactKeeper } from "./facts.ts";
import type { EventTime } from "./time.ts";
import type { RunOptions } from "./types.ts";

/** One run of one script. */
export interface RunContext {
  readonly script: Script;
  readonly config: ScriptConfig;
  readonly session: Session;
  readonly options: RunOptions;
  readonly interfaces: Interfaces;
  readonly sockets: SocketTable;
  readonly evidence: Evidence;
  readonly facts: FactKeeper;
  readonly nplab: boolean;
  /** The script uses words, or has a header, that packetdrill does not know. */
  readonly extended: boolean;
  /** Kinds of TCP options that the script names. */
  readonly optionKinds: ReadonlySet<number>;
  /** Kinds of packets that hosts send by themselves and that the script has words for. */
  readonly worded: ReadonlySet<HousekeepingKind>;
  /** A packet that nobody expected fails the script. */
  readonly strict: boolean;
  /** Script time at which the run is given up, µs; Infinity in virtual time. */
  readonly limit_us: number;
  /** How long is waited for what may never come, µs. */
  readonly patience_us: number;
  /** Throws when the run has used up what it may. */
  checkBudget(): void;
  /** How much of the limit is left, ms of the computer's time. */
  remaining_ms(): number;
}

/** Where in the timeline an event stands. */
export interface EventPlace {
  readonly line: number;
  readonly time: EventTime;
  /** Resolved time of the event before, undefined for the first. */
  readonly previous_us: number | undefined;
  /** When the event before was over. */
  readonly previousEnd_us: number;
  readonly tolerance_us: number;
}
