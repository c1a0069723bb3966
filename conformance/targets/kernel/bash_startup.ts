/**
 * Scripts set their worlds up with shell scripts that call `sysctl` dozens of times, and to start that program takes
 * fifty times as long as what it does. Bash reads a file before it runs a script (`BASH_ENV`), and what we have it read
 * is a function `sysctl` that does the plain case itself. All else, whatever fails included, is left to the program, so
 * its messages and exit statuses are what a script sees.
 *
 * @module
 */

import { ownEnvironment } from "../../../host/process.ts";
import { cString, must } from "../../../host/syscall.ts";

const MFD_CLOEXEC = 1;
const VARIABLE = "BASH_ENV";

/** `sysctl -q net.name=value …`, where nothing has to be quoted, escaped or trimmed. */
export const SYSCTL_FUNCTION = `sysctl() {
  if [[ \${1-} == -q && $# -gt 1 ]]; then
    local setting file
    for setting in "\${@:2}"; do
      file=/proc/sys/\${setting%%=*}
      file=\${file//.//}
      if [[ $setting == net.+([a-z0-9_.])=[A-Za-z0-9]*([A-Za-z0-9\\ ,_-]) && $setting != *\\  && -f $file ]] &&
        { printf '%s\\n' "\${setting#*=}" >"$file"; } 2>/dev/null; then
        continue
      fi
      command sysctl "$@"
      return
    done
    return 0
  fi
  command sysctl "$@"
}
`;

let path: string | undefined;

/**
 * Variables to give a command in addition to ours. None where the user has Bash read a file of their own. The file is
 * in memory and there as long as this process.
 */
export function bashStartup(environment: readonly string[] = ownEnvironment()): Readonly<Record<string, string>> {
  if (environment.some((one) => one.startsWith(`${VARIABLE}=`))) return {};
  if (path === undefined) {
    const fd = must("memfd_create", cString("netproof-bash-startup"), MFD_CLOEXEC);
    const text = new TextEncoder().encode(SYSCTL_FUNCTION);
    must("write", fd, text, text.length);
    path = `/proc/${Deno.pid}/fd/${fd}`;
  }
  return { [VARIABLE]: path };
}
