/**
 * Calls that wait: an attempt that is made again whenever something it waits for may have changed.
 *
 * @module
 */
import type { WaitQueue } from "../inet/wait_queue.ts";
import { EINTR } from "../../abi/errno.ts";
import type { Net } from "../net.ts";
import type { Timer } from "../timers.ts";
import type { PendingCall, SystemCallOutcome } from "../../abi/system_call.ts";

/** An attempt can't finish yet: try again once one of these wakes. */
export interface Blocked {
  readonly on: readonly WaitQueue[];
}

/** What a system call is made of. */
export interface Operation {
  /** Makes progress and returns the outcome, or says what to wait for. */
  attempt(): SystemCallOutcome | Blocked;
  /** How long it may wait, µs; absent for ever. */
  readonly timeout_us?: number | undefined;
  /** The outcome once the time is over. Default: {@link interrupted}, or -1 EINTR. */
  timedOut?(): SystemCallOutcome;
  /** The outcome when a signal comes: progress so far, or `errno`. Default: -1 with `errno`. */
  interrupted?(errno: number): SystemCallOutcome;
  /** Called once when the call is over, however it ended. */
  finished?(): void;
}

/** A call that returned a value or `-errno`. */
export function outcome(result: number, more: Partial<SystemCallOutcome> = {}): SystemCallOutcome {
  return result < 0 ? { ...more, result: -1, errno: -result } : { ...more, result, errno: 0 };
}

/** A call that is over. */
export class SettledCall implements PendingCall {
  /** A call that returned `outcome`. */
  constructor(readonly outcome: SystemCallOutcome) {}

  /** See {@link PendingCall.onSettled}. */
  onSettled(settled: (outcome: SystemCallOutcome) => void): void {
    settled(this.outcome);
  }

  /** It is too late. */
  cancel(): void {}
}

/**
 * Runs waiting calls. A wake-up only marks a call as runnable; it runs from the stack's timers, so that no call reads or
 * writes a socket while the stack is in the middle of that socket's packet.
 */
export class CallRunner {
  private ready: WaitingCall[] = [];
  private readonly timer: Timer;

  /** The runner of one stack. */
  constructor(readonly net: Net) {
    this.timer = net.timers.create("system-calls", () => this.run());
  }

  /** Makes a call: settled when it could finish at once. */
  start(operation: Operation): PendingCall {
    const first = operation.attempt();
    if (!("on" in first)) {
      operation.finished?.();
      return new SettledCall(first);
    }
    const call = new WaitingCall(this, operation);
    if (operation.timeout_us !== undefined && operation.timeout_us <= 0) {
      call.expire();
      return call;
    }
    call.wait(first);
    return call;
  }

  /** Marks a call as runnable. */
  schedule(call: WaitingCall): void {
    this.ready.push(call);
    if (!this.timer.pending) this.timer.arm(this.net.now);
  }

  /** Runs what is runnable now. */
  run(): void {
    const batch = this.ready;
    this.ready = [];
    for (const call of batch) call.resume();
  }
}

/** A call that waits. */
export class WaitingCall implements PendingCall {
  outcome: SystemCallOutcome | undefined = undefined;
  private readonly listeners: ((outcome: SystemCallOutcome) => void)[] = [];
  private unsubscribe: (() => void)[] = [];
  private scheduled = false;
  private readonly timer: Timer | undefined;

  /** A call whose first attempt did not finish. */
  constructor(private readonly runner: CallRunner, private readonly operation: Operation) {
    const timeout = operation.timeout_us;
    if (timeout !== undefined && timeout > 0) {
      this.timer = runner.net.timers.create("system-call-timeout", () => this.expire());
      this.timer.arm(runner.net.now + timeout);
    }
  }

  /** See {@link PendingCall.onSettled}. */
  onSettled(settled: (outcome: SystemCallOutcome) => void): void {
    if (this.outcome !== undefined) settled(this.outcome);
    else this.listeners.push(settled);
  }

  /** See {@link PendingCall.cancel}. */
  cancel(errno: number = EINTR): void {
    if (this.outcome !== undefined) return;
    this.settle(this.operation.interrupted?.(errno) ?? outcome(-errno));
  }

  /** Subscribes to what it waits for. */
  wait(blocked: Blocked): void {
    for (const release of this.unsubscribe) release();
    this.unsubscribe = blocked.on.map((queue) =>
      queue.add(() => {
        if (this.scheduled) return;
        this.scheduled = true;
        this.runner.schedule(this);
      })
    );
  }

  /** Tries again. */
  resume(): void {
    this.scheduled = false;
    if (this.outcome !== undefined) return;
    const result = this.operation.attempt();
    if ("on" in result) this.wait(result);
    else this.settle(result);
  }

  /** The time is over; one last look, since what it waits for may have come at this very moment. */
  expire(): void {
    if (this.outcome !== undefined) return;
    if (this.scheduled) {
      this.resume();
      if (this.outcome !== undefined) return;
    }
    this.settle(this.operation.timedOut?.() ?? this.operation.interrupted?.(EINTR) ?? outcome(-EINTR));
  }

  private settle(result: SystemCallOutcome): void {
    this.outcome = result;
    this.timer?.cancel();
    for (const release of this.unsubscribe) release();
    this.unsubscribe = [];
    this.operation.finished?.();
    for (const listener of this.listeners.splice(0)) listener(result);
  }
}
