/**
 * What the page and its worker say to each other.
 *
 * @module
 */
import type { RunResult } from "../../conformance/report/results.ts";
import type { RunRequest } from "../run/run_script.ts";

/** The page to the worker. */
export interface WorkerRequest extends RunRequest {
  readonly id: number;
}

/** The worker to the page: it has begun with a script. */
export interface WorkerBegun {
  readonly id: number;
  readonly begun: true;
}

/** The worker to the page: what became of a script. */
export interface WorkerReply {
  readonly id: number;
  /** One for each family that the script ran in; empty with {@link problem}. */
  readonly results: readonly RunResult[];
  /** Why there are none: a fault of ours. */
  readonly problem?: string | undefined;
  /** How long the runs took, ms. */
  readonly took_ms: number;
}
