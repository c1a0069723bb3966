/**
 * The commands of a simulated world, by name.
 *
 * @module
 */
import { ip } from "./ip.ts";
import { ethtool, nstat } from "./net_tools.ts";
import { tc } from "./tc.ts";
import { ss } from "./ss.ts";
import { setSysctls, sysctl } from "./sysctl.ts";
import { awk } from "./tools/awk.ts";
import * as files from "./tools/file_tools.ts";
import { egrep, fgrep, grep } from "./tools/grep.ts";
import { echo, printf } from "./tools/print.ts";
import { sed } from "./tools/sed.ts";
import * as system from "./tools/system.ts";
import * as text from "./tools/text.ts";
import type { Command } from "./world.ts";

/** Every command that the world has. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["echo", echo],
  ["printf", printf],
  ["cat", text.cat],
  ["head", text.head],
  ["tail", text.tail],
  ["wc", text.wc],
  ["cut", text.cutCommand],
  ["tr", text.tr],
  ["sort", text.sort],
  ["uniq", text.uniq],
  ["tee", text.tee],
  ["tac", text.tac],
  ["rev", text.rev],
  ["grep", grep],
  ["egrep", egrep],
  ["fgrep", fgrep],
  ["sed", sed],
  ["awk", awk],
  ["gawk", awk],
  ["mawk", awk],
  ["rm", files.rm],
  ["touch", files.touch],
  ["mkdir", files.mkdir],
  ["rmdir", files.rmdir],
  ["mktemp", files.mktemp],
  ["cp", files.cp],
  ["mv", files.mv],
  ["chmod", files.chmod],
  ["ls", files.ls],
  ["dd", files.dd],
  ["basename", files.basename],
  ["dirname", files.dirname],
  ["realpath", files.realpath],
  ["xargs", files.xargs],
  ["uname", system.uname],
  ["id", system.id],
  ["whoami", system.whoami],
  ["nproc", system.nproc],
  ["hostname", system.hostname],
  ["date", system.date],
  ["printenv", system.printenv],
  ["seq", system.seq],
  ["expr", system.expr],
  ["sysctl", sysctl],
  ["set_sysctls.py", setSysctls],
  ["ip", ip],
  ["tc", tc],
  ["ethtool", ethtool],
  ["nstat", nstat],
  ["ss", ss],
]);

/** A command by its name, or by its path where such commands are. */
export function commandNamed(name: string): Command | undefined {
  return COMMANDS.get(name) ?? COMMANDS.get(name.replace(/^\/(usr\/(local\/)?)?s?bin\//, ""));
}
