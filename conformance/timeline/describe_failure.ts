/**
 * A failure as the results document has it.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import type { Failure } from "../report/results.ts";
import { clausesBroken } from "../script/clauses.ts";
import type { Script } from "../script/syntax.ts";
import type { ScriptFailure } from "./failure.ts";

/** What went wrong, for the results document; `line` is where in `script`. */
export function describeFailure(failure: ScriptFailure, script: Script, line: number | undefined): Failure {
  const { expected, actual, actualBytes, differences, lack } = failure.details;
  return {
    kind: failure.kind,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    ...(actualBytes === undefined ? {} : { actual_bytes: toHex(actualBytes) }),
    ...(differences === undefined || differences.length === 0 ? {} : { differences: [...differences] }),
    ...(lack === undefined ? {} : { lack }),
    ...clausesBroken(script, line),
  };
}
