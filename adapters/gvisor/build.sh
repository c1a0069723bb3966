#!/bin/sh
# Builds netproof-gvisor with the modules that go.mod and go.sum name.
set -eu
cd "$(dirname "$0")"
command -v go >/dev/null || { echo "gvisor: not built, there is no go" >&2; exit 3; }
mkdir -p build
GOFLAGS=-mod=readonly go build ${GO_JOBS:+-p "$GO_JOBS"} -trimpath -o build/netproof-gvisor .
echo "gvisor: adapters/gvisor/build/netproof-gvisor"
