/**
 * What the timeline's thread and the workshop thread say to each other. Both are ours and of one version, so the
 * messages are not validated.
 *
 * @module
 */

import type { CommandOutcome, WorldOptions } from "../target.ts";
import type { Refusal } from "./refusals.ts";
import type { Tick } from "./tick.ts";
import type { WorldDescriptors, WorldKind } from "./world.ts";

/** How the workshop thread begins. */
export interface WorkshopStart {
  /** Its end of the channel. */
  readonly fd: number;
  /** The machine's clock stands still while anything runs. */
  readonly virtualClock: boolean;
}

/** What the workshop is asked to do. */
export type WorkshopRequest =
  | { readonly id: number; readonly type: "make"; readonly options: WorldOptions; readonly kind: WorldKind }
  | { readonly id: number; readonly type: "command"; readonly world: number; readonly text: string }
  | { readonly id: number; readonly type: "destroy"; readonly world: number };

/** A world made by the workshop. */
export interface MadeWorld extends WorldDescriptors {
  /** Number by which the workshop knows it. */
  readonly world: number;
  /** The kernel's tick. */
  readonly tick: Tick;
  /** What making it took, µs. */
  readonly took_us: number;
}

/** What a command did, and what was refused to it. */
export interface WatchedOutcome extends CommandOutcome {
  readonly refusals: readonly Refusal[];
}

/** What became of a request. */
export type WorkshopReply =
  | { readonly id: number; readonly made: MadeWorld }
  | { readonly id: number; readonly command: WatchedOutcome }
  | { readonly id: number; readonly destroyed: true }
  | { readonly id: number; readonly error: string };
