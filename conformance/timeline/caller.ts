/**
 * Making the system calls of a script, those that block on the side.
 *
 * @module
 */
import { errnoName } from "../../abi/errno_text.ts";
import type { SystemCallAction } from "../script/syntax.ts";
import { type RunningCall, type TimedOutcome, UnsupportedError } from "../targets/target.ts";
import { type CallEnvironment, judgeResult, prepareCall, type PreparedCall } from "./calls/mod.ts";
import { withInterfaceNumbers } from "./calls/interface_names.ts";
import { recordCall } from "./call_record.ts";
import type { EventPlace, RunContext } from "./context.ts";
import { CallError, CallFault, ScriptFailure, ScriptFault } from "./failure.ts";
import { tolerance } from "./time.ts";

/** Rejects a wait because the call that was waited for has returned. */
class CallReturned extends Error {
  override name = "CallReturned";
}

interface Blocking {
  readonly running: RunningCall;
  readonly action: SystemCallAction;
  readonly line: number;
  /** It has returned and was judged. */
  done: boolean;
}

/** Makes system calls and judges them. */
export class Caller {
  readonly #run: RunContext;
  #environment: CallEnvironment | undefined;
  #blocking: Blocking | undefined;
  #failure: Error | undefined;

  constructor(run: RunContext) {
    this.#run = run;
  }

  #env(): CallEnvironment {
    const { config, sockets, interfaces, nplab, session } = this.#run;
    return this.#environment ??= { config, sockets, interfaces, nplab, epoch_us: session.epoch_us };
  }

  /** Throws what a blocking call on the side found wrong. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Gives a call that is still in progress so much time to return. */
  async settleFirst(wait_us: number): Promise<void> {
    const blocking = this.#blocking;
    if (blocking === undefined || blocking.done) return;
    await this.#waitForReturn(blocking.running, this.#run.session.now() + wait_us);
    this.throwFailure();
  }

  /** As {@link settleFirst}; a call that has not returned then fails the script. */
  async requireIdle(wait_us: number, line: number): Promise<void> {
    await this.settleFirst(wait_us);
    if (!this.busy) return;
    throw new ScriptFailure(
      "blocked",
      "blocking system call while another blocking system call is already in progress",
      line,
    );
  }

  /** At the end of the script no call may be in progress. */
  async requireDone(wait_us: number): Promise<void> {
    await this.settleFirst(wait_us);
    if (this.#blocking === undefined || this.#blocking.done) return;
    throw new ScriptFailure(
      "blocked",
      "runtime error: exiting while a blocking system call is in progress",
      this.#blocking.line,
    );
  }

  /** Whether a call is in progress on the side. */
  get busy(): boolean {
    return this.#blocking !== undefined && !this.#blocking.done;
  }

  /** What can be made ready of a call before its time has come. Throws a {@link ScriptFailure} for one that can't be made. */
  prepare(action: SystemCallAction, line: number): PreparedCall {
    try {
      return prepareCall(withInterfaceNumbers(action, this.#run.interfaces), this.#env());
    } catch (error) {
      throw this.#callFailure(error, action, line);
    }
  }

  /** Makes a call whose time has come; returns when the event is over. */
  async call(
    action: SystemCallAction,
    prepared: PreparedCall,
    place: EventPlace,
    warn: (text: string) => void,
  ): Promise<number> {
    const { session, evidence } = this.#run;
    const { line } = place;
    const started_us = session.now();
    evidence.add("call", started_us, line, () => callText(action, this.#run.script.source));
    const running = session.call(prepared.request);
    if (action.blockingEnd_us !== undefined) return await this.#onTheSide(action, place, prepared, running, started_us);
    const outcome = running.outcome ?? await this.#normalReturn(action, running, line);
    try {
      this.#judge(action, prepared, outcome, line);
    } catch (error) {
      const failed = error instanceof ScriptFailure && !(error instanceof ScriptFault);
      const judged = this.#run.options.unjudgedCalls !== true &&
        !(this.#run.nplab && this.#run.config.non_fatal.syscall);
      if (!failed || judged) throw error;
      warn(`${this.#run.script.path}:${line}: ${error.text.replace("runtime error", "runtime warning")}`);
    }
    return outcome.ended_us;
  }

  /** A call that is not expected to block, but has not returned at once. */
  async #normalReturn(action: SystemCallAction, running: RunningCall, line: number): Promise<TimedOutcome> {
    const { limit_us, patience_us, options, session } = this.#run;
    const deadline = options.virtualTime ? session.now() + patience_us : limit_us;
    await this.#waitForReturn(running, deadline);
    if (running.outcome !== undefined) return running.outcome;
    if (session.stuck !== undefined) throw session.stuck;
    const text = `runtime error in ${action.name} call: the call does not return`;
    // A file that nobody opens from the other side, say, is no part of the stack.
    if (action.name === "open") throw new ScriptFault("blocked", text, line);
    throw new ScriptFailure("blocked", text, line);
  }

  async #onTheSide(
    action: SystemCallAction,
    place: EventPlace,
    prepared: PreparedCall,
    running: RunningCall,
    asked_us: number,
  ): Promise<number> {
    const { session } = this.#run;
    const blocking: Blocking = { running, action, line: place.line, done: false };
    this.#blocking = blocking;
    running.settled.then(
      (outcome) => {
        blocking.done = true;
        try {
          this.#judge(action, prepared, outcome, place.line);
          this.#checkReturn(place, outcome);
        } catch (error) {
          this.#fail(error);
        }
      },
      (error) => {
        blocking.done = true;
        this.#fail(error);
      },
    );
    const awake_us = await running.started;
    // The thread that makes the call begins some time later than it was asked to.
    const began_us = running.outcome === undefined ? awake_us : undefined;
    if (began_us !== undefined) {
      this.#run.facts.late(began_us - Math.max(asked_us, place.time.start_us), place.tolerance_us, place.line);
    }
    // A call that returned at once was judged by what hangs on its promise; let that happen first.
    await Promise.resolve();
    this.throwFailure();
    if (running.outcome !== undefined) return running.outcome.ended_us;
    const over_us = awake_us ?? session.now();
    // Where nobody says when it began, it was at some time until the target said that it waits.
    if (awake_us === undefined) this.#run.facts.held(over_us - asked_us);
    return over_us;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#run.session.interrupt(this.#failure);
  }

  #checkReturn(place: EventPlace, outcome: TimedOutcome): void {
    const { time } = place;
    const end_us = time.end_us ?? time.start_us;
    const problem = this.#run.facts.check(
      "system call return",
      { ...time, start_us: end_us, end_us: undefined },
      outcome.ended_us,
      tolerance(this.#run.config, end_us, time.start_us),
      place.line,
    );
    if (problem !== undefined) throw new ScriptFailure("call-time", problem, place.line);
  }

  #judge(action: SystemCallAction, prepared: PreparedCall, outcome: TimedOutcome, line: number): void {
    const { evidence, sockets, config } = this.#run;
    const { descriptors } = sockets;
    // Only a call that gives descriptors back needs to know what they are called now.
    const names = { config, descriptors: outcome.events === undefined ? descriptors : new Map(descriptors) };
    evidence.returned(outcome.ended_us, line, () => recordCall(action, prepared, outcome, names));
    try {
      const lacking = prepared.lacking?.(outcome);
      if (lacking !== undefined) throw new UnsupportedError(lacking);
      const expected = judgeResult(action, prepared, outcome);
      prepared.finish?.(outcome, expected);
    } catch (error) {
      throw this.#callFailure(error, action, line, outcome);
    }
  }

  #callFailure(error: unknown, action: SystemCallAction, line: number, outcome?: TimedOutcome): unknown {
    if (!(error instanceof CallError)) return error;
    const { source } = this.#run.script;
    // A call that can't even be made, or whose result can't be judged, says nothing about the stack.
    const Failed = outcome === undefined || error instanceof CallFault ? ScriptFault : ScriptFailure;
    return new Failed(error.kind, `runtime error in ${action.name} call: ${error.message}`, line, {
      expected: callText(action, source),
      ...(outcome === undefined
        ? {}
        : { actual: `${outcome.result}${outcome.result < 0 ? ` ${errnoName(outcome.errno)}` : ""}` }),
    });
  }

  /** Waits until a call returns or `deadline_us` has come; the stack under test goes on meanwhile. */
  async #waitForReturn(running: RunningCall, deadline_us: number): Promise<void> {
    if (running.outcome !== undefined) return;
    const { session, options } = this.#run;
    if (options.virtualTime) {
      const returned = new CallReturned();
      let waiting = true;
      running.settled.then(
        () => waiting && session.interrupt(returned),
        (error) => waiting && session.interrupt(error),
      );
      try {
        await session.waitUntil(deadline_us);
      } catch (error) {
        if (error !== returned) throw error;
      } finally {
        waiting = false;
      }
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expiry = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(Math.max(0, (deadline_us - session.now()) / 1000), 2 ** 31 - 1));
    });
    try {
      await Promise.race([running.settled, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A call as the script has it, on one line. */
function callText(action: SystemCallAction, source: string): string {
  return source.slice(action.span.start, action.span.end).replace(/\s+/g, " ");
}
