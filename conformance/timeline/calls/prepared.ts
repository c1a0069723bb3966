/**
 * A system call of a script made ready, and what judging its outcome needs.
 *
 * @module
 */
import { strerror } from "../../../abi/errno_text.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";
import type { ScriptConfig } from "../../script/options.ts";
import type { SystemCallAction } from "../../script/syntax.ts";
import { CallError, CallFault } from "../failure.ts";
import type { Interfaces } from "../interfaces.ts";
import type { SocketTable } from "../sockets.ts";
import { unknownSymbol } from "./values.ts";

/** What preparing a call depends on. */
export interface CallEnvironment {
  readonly config: ScriptConfig;
  readonly sockets: SocketTable;
  readonly interfaces: Interfaces;
  readonly nplab: boolean;
  /** Wall-clock time at script time 0, µs; undefined where the target does not tell. */
  readonly epoch_us: number | undefined;
}

/** A call ready to be made. */
export interface PreparedCall {
  readonly request: SystemCallRequest;
  /** `descriptor`: any result of at least 0 passes where one is expected. */
  readonly result: "exact" | "descriptor";
  /** What the target has not got, if that is what the result says: the script is skipped. */
  readonly lacking?: (outcome: SystemCallOutcome) => string | undefined;
  /** Runs once the result and errno were as expected: output values and bookkeeping. Throws {@link CallError}. */
  readonly finish?: (outcome: SystemCallOutcome, expected: number) => void;
}

/** Makes one call of a script ready; throws {@link CallError} for arguments that don't fit. */
export type CallHandler = (action: SystemCallAction, environment: CallEnvironment) => PreparedCall;

/** The live descriptor that a script descriptor stands for. */
export function liveDescriptor(environment: CallEnvironment, fd: number): number {
  const live = environment.sockets.descriptors.get(fd);
  if (live === undefined) throw new CallError(`unable to find fd with script fd ${fd}${openNow(environment)}`);
  return live;
}

/** What to do about a descriptor that there is not. */
function openNow(environment: CallEnvironment): string {
  const open = [...environment.sockets.descriptors.keys()].join(", ");
  return open === "" ? "; none is open here" : `; open here: ${open}`;
}

/** Gives a new live descriptor a name in the script. */
export function bindDescriptor(environment: CallEnvironment, script: number, live: number): void {
  if (environment.sockets.descriptors.has(script)) throw new CallFault(`duplicate fd ${script} in script`);
  environment.sockets.descriptors.set(script, live);
}

/** Throws unless there are so many arguments. */
export function argumentCount(action: SystemCallAction, ...counts: readonly number[]): void {
  if (counts.includes(action.args.length)) return;
  throw new CallError(`Expected ${counts[0]} args but got ${action.args.length}`);
}

/** Checks result and errno; what is said is packetdrill's. */
export function judgeResult(action: SystemCallAction, call: PreparedCall, outcome: SystemCallOutcome): number {
  const expected = expectedResult(action);
  const actual = outcome.result;
  const got = `${actual} with errno ${outcome.errno} (${strerror(outcome.errno)})`;
  if (call.result === "descriptor" && expected >= 0) {
    if (actual < 0) throw new CallError(`Expected non-negative result but got ${got}`);
  } else if (actual !== expected) {
    throw new CallError(`Expected result ${expected} but got ${got}`);
  }
  if (action.errno !== undefined) {
    const wanted = action.errno.value;
    if (wanted === undefined) throw new CallFault(unknownSymbol(action.errno.name));
    if (outcome.errno !== wanted) {
      throw new CallError(
        `Expected errno ${wanted} (${strerror(wanted)}) but got ${outcome.errno} (${strerror(outcome.errno)})`,
      );
    }
  }
  return expected;
}

/** The literal result; anything else is an error that shows when the call is made. */
export function expectedResult(action: SystemCallAction): number {
  const { result } = action;
  if (result.kind !== "integer") throw new CallError(`Bad type; actual: ${result.kind} expected: integer`);
  return result.value > 0x7fffffff && result.value <= 0xffffffff ? result.value | 0 : result.value;
}
