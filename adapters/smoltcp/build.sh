#!/bin/sh
# Builds netproof-smoltcp with the crates that Cargo.lock names.
set -eu
cd "$(dirname "$0")"
command -v cargo >/dev/null || { echo "smoltcp: not built, there is no cargo" >&2; exit 3; }
cargo build --release --locked --quiet ${CARGO_JOBS:+-j "$CARGO_JOBS"}
echo "smoltcp: adapters/smoltcp/target/release/netproof-smoltcp"
