/**
 * The conformance harness: parse scripts, run them on targets, report.
 *
 * @module
 */
export { runText, type RunTextOptions } from "./run_text.ts";
export * from "./script/mod.ts";
export { ExternalTarget, type ExternalTargetOptions } from "./targets/external.ts";
export { SimTarget, type SimTargetOptions } from "./targets/sim.ts";
export { type HostFiles, NO_FILES } from "./targets/sim/host_files.ts";
export { InProcessTarget, type InProcessTargetOptions } from "./targets/sim/in_process.ts";
export type {
  Availability,
  CapturedPacket,
  CommandOutcome,
  EthernetEnds,
  InjectedPacket,
  InterfaceOptions,
  Lack,
  RouteOptions,
  RunningCall,
  Session,
  Target,
  TimedOutcome,
  WorldOptions,
} from "./targets/target.ts";
export { MachineError, TargetError, UnsupportedError } from "./targets/target.ts";
export type {
  CallRecord,
  Environment,
  EvidenceEntry,
  Failure,
  FailureKind,
  FieldDifference,
  LeftOut,
  OutdatedEntry,
  RequirementResult,
  Results,
  RunResult,
  TimeFacts,
  Try,
  Verdict,
} from "./report/results.ts";
export * from "./requirements/mod.ts";
export { parseResults, ResultsError } from "./report/results_schema.ts";
export type { TraceSample } from "./report/trace.ts";
export { renderJUnit } from "./report/junit.ts";
export { renderTap } from "./report/tap.ts";
export { renderHtml } from "./report/html.ts";
export { renderPcapng } from "./report/pcapng.ts";
export type { EpollEvent, PollFd, SystemCallOutcome, SystemCallRequest } from "../abi/system_call.ts";
export { Stack, type StackOptions } from "../stack/stack.ts";
export type { AdapterCommand, AdapterPatience } from "./targets/adapter/process.ts";
