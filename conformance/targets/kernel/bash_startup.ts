/**
 * Scripts set their worlds up with shell scripts that call `sysctl` dozens of times, and to start that program takes
 * fifty times as long as what it does. Bash reads a file before it runs a script (`BASH_ENV`), and what we have it read
 * is a function `sysctl` that does the plain case itself. All else, whatever fails included, is left to the program, so
 * its messages and exit statuses are what a script sees. A second function notes what programs Bash did not find
 * (`refusals.ts`).
 *
 * @module
 */

import { ownEnvironment } from "../../../host/process.ts";
import { cString, must } from "../../../host/syscall.ts";

const MFD_CLOEXEC = 1;
const VARIABLE = "BASH_ENV";

/** `sysctl` does `sysctl -q net.name=value …` itself, where nothing has to be quoted, escaped or trimmed. */
export const FUNCTIONS = `sysctl() {
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
command_not_found_handle() {
  printf '%s: line %s: %s: command not found\n' "$0" "\${BASH_LINENO[0]}" "$1" >&2
  if [[ -n \${NETPROOF_REFUSED-} && ! /proc/self/fd/2 -ef /dev/null ]]; then
    printf 'missing\t%s\n' "$1" >>"$NETPROOF_REFUSED"
  fi
  return 127
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
    const text = new TextEncoder().encode(FUNCTIONS);
    must("write", fd, text, text.length);
    path = `/proc/${Deno.pid}/fd/${fd}`;
  }
  return { [VARIABLE]: path };
}
