/**
 * `ethtool` and `nstat`.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";
import { type Command, type CommandResult, failed } from "./world.ts";

const DONE: CommandResult = { status: 0 };

/** Largest aggregate of a device with segmentation offload, octets. */
const GSO_MAX_SIZE = 65_536;
/** Features that make no difference to a device in memory: without TSO, aggregates are cut before they reach it, whatever gso says. */
const HARMLESS = new Set([
  "gso",
  "generic-segmentation-offload",
  "gro",
  "lro",
  "sg",
  "rx",
  "rxvlan",
  "txvlan",
  "ntuple",
  "rxhash",
]);

/** `ethtool -K dev tso off gso off …`. */
export const ethtool: Command = ({ args, world }) => {
  const [option, name, ...rest] = args;
  if (option !== "-K" && option !== "--offload" && option !== "--features") {
    throw new UnsupportedError(`ethtool ${option ?? ""} on the simulated device`);
  }
  if (name !== world.device.name) return failed(75, `netlink error: no device matches name "${name ?? ""}"`);
  let tso = world.device.gso_max_size > 0;
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const on = rest[i + 1] === "on";
    const feature = rest[i]!;
    if (feature === "tso" || feature === "tcp-segmentation-offload") tso = on;
    else if (!HARMLESS.has(feature)) throw new UnsupportedError(`ethtool -K ${feature} on the simulated device`);
  }
  world.device.gso_max_size = tso ? GSO_MAX_SIZE : 0;
  return DONE;
};

/** `nstat`: counters that have grown since the last time it was asked. */
export const nstat: Command = ({ args, world }) => {
  const flags = args.filter((word) => word.startsWith("-")).join("");
  const patterns = args.filter((word) => !word.startsWith("-"));
  if (/[^-asznrd]/.test(flags)) throw new UnsupportedError(`nstat ${flags} on the simulated stack`);
  const absolute = flags.includes("a");
  let stdout = "#kernel\n";
  const now = world.stack.net.mib.snapshot();
  for (const [name, value] of now) {
    const grown = value - (absolute || flags.includes("r") ? 0 : world.nstatHistory.get(name) ?? 0);
    const label = name.replace(".", "");
    if (patterns.length > 0 && !patterns.some((pattern) => matches(pattern, label))) continue;
    if (grown !== 0 || flags.includes("z")) stdout += `${label.padEnd(32)}${String(grown).padEnd(19)}0.0\n`;
  }
  if (!flags.includes("s")) { for (const [name, value] of now) world.nstatHistory.set(name, value); }
  return { status: 0, stdout: flags.includes("n") ? "" : stdout };
};

function matches(pattern: string, name: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(name);
}
