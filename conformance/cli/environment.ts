/**
 * What the results say of the machine and of what was tested.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import type { Environment, LeftOut } from "../report/results.ts";
import type { Target } from "../targets/target.ts";

/** The environment section, without the command. */
export async function describeEnvironment(
  targets: readonly Target[],
  leftOut: readonly LeftOut[],
  limits: readonly LeftOut[],
): Promise<Omit<Environment, "command">> {
  const described: Record<string, string> = {};
  for (const target of targets) described[target.name] = await target.describe();
  return {
    netproof: config.version,
    deno: Deno.version.deno,
    os: Deno.build.os,
    kernel: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    started: new Date().toISOString(),
    targets: described,
    left_out: [...leftOut],
    ...(limits.length === 0 ? {} : { limits: [...limits] }),
  };
}
