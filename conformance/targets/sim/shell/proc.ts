/**
 * `/proc` and `/sys` of a simulated world.
 *
 * @module
 */
import { strerror } from "../../../../abi/errno_text.ts";
import { UnsupportedError } from "../../target.ts";
import { MACHINE } from "./machine.ts";
import { procNetTcp } from "./proc_net_tcp.ts";
import type { ShellWorld } from "./world.ts";

const PROC_SYS = "/proc/sys/";

/** Parameters of kernel modules that the stack has as constants: writing what it does anyway is fine. */
const MODULE_PARAMETERS: ReadonlyMap<string, string> = new Map([
  // HYSTART_ACK_TRAIN | HYSTART_DELAY
  ["/sys/module/tcp_cubic/parameters/hystart_detect", "3"],
]);

/** Name of the setting behind a path below /proc/sys. */
function settingName(path: string): string {
  return path.slice(PROC_SYS.length).replaceAll(".", "\u0000").replaceAll("/", ".").replaceAll("\u0000", "/");
}

/** Text of a file below /proc, undefined for any other path or one that is not there. */
export function readProc(path: string, world: ShellWorld): string | undefined {
  const { sysctl, mib } = world.stack.net;
  if (path.startsWith(PROC_SYS)) {
    const name = settingName(path);
    return sysctl.has(name) ? `${sysctl.get(name)}\n` : undefined;
  }
  switch (path) {
    case "/proc/net/snmp":
      return mib.snmp();
    case "/proc/net/netstat":
      return mib.netstat();
    case "/proc/net/snmp6":
      return mib.snmp6();
    case "/proc/net/tcp":
      return procNetTcp(world, 4);
    case "/proc/net/tcp6":
      return procNetTcp(world, 6);
    case "/proc/version":
      return `${MACHINE.s} version ${MACHINE.r} (${MACHINE.n})\n`;
    case "/proc/sys/kernel/osrelease":
      return `${MACHINE.r}\n`;
    case "/proc/sys/kernel/ostype":
      return `${MACHINE.s}\n`;
  }
  const parameter = MODULE_PARAMETERS.get(path);
  if (parameter !== undefined) return `${parameter}\n`;
  if (path.startsWith("/proc/") || path.startsWith("/sys/")) {
    throw new UnsupportedError(`${path} of the simulated stack`);
  }
  return undefined;
}

/** Writes a file below /proc/sys; undefined when done, else what the shell says. */
export function writeProc(path: string, text: string, world: ShellWorld): string | undefined {
  if (MODULE_PARAMETERS.get(path) === text.trim()) return undefined;
  if (!path.startsWith(PROC_SYS)) throw new UnsupportedError(`writing ${path} of the simulated stack`);
  const name = settingName(path);
  const { sysctl } = world.stack.net;
  if (!sysctl.has(name)) return "No such file or directory";
  const result = writeSetting(name, text.replace(/\n$/, ""), world);
  return result < 0 ? strerror(-result) : undefined;
}

/** Writes a setting: 0 or `-errno`. One that Linux would heed and the stack does not makes the script one for another target. */
export function writeSetting(name: string, text: string, world: ShellWorld): number {
  const { sysctl } = world.stack.net;
  const result = sysctl.set(name, text);
  const about = result < 0 ? undefined : sysctl.notHeeded(name);
  if (about !== undefined) throw new UnsupportedError(`setting ${name} (${about}) on the simulated stack`);
  return result;
}
