/**
 * Which targets can be used here, and what to say of those that can't.
 *
 * @module
 */
import { ExternalTarget } from "../targets/external.ts";
import { KernelTarget } from "../targets/kernel.ts";
import { Stack } from "../../stack/stack.ts";
import { LINUX_FAMILY, type LinuxTarget, linuxTarget } from "../targets/linux.ts";
import { SimTarget } from "../targets/sim.ts";
import type { Target } from "../targets/target.ts";
import { TunTarget } from "../targets/tun.ts";
import type { LeftOut } from "../report/results.ts";
import { ALL_TARGET_NAMES, type ConformanceOptions, TARGET_NAMES, type TargetName } from "./options.ts";
import { UsageError } from "./usage_error.ts";

const MAKERS: Readonly<Record<TargetName, () => Target>> = {
  sim: () => new SimTarget(),
  rfc: () => new SimTarget({ name: "rfc", makeStack: (options) => new Stack({ ...options, profile: "rfc" }) }),
  tun: () => new TunTarget(),
  kernel: () => new KernelTarget(),
};

/** The targets to run on, and those that were wanted but can't be used here. */
export interface ChosenTargets {
  readonly targets: readonly Target[];
  readonly leftOut: readonly LeftOut[];
  /** What is to be said of those that can. */
  readonly limits: readonly LeftOut[];
}

/** What network namespaces want: as root of a user namespace, an ordinary user can make them. */
const NEEDS_ROOT = "network namespaces need root here (EPERM)";

/**
 * Names of the targets to run on, in order, but for the kernels of `--linux`. Who gives an adapter and no target wants to
 * see that stack, beside the one that is there for nothing; who gives a kernel wants to see that.
 */
export function wantedTargets(
  { target, adapter, linux }: Pick<ConformanceOptions, "target" | "adapter" | "linux">,
): string[] {
  const own = adapter.map(({ name }) => name);
  if (target !== undefined) return [...ALL_TARGET_NAMES, ...own].filter((name) => target.includes(name));
  if (own.length > 0) return ["sim", ...own];
  return linux.length > 0 ? [] : [...TARGET_NAMES];
}

/** The kernels of `--linux`. Their names are known once each has been asked for its version. */
async function kernelsOf({ linux, target, adapter }: ConformanceOptions): Promise<LinuxTarget[]> {
  const kernels = await Promise.all(linux.map(linuxTarget));
  const taken = new Set<string>([...ALL_TARGET_NAMES, ...adapter.map(({ name }) => name)]);
  for (const { name } of kernels) {
    if (taken.has(name)) {
      throw new UsageError(`there are two targets ${name}`, "Give each another name: --linux NAME=FILE.");
    }
    taken.add(name);
  }
  const missing = target?.find((name) => name !== LINUX_FAMILY && !taken.has(name));
  if (missing === undefined) return kernels;
  const there = kernels.map(({ name }) => name).join(", ");
  throw new UsageError(`--target ${missing}: there is no such kernel, only ${there}`, "Name it: --linux NAME=FILE.");
}

function makersOf(options: ConformanceOptions): Map<string, () => Target> {
  const makers = new Map<string, () => Target>(Object.entries(MAKERS));
  for (const { name, command, args } of options.adapter) {
    makers.set(name, () => new ExternalTarget({ name, command: { command, args } }));
  }
  return makers;
}

function notNamed(name: string): LeftOut {
  return { target: name, reason: "--target does not name it", remedy: `add ${name} to --target` };
}

/**
 * The targets that the command line names; without `--target` all that can be used here, or `sim` and the adapters.
 *
 * @param rootless what an ordinary user lacks to become root of a user namespace, where that is the matter
 * @throws {UsageError} when none can be used
 */
export async function chooseTargets(options: ConformanceOptions, rootless?: string): Promise<ChosenTargets> {
  const kernels = await kernelsOf(options);
  const makers = makersOf(options);
  const wanted = wantedTargets(options);
  const targets: Target[] = [];
  const leftOut: LeftOut[] = [];
  const limits: LeftOut[] = [];
  for (const name of wanted) {
    const target = makers.get(name)!();
    const availability = await target.probe();
    if (availability.available) {
      targets.push(target);
      for (const { what, remedy = "" } of availability.limits ?? []) {
        limits.push({ target: name, reason: what, remedy });
      }
    } else {
      await target.close();
      const { reason, remedy } = availability;
      leftOut.push({ target: name, reason, remedy: reason === NEEDS_ROOT ? rootless ?? remedy : remedy });
    }
  }
  const { target: named } = options;
  for (const kernel of kernels) {
    if (named === undefined || named.includes(kernel.name) || named.includes(LINUX_FAMILY)) targets.push(kernel);
    else leftOut.push(notNamed(kernel.name));
  }
  if (targets.length === 0) {
    const why = leftOut.map((each) => `${each.target}: ${each.reason}`).join("\n  ");
    throw new UsageError(`none of the targets can be used here:\n  ${why}`, leftOut[0]?.remedy);
  }
  for (const { name } of options.adapter) {
    if (wanted.includes(name)) continue;
    leftOut.push(notNamed(name));
  }
  return { targets, leftOut, limits };
}
