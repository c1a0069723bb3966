/**
 * How a script fails.
 *
 * @module
 */
import type { Failure, FieldDifference } from "../report/results.ts";
import type { Lack } from "../targets/target.ts";
import type { LivePacket } from "./live.ts";

/** What a {@link ScriptFailure} knows beyond its words. */
export interface FailureDetails {
  /** The script packet as a dump. */
  readonly expected?: string | undefined;
  /** The live packet in script terms. */
  readonly actual?: string | undefined;
  readonly actualBytes?: Uint8Array | undefined;
  readonly differences?: readonly FieldDifference[] | undefined;
  /** What the machine lacks or refused. */
  readonly lack?: Lack | undefined;
  /** `--non_fatal=packet` may turn it into a warning. */
  readonly mayBeWarning?: boolean | undefined;
}

/** A check that did not hold. */
export class ScriptFailure extends Error {
  override name = "ScriptFailure";

  /**
   * @param kind the stable word for it
   * @param text what follows `file:line: ` in the message
   * @param line line of the script, undefined for the script as a whole (then the message has no line)
   */
  constructor(
    readonly kind: Failure["kind"],
    readonly text: string,
    readonly line: number | undefined,
    readonly details: FailureDetails = {},
  ) {
    super(text);
  }
}

/** What the script itself got wrong: the stack under test has no part in it, so the verdict is `error`. */
export class ScriptFault extends ScriptFailure {
  override name = "ScriptFault";
}

/** Why a packet does not match, before it is known how that is reported. */
export class PacketMismatch extends Error {
  override name = "PacketMismatch";

  /**
   * @param reason packetdrill's words
   * @param mayBeWarning `--non_fatal=packet` applies
   */
  constructor(
    readonly reason: string,
    readonly mayBeWarning: boolean,
    readonly differences: readonly FieldDifference[] = [],
    readonly kind: Failure["kind"] = "packet",
    readonly live: LivePacket | undefined = undefined,
  ) {
    super(reason);
  }
}

/** A system call's argument or result is not as the script has it; the message is packetdrill's reason. */
export class CallError extends Error {
  override name = "CallError";

  /** @param kind what is wrong with it */
  constructor(message: string, readonly kind: "call" | "call-time" = "call") {
    super(message);
  }
}

/** As {@link CallError}, where a result that came can't be judged because of the script: its fault, not the stack's. */
export class CallFault extends CallError {
  override name = "CallFault";
}
