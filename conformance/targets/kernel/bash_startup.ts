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

/**
 * Where to start a process costs more than all else, as in a kernel in user mode: what the programs of `programs/` do for
 * Bash scripts, without a process for it, and without another where a setting does not exist.
 */
export const FEWER_PROCESSES = `netproof_told() {
  [[ -z \${NETPROOF_REFUSED-} || /proc/self/fd/2 -ef /dev/null ]] ||
    printf 'refused\\t%s\\t%s\\n' "$1" "\${2%%$'\\n'*}" >>"$NETPROOF_REFUSED"
}
netproof_unknown() {
  local why="cannot stat $2: No such file or directory"
  printf 'sysctl: %s\\n' "$why" >&2
  netproof_told "sysctl -q $1" "sysctl: $why"
}
netproof_program() {
  local words=" $1 " word errors status=0
  for word in "\${@:3}"; do
    [[ $words == *" $word "* ]] || continue
    { errors=$(PATH=$NETPROOF_PATH; exec "\${@:2}" 2>&1 >&3 3>&-) || status=$?; } 3>&1
    [[ -z $errors ]] || printf '%s\\n' "$errors" >&2
    [[ $status == 0 ]] || netproof_told "\${*:2}" "$errors"
    return $status
  done
  PATH=$NETPROOF_PATH command "\${@:2}"
}
if [[ -n \${NETPROOF_PATH-} && $PATH == */programs/ip:* ]]; then
  ip() { netproof_program 'add append change prepend replace set' ip "$@"; }
fi
if [[ -n \${NETPROOF_PATH-} && $PATH == */programs/tc:* ]]; then
  tc() { netproof_program 'add append change link prepend replace set' tc "$@"; }
fi
`;

/** `sysctl` does `sysctl -q net.name=value …` itself, where nothing has to be quoted, escaped or trimmed. */
export const FUNCTIONS = `sysctl() {
  if [[ \${1-} == -q && $# -gt 1 ]]; then
    local setting file status=0
    for setting in "\${@:2}"; do
      file=/proc/sys/\${setting%%=*}
      file=\${file//.//}
      if [[ $setting == net.+([a-z0-9_.])=[A-Za-z0-9]*([A-Za-z0-9\\ ,_-]) && $setting != *\\  && -f $file ]] &&
        { printf '%s\\n' "\${setting#*=}" >"$file"; } 2>/dev/null; then
        continue
      fi
      if [[ $setting == net.+([a-z0-9_.])=* && ! -e $file ]] && declare -F netproof_unknown >/dev/null; then
        netproof_unknown "$setting" "$file"
        status=1
        continue
      fi
      command sysctl "$@"
      return
    done
    return $status
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
 *
 * @param fewerProcesses with {@link FEWER_PROCESSES}
 */
export function bashStartup(
  fewerProcesses = false,
  environment: readonly string[] = ownEnvironment(),
): Readonly<Record<string, string>> {
  if (environment.some((one) => one.startsWith(`${VARIABLE}=`))) return {};
  if (path === undefined) {
    const fd = must("memfd_create", cString("netproof-bash-startup"), MFD_CLOEXEC);
    const text = new TextEncoder().encode(FUNCTIONS + (fewerProcesses ? FEWER_PROCESSES : ""));
    must("write", fd, text, text.length);
    path = `/proc/${Deno.pid}/fd/${fd}`;
  }
  return { [VARIABLE]: path };
}
