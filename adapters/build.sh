#!/bin/sh
# Builds the adapters of other stacks: build.sh [NAME…], all of them without a name. Each fetches its stack from its own
# registry, in the version that is pinned beside it. One whose toolchain is missing is left out, with a word.
set -u
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- smoltcp lwip gvisor
failed=0
for name in "$@"; do
  if [ ! -x "$name/build.sh" ]; then
    echo "$name: there is no such adapter" >&2
    failed=1
    continue
  fi
  status=0
  "./$name/build.sh" || status=$?
  # 3: there is nothing here to build it with.
  case $status in 0 | 3) ;; *) failed=1 ;; esac
done
exit $failed
