/**
 * `sysctl`, and the helper `set_sysctls.py` that comes with packetdrill's scripts.
 *
 * @module
 */
import { EINVAL, errnoMessage } from "../../../../stack/inet/errno.ts";
import { readProc, writeProc } from "./proc.ts";
import { type Command, type CommandResult, failed, RUNNER_PID } from "./world.ts";

/** `sysctl [-q] [-w] [-n] [-e] name[=value] …`, as procps has it. */
export const sysctl: Command = ({ args, world }) => {
  const settings = world.stack.net.sysctl;
  let quiet = false;
  let bare = false;
  let ignore = false;
  let stdout = "";
  let stderr = "";
  let status = 0;
  for (const argument of args) {
    if (argument.startsWith("-") && !argument.includes("=")) {
      for (const flag of argument.slice(1)) {
        if (flag === "q") quiet = true;
        else if (flag === "n") bare = true;
        else if (flag === "e") ignore = true;
        else if (flag !== "w") return failed(1, `sysctl: invalid option -- '${flag}'`);
      }
      continue;
    }
    const at = argument.indexOf("=");
    const name = (at < 0 ? argument : argument.slice(0, at)).trim();
    if (!settings.has(name)) {
      if (ignore) continue;
      stderr += `sysctl: cannot stat /proc/sys/${name.replaceAll(".", "/")}: No such file or directory\n`;
      status = 255;
      continue;
    }
    if (at >= 0) {
      const value = argument.slice(at + 1).trim();
      const result = settings.set(name, value);
      if (result < 0) {
        stderr += `sysctl: setting key "${name}": ${errnoMessage(-result)}\n`;
        status = 255;
        continue;
      }
    }
    if (at < 0 || !quiet) stdout += bare ? `${settings.get(name)}\n` : `${name} = ${settings.get(name)}\n`;
  }
  return { status, stdout, stderr };
};

/**
 * `set_sysctls.py /proc/sys/path=value …`: writes settings, and a script that restores them. As the original, it does not
 * mind a value that is refused, but does mind a path that is not there.
 */
export const setSysctls: Command = ({ args, world }): CommandResult => {
  let restore = "#!/bin/bash\n";
  let stderr = "";
  for (const argument of args) {
    const [path, value] = argument.split("=");
    const current = path === undefined ? undefined : readProc(path, world);
    if (path === undefined || current === undefined) {
      return { status: 1, stderr: `${stderr}cat: ${path}: No such file or directory\n` };
    }
    restore += `echo "${current.trim()}" > ${path}\n`;
    if (value === undefined) return failed(1, "IndexError: list index out of range");
    // The original has a shell write `"value"`: a trailing backslash leaves the quote open, and nothing is written.
    const problem = value.endsWith("\\") ? errnoMessage(EINVAL) : writeProc(path, `${value}\n`, world);
    if (problem !== undefined) stderr += `sh: 1: ${problem}\n`;
  }
  world.files.write(`/tmp/sysctl_restore_${RUNNER_PID}.sh`, new TextEncoder().encode(restore));
  return { status: 0, stderr };
};
