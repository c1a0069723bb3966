/**
 * The conformance harness: parse scripts, run them on targets, report.
 *
 * @module
 */
export { runText, type RunTextOptions } from "./run_text.ts";
export { parseScript, ScriptError } from "./script/mod.ts";
export type { Script } from "./script/syntax.ts";
export { SimTarget, type SimTargetOptions } from "./targets/sim.ts";
export type {
  Availability,
  CapturedPacket,
  CommandOutcome,
  InjectedPacket,
  IpVersion,
  RunningCall,
  Session,
  Target,
  TimedOutcome,
  WorldOptions,
} from "./targets/target.ts";
export { TargetError, UnsupportedError } from "./targets/target.ts";
export { EvidenceEntry, Failure, FieldDifference, Results, RunResult, Verdict } from "./report/results.ts";
export { renderJUnit } from "./report/junit.ts";
export { renderTap } from "./report/tap.ts";
export { renderHtml } from "./report/html.ts";
export { renderPcapng } from "./report/pcapng.ts";
