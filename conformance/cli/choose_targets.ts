/**
 * Which targets can be used here, and what to say of those that can't.
 *
 * @module
 */
import { KernelTarget } from "../targets/kernel.ts";
import { SimTarget } from "../targets/sim.ts";
import type { Target } from "../targets/target.ts";
import { TunTarget } from "../targets/tun.ts";
import type { LeftOut } from "../report/results.ts";
import { type ConformanceOptions, TARGET_NAMES, type TargetName } from "./options.ts";
import { UsageError } from "./usage_error.ts";

const MAKERS: Readonly<Record<TargetName, () => Target>> = {
  sim: () => new SimTarget(),
  tun: () => new TunTarget(),
  kernel: () => new KernelTarget(),
};

/** The targets to run on, and those that were wanted but can't be used here. */
export interface ChosenTargets {
  readonly targets: readonly Target[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The targets that the command line names; without `--target` all that can be used here.
 *
 * @throws {UsageError} when none can be used
 */
export async function chooseTargets(options: ConformanceOptions): Promise<ChosenTargets> {
  const wanted = TARGET_NAMES.filter((name) => options.target === undefined || options.target.includes(name));
  const targets: Target[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of wanted) {
    const target = MAKERS[name]();
    const availability = await target.probe();
    if (availability.available) {
      targets.push(target);
    } else {
      await target.close();
      leftOut.push({ target: name, reason: availability.reason, remedy: availability.remedy });
    }
  }
  if (targets.length === 0) {
    const why = leftOut.map((each) => `${each.target}: ${each.reason}`).join("\n  ");
    throw new UsageError(`none of the targets can be used here:\n  ${why}`, leftOut[0]?.remedy);
  }
  return { targets, leftOut };
}
