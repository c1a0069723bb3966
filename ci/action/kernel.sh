#!/usr/bin/env bash
# Steps of action.yml for a kernel from a source tree, which SOURCE names:
#   kernel.sh name    prints file= and key=, where it goes and what it is known by in the cache
#   kernel.sh build   builds it; KERNEL is where it goes
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../linux" && pwd)

case ${1:-} in
  name)
    # The same commit, configuration and way to build it give the same kernel.
    if ! commit=$(git -C "$SOURCE" rev-parse HEAD); then
      echo "::error::linux-source: $SOURCE is no git work tree" >&2
      exit 1
    fi
    how=$(cat "$here/kernel.config" "$here/build.sh" | sha256sum | cut -c 1-16)
    echo "file=$HOME/.cache/netproof/kernels/linux-${commit:0:12}"
    echo "key=netproof-linux-$commit-$how"
    ;;
  build)
    missing=()
    for program in gcc make flex bison bc; do
      command -v "$program" >/dev/null || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
      sudo apt-get update -qq
      sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
    fi
    mkdir -p "$(dirname "$KERNEL")"
    bash "$here/build.sh" --source "$SOURCE" --output "$KERNEL"
    ;;
  *)
    echo "usage: kernel.sh name|build" >&2
    exit 2
    ;;
esac
