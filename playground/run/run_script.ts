/**
 * Runs a script on our stack in virtual time, wherever this is: no files, no network, no programs.
 *
 * @module
 */
import { SmallPython } from "../../conformance/code/small_python.ts";
import type { RunResult } from "../../conformance/report/results.ts";
import { executeRun } from "../../conformance/runner/execute.ts";
import { planText } from "../../conformance/runner/plan.ts";
import type { IpVersion } from "../../conformance/script/syntax.ts";
import { NO_FILES } from "../../conformance/targets/sim/host_files.ts";
import { InProcessTarget } from "../../conformance/targets/sim/in_process.ts";
import { Stack } from "../../stack/stack.ts";

/** What the stack follows where Linux parts from an RFC: names of the targets too, as on the command line. */
export type Profile = "linux" | "rfc";

/** What is to be run. */
export interface RunRequest {
  readonly script: string;
  /** Its path, for messages, and for what a name says of the family. */
  readonly path: string;
  readonly profile: Profile;
  /** The family; undefined: those that the script asks for. */
  readonly variant: IpVersion | undefined;
}

/** Longest time of the computer's that a script may take where it looks at it, µs. */
const LIMIT_US = 10e6;

function targetOf(profile: Profile): InProcessTarget {
  if (profile === "linux") return new InProcessTarget(NO_FILES);
  return new InProcessTarget(NO_FILES, {
    name: "rfc",
    makeStack: (options) => new Stack({ ...options, profile: "rfc" }),
  });
}

/** Runs the script in each family that it asks for. What goes wrong is a verdict. */
export async function runScript(request: RunRequest): Promise<RunResult[]> {
  const { script, path, profile, variant } = request;
  const target = targetOf(profile);
  const options = { python: new SmallPython(), cwd: "/", strict: false, limit_us: LIMIT_US };
  const results: RunResult[] = [];
  for (const run of planText({ path, text: script }, variant)) {
    const { result } = await executeRun(target, run, options);
    // Evidence is put into words when it is read: here, not where it goes.
    results.push({ ...result, ...(result.evidence === undefined ? {} : { evidence: [...result.evidence] }) });
  }
  return results;
}
