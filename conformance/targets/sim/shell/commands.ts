/**
 * The commands of a simulated world, by name.
 *
 * @module
 */
import * as core from "./coreutils.ts";
import { ip } from "./ip.ts";
import { ethtool, nstat, tc } from "./net_tools.ts";
import { setSysctls, sysctl } from "./sysctl.ts";
import type { Command } from "./world.ts";

/** Every command that the world has. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["true", () => ({ status: 0 })],
  ["false", () => ({ status: 1 })],
  ["echo", core.echo],
  ["printf", core.printf],
  ["cat", core.cat],
  ["grep", core.grep],
  ["test", core.test],
  ["[", core.test],
  ["rm", core.rm],
  ["dd", core.dd],
  ["sleep", core.sleep],
  ["chmod", core.nothing],
  ["touch", core.touch],
  ["mkdir", core.nothing],
  ["sysctl", sysctl],
  ["set_sysctls.py", setSysctls],
  ["ip", ip],
  ["tc", tc],
  ["ethtool", ethtool],
  ["nstat", nstat],
]);
