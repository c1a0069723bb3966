#!/usr/bin/env bash
# The last step of action.yml: the conformance command in the workspace, with the inputs of the action, which come in
# variables INPUT_*.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

arguments=()
# lines VARIABLE [OPTION]: each line of it that is not empty becomes an argument, after OPTION.
lines() {
  local line
  while IFS= read -r line; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [ -z "$line" ] || arguments+=(${2+"$2"} "$line")
  done <<<"${!1:-}"
}
lines INPUT_SCRIPTS
lines INPUT_ADAPTER --adapter
lines INPUT_LINUX --linux
lines INPUT_KERNEL --linux
lines INPUT_TARGET --target
lines INPUT_VARIANT --variant
lines INPUT_BASELINE --baseline
lines INPUT_ARGUMENTS
results=${INPUT_RESULTS:-netproof-results}
mkdir -p "$results"
arguments+=(--json "$results/results.json" --junit "$results/junit.xml" --html "$results/index.html" --pcap "$results/pcap")

# A kernel for user mode wants no root; what runs behind a TUN device does.
case ${INPUT_SUDO:-auto} in
  true | false) sudo=$INPUT_SUDO ;;
  auto)
    sudo=true
    if [ -z "${INPUT_ADAPTER:-}" ]; then
      case ${INPUT_TARGET:-} in
        *kernel* | *tun*) ;;
        '') [ -z "${INPUT_LINUX:-}${INPUT_KERNEL:-}" ] || sudo=false ;;
        *) sudo=false ;;
      esac
    fi
    ;;
  *)
    echo "::error::sudo: is true, false or auto, not '$INPUT_SUDO'"
    exit 2
    ;;
esac

# The command with its permissions, as the project's own task has them; not the task, which would not run here.
flags=$(sed -n 's|.*"command": "deno run \(.*\) conformance/cli\.ts".*|\1|p' "$root/deno.json")
# shellcheck disable=SC2086 # several words
set -- deno run $flags "$root/conformance/cli.ts" "${arguments[@]}"
if [ "$sudo" = true ] && [ "$(id -u)" != 0 ]; then
  # Scripts choose CUBIC; where the default is another, new namespaces get it only if it is allowed here.
  sudo bash "$root/ci/allow_congestion_control.sh" || true
  status=0
  sudo --preserve-env=GITHUB_ACTIONS,GITHUB_STEP_SUMMARY env "PATH=$PATH" "DENO_DIR=${DENO_DIR:-$HOME/.cache/deno}" "$@" ||
    status=$?
  sudo chown -R "$(id -u):$(id -g)" "$results"
  exit $status
fi
exec "$@"
